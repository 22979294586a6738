//===- VerifiersComm.cpp - reshards and collectives -----------------------===//

#include "InferenceSupport.h"
#include "mpc/IR/MPC.h"

using namespace mlir;
using namespace mpc;

static RankedTensorType inputType(Operation *op) {
  return cast<RankedTensorType>(op->getOperand(0).getType());
}

static RankedTensorType resultType(Operation *op) {
  return cast<RankedTensorType>(op->getResult(0).getType());
}

LogicalResult ReshardOp::verify() {
  size_t rank = inputType(*this).getRank();
  for (ShardingAttr sharding : {getFrom(), getTo()})
    if (sharding.getDims().size() != rank)
      return emitOpError("expected shardings of rank ")
             << rank << ", found " << sharding;
  return success();
}

/// A group is named by at least one axis, each once.
static LogicalResult verifyAxes(Operation *op, ArrayAttr axes) {
  if (axes.empty())
    return op->emitOpError("expected at least one mesh axis");
  llvm::SmallPtrSet<Attribute, 4> seen;
  for (Attribute axis : axes)
    if (!seen.insert(axis).second)
      return op->emitOpError("axis ") << axis << " is named twice";
  return success();
}

/// Input and result agree but for the sizes of `dims`, which exist.
static LogicalResult verifyMovedDims(Operation *op, ArrayRef<int64_t> dims) {
  RankedTensorType input = inputType(op), result = resultType(op);
  if (input.getElementType() != result.getElementType() ||
      input.getRank() != result.getRank())
    return op->emitOpError("expected equal ranks and element types, found ")
           << input << " and " << result;
  for (int64_t dim : dims)
    if (dim < 0 || dim >= input.getRank())
      return op->emitOpError("dimension ")
             << dim << " does not exist in " << input;
  for (int64_t dim = 0; dim < input.getRank(); ++dim)
    if (!llvm::is_contained(dims, dim) &&
        input.getDimSize(dim) != result.getDimSize(dim))
      return op->emitOpError("dimension ")
             << dim << " has sizes " << input.getDimSize(dim) << " and "
             << result.getDimSize(dim) << ", expected equal ones";
  return success();
}

/// `part` is one of the blocks that `whole` is cut into: a full one or the
/// last.
static LogicalResult verifyPart(Operation *op, int64_t part, int64_t whole,
                                int64_t block) {
  if (block < 1)
    return op->emitOpError("expected a positive block, found ") << block;
  int64_t last = whole % block == 0 ? block : whole % block;
  if (part == last || (part == block && block <= whole))
    return success();
  return op->emitOpError() << part << " elements are no part of " << whole
                           << " cut into blocks of " << block;
}

LogicalResult AllReduceOp::verify() { return verifyAxes(*this, getAxes()); }

LogicalResult AllGatherOp::verify() {
  int64_t dim = getDim();
  if (failed(verifyAxes(*this, getAxes())) ||
      failed(verifyMovedDims(*this, dim)))
    return failure();
  return verifyPart(*this, inputType(*this).getDimSize(dim),
                    resultType(*this).getDimSize(dim), getBlock());
}

LogicalResult ReduceScatterOp::verify() {
  int64_t dim = getDim();
  if (failed(verifyAxes(*this, getAxes())) ||
      failed(verifyMovedDims(*this, dim)))
    return failure();
  return verifyPart(*this, resultType(*this).getDimSize(dim),
                    inputType(*this).getDimSize(dim), getBlock());
}

LogicalResult AllToAllOp::verify() {
  int64_t from = getFromDim(), to = getToDim();
  if (failed(verifyAxes(*this, getAxes())) ||
      failed(verifyMovedDims(*this, {from, to})))
    return failure();
  if (from == to)
    return emitOpError("expected two dimensions, found ") << from << " twice";
  RankedTensorType input = inputType(*this), result = resultType(*this);
  if (failed(verifyPart(*this, input.getDimSize(from), result.getDimSize(from),
                        getFromBlock())))
    return failure();
  return verifyPart(*this, result.getDimSize(to), input.getDimSize(to),
                    getToBlock());
}

LogicalResult ShardSliceOp::verify() {
  int64_t dim = getDim();
  const DimSharding &cut = getOffset().getDim();
  if (!cut.isSharded())
    return emitOpError("expected an offset with mesh axes");
  if (failed(verifyAxes(*this, cut.axes)) ||
      failed(verifyMovedDims(*this, dim)))
    return failure();
  return verifyPart(*this, resultType(*this).getDimSize(dim),
                    inputType(*this).getDimSize(dim), cut.block);
}
