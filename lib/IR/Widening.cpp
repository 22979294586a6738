//===- Widening.cpp - results in f32 of ops on narrower types -------------===//

#include "mpc/IR/TensorBuilder.h"

using namespace mlir;
using namespace mpc;

bool mpc::isNarrowFloat(Type element) {
  return isa<FloatType>(element) && element.getIntOrFloatBitWidth() < 32;
}

/// Copies `op` with its result in f32.
static Operation *cloneWide(Operation *op, OpBuilder &builder) {
  Operation *copy = builder.clone(*op);
  Value result = copy->getResult(0);
  result.setType(getTensorType(result).clone(builder.getF32Type()));
  return copy;
}

Value mpc::buildOnWideOperands(Operation *op, OpBuilder &builder,
                               function_ref<Value(OpOperand &)> widen) {
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands())
    operands.push_back(isNarrowFloat(getElementTypeOrSelf(operand.get()))
                           ? widen(operand)
                           : operand.get());
  Operation *copy = cloneWide(op, builder);
  copy->setOperands(operands);
  return copy->getResult(0);
}

Value MatmulOp::buildWide(OpBuilder &builder,
                          function_ref<Value(OpOperand &)>) {
  return cloneWide(*this, builder)->getResult(0);
}

Value EinsumOp::buildWide(OpBuilder &builder,
                          function_ref<Value(OpOperand &)>) {
  return cloneWide(*this, builder)->getResult(0);
}

/// What was rounded was in f32 before.
Value CastOp::buildWide(OpBuilder &builder,
                        function_ref<Value(OpOperand &)> widen) {
  OpOperand &input = getInputMutable();
  if (isNarrowFloat(getElementTypeOrSelf(input.get())))
    return widen(input);
  return TensorBuilder(builder, getLoc())
      .cast(input.get(), builder.getF32Type());
}
