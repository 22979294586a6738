//===- FoldsShape.cpp - what a shape op is equal to -----------------------===//

#include "mpc/IR/MPC.h"

using namespace mlir;
using namespace mpc;

/// A shape op without effect, or on a constant; null otherwise.
static OpFoldResult foldTrivial(Operation *op, Attribute input) {
  Type type = op->getResult(0).getType();
  if (op->getOperand(0).getType() == type)
    return op->getOperand(0);
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(input))
    return SplatElementsAttr::get(cast<ShapedType>(type),
                                  splat.getSplatValue<Attribute>());
  return {};
}

/// Skips an op of the same kind before `op`: a reshape of a reshape.
template <typename Op> static OpFoldResult foldChain(Op op, Attribute input) {
  if (OpFoldResult result = foldTrivial(op, input))
    return result;
  auto inner = op.getInput().template getDefiningOp<Op>();
  if (!inner)
    return {};
  op->setOperand(0, inner.getInput());
  return op.getResult();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  return foldChain(*this, adaptor.getInput());
}

OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  return foldChain(*this, adaptor.getInput());
}

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  ArrayRef<int64_t> permutation = getPermutation();
  if (llvm::equal(permutation, llvm::seq<int64_t>(0, permutation.size())))
    return getInput();
  // Equal sizes make equal types without making the permutation an identity.
  if (isa_and_nonnull<SplatElementsAttr>(adaptor.getInput()))
    return cast<DenseElementsAttr>(adaptor.getInput())
        .resizeSplat(cast<ShapedType>(getType()));
  auto inner = getInput().getDefiningOp<TransposeOp>();
  if (!inner)
    return {};
  SmallVector<int64_t> composed;
  for (int64_t dim : permutation)
    composed.push_back(inner.getPermutation()[dim]);
  setOperand(inner.getInput());
  setPermutation(composed);
  return getResult();
}

/// The operand of `concat` that is exactly the elements [start, start + size).
static Value getConcatPart(ConcatOp concat, int64_t start, int64_t size) {
  int64_t offset = 0;
  for (Value input : concat.getInputs()) {
    int64_t inputSize =
        cast<RankedTensorType>(input.getType()).getDimSize(concat.getDim());
    if (offset == start && inputSize == size)
      return input;
    offset += inputSize;
  }
  return nullptr;
}

OpFoldResult SliceOp::fold(FoldAdaptor adaptor) {
  if (OpFoldResult result = foldTrivial(*this, adaptor.getInput()))
    return result;
  if (auto concat = getInput().getDefiningOp<ConcatOp>())
    if (concat.getDim() == getDim())
      if (Value part = getConcatPart(concat, getStart(), getSize()))
        return part;
  auto inner = getInput().getDefiningOp<SliceOp>();
  if (!inner || inner.getDim() != getDim())
    return {};
  setStart(inner.getStart() + getStart());
  setOperand(inner.getInput());
  return getResult();
}

/// The value that the operands are slices of, one after the other and complete.
static Value getSlicedWhole(ConcatOp op) {
  Value whole;
  int64_t offset = 0;
  for (Value input : op.getInputs()) {
    auto slice = input.getDefiningOp<SliceOp>();
    if (!slice || slice.getDim() != op.getDim() ||
        static_cast<int64_t>(slice.getStart()) != offset ||
        (whole && slice.getInput() != whole))
      return nullptr;
    whole = slice.getInput();
    offset += slice.getSize();
  }
  return whole && whole.getType() == op.getType() ? whole : nullptr;
}

OpFoldResult ConcatOp::fold(FoldAdaptor adaptor) {
  if (getInputs().size() == 1)
    return getInputs().front();
  if (Value whole = getSlicedWhole(*this))
    return whole;
  SmallVector<Attribute> values;
  for (Attribute input : adaptor.getInputs()) {
    auto splat = dyn_cast_or_null<SplatElementsAttr>(input);
    if (!splat)
      return {};
    values.push_back(splat.getSplatValue<Attribute>());
  }
  if (!llvm::all_equal(values))
    return {};
  return SplatElementsAttr::get(cast<ShapedType>(getType()), values.front());
}
