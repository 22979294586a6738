//===- EmitKernel.cpp - functions around schedules ------------------------===//

#include "EmitKernel.h"
#include "FusedToVector/RowSchedule.h"
#include "KernelText.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mpc/Fusion/Scatter.h"

using namespace mlir;
using namespace mpc;

void mpc::loadKernelDialects(MLIRContext &context) {
  context.loadDialect<arith::ArithDialect, func::FuncDialect, math::MathDialect,
                      memref::MemRefDialect, scf::SCFDialect,
                      vector::VectorDialect>();
}

/// Elements of a vector: as many as the narrowest type that is computed with
/// fills.
static int64_t getNumLanes(FusedOp op, int64_t vectorBytes) {
  int64_t bytes = 8;
  op.getBody().walk([&](Operation *inner) {
    for (Type type : inner->getResultTypes()) {
      int64_t width = getElementTypeOrSelf(type).getIntOrFloatBitWidth() / 8;
      if (width < 8)
        bytes = 4;
    }
  });
  return vectorBytes / bytes;
}

/// An output may overwrite an input that every point reads where it writes, and
/// that no later phase reads.
static bool mayAlias(const KernelPlan &plan, unsigned output, unsigned input) {
  auto bytes = [](Type tensor) {
    return getMemoryType(getElementTypeOrSelf(tensor)).getIntOrFloatBitWidth();
  };
  if (bytes(plan.op->getResult(output).getType()) !=
      bytes(plan.op->getOperand(input).getType()))
    return false;
  unsigned phase = plan.getFirstWrite(output);
  Block &body = plan.op->getRegion(0).front();
  for (OpOperand &use : body.getArgument(input).getUses()) {
    auto read = plan.reads.find(&use);
    if (read == plan.reads.end())
      continue; // Only its shape is used.
    if (getFusionRole(use.getOwner()) == FusionRole::Gather ||
        plan.forms[read->second] != plan.forms[plan.writes[output]])
      return false;
    if (plan.getLastUse(use.getOwner()) > phase)
      return false;
  }
  return true;
}

SmallVector<SmallVector<unsigned>> mpc::getAliases(const KernelPlan &plan) {
  SmallVector<SmallVector<unsigned>> aliases;
  FusedOp op = plan.op;
  for (unsigned output = 0; output < op->getNumResults(); ++output) {
    aliases.emplace_back();
    for (unsigned input = 0; input < op->getNumOperands(); ++input)
      if (mayAlias(plan, output, input))
        aliases.back().push_back(input);
  }
  return aliases;
}

static Kernel describeScatter(const ScatterRegion &region) {
  ScatterAddOp op = region.scatter;
  Kernel kernel;
  auto type = cast<RankedTensorType>(op.getResult().getType());
  kernel.extent = type.getDimSize(0);
  int64_t rowBytes = type.getNumElements() / kernel.extent *
                     std::max<int64_t>(1, type.getElementTypeBitWidth() / 8);
  kernel.grain = std::min(kernel.extent, ceilDiv(64, rowBytes));
  if (op.getOffset())
    kernel.scalars.push_back(op.getOffsetAttr());
  kernel.aliases.resize(1);
  if (region.base)
    kernel.aliases[0].push_back(*getInputNumber(region.base));
  return kernel;
}

FailureOr<Kernel> mpc::describe(FusedOp op) {
  std::string symbol = getKernelSymbol(getKernelText(op));
  if (ScatterRegion scatter = ScatterRegion::get(op)) {
    Kernel kernel = describeScatter(scatter);
    kernel.symbol = std::move(symbol);
    return kernel;
  }
  FailureOr<KernelPlan> plan = KernelPlan::get(op);
  if (failed(plan))
    return failure();
  Kernel kernel;
  kernel.symbol = std::move(symbol);
  kernel.extent = plan->extent;
  kernel.grain = plan->grain;
  for (Operation *positional : plan->positional)
    kernel.scalars.push_back(
        cast<PositionalOpInterface>(positional).getShardOffset());
  kernel.aliases = getAliases(*plan);
  return kernel;
}

static func::FuncOp createFunction(FusedOp op, StringRef symbol,
                                   unsigned numScalars, ModuleOp module) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  SmallVector<Type> types;
  for (Type tensor : op->getOperandTypes())
    types.push_back(getBufferType(tensor));
  for (Type tensor : op->getResultTypes())
    types.push_back(getBufferType(tensor));
  types.append(numScalars, builder.getI64Type());
  types.append(2, builder.getIndexType());
  auto function = func::FuncOp::create(builder, builder.getUnknownLoc(), symbol,
                                       builder.getFunctionType(types, {}));
  function.addEntryBlock();
  return function;
}

LogicalResult mpc::emitKernel(FusedOp op, StringRef symbol, int64_t vectorBytes,
                              ModuleOp module) {
  ScatterRegion scatter = ScatterRegion::get(op);
  FailureOr<KernelPlan> plan = failure();
  if (!scatter && failed(plan = KernelPlan::get(op)))
    return failure();
  unsigned numScalars =
      scatter ? (scatter.scatter.getOffset() ? 1 : 0) : plan->positional.size();
  func::FuncOp function = createFunction(op, symbol, numScalars, module);
  Block *entry = &function.getBody().front();
  OpBuilder builder = OpBuilder::atBlockEnd(entry);
  VectorBuilder vectors(builder, builder.getUnknownLoc(),
                        getNumLanes(op, vectorBytes));
  ValueRange arguments = entry->getArguments();
  Value begin = arguments.drop_back(1).back(), end = arguments.back();
  if (scatter)
    emitScatter(scatter, vectors, arguments.drop_back(2), begin, end);
  else
    RowSchedule(*plan, vectors, arguments.drop_back(2)).emit(begin, end);
  func::ReturnOp::create(builder, builder.getUnknownLoc());
  return success();
}
