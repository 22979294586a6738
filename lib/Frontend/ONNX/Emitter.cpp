//===- Emitter.cpp - mpc ops from a file's operands -----------------------===//

#include "Emitter.h"
#include "mpc/Data/HostArray.h"
#include <cmath>

using namespace mlir;
using namespace mpc;
using namespace mpc::onnx_import;
using data::ElementType;
using Value = mlir::Value;

Value Emitter::make(StringRef op, ArrayRef<Value> operands,
                    ArrayRef<NamedAttribute> attributes, Type result) {
  if (hasProblem() || llvm::is_contained(operands, Value()))
    return {};
  OperationState state(loc, op, operands, {}, attributes);
  if (result)
    state.addTypes(result);
  Operation *created = createChecked(builder, state);
  if (!created)
    fail("'" + op + "' cannot be made"); // unless a diagnostic said more
  return created ? created->getResult(0) : Value();
}

//===----------------------------------------------------------------------===//
// Types and constants
//===----------------------------------------------------------------------===//

Type Emitter::getElement(ElementType type) {
  switch (type) {
  case ElementType::F64:
    return builder.getF64Type();
  case ElementType::F32:
    return builder.getF32Type();
  case ElementType::F16:
    return builder.getF16Type();
  case ElementType::BF16:
    return builder.getBF16Type();
  case ElementType::I64:
    return builder.getI64Type();
  case ElementType::I32:
    return builder.getI32Type();
  case ElementType::I8:
    return builder.getI8Type();
  case ElementType::U8:
    return builder.getIntegerType(8, /*isSigned=*/false);
  case ElementType::I1:
    return builder.getI1Type();
  default:
    fail("elements of type " + data::elementTypeName(type) +
         " are supported in constants only");
    return {};
  }
}

RankedTensorType Emitter::getType(Dims shape, Type element) {
  if (!element)
    return {};
  bool isPositive = llvm::all_of(shape, [](int64_t size) { return size > 0; });
  auto type =
      isPositive ? RankedTensorType::get(shape, element) : RankedTensorType();
  if (type && hasModelShape(type))
    return type;
  fail("shape " + data::shapeText(shape) + " is empty or too large");
  return {};
}

Value Emitter::constant(Dims shape, Type element, double value) {
  if (isa_and_nonnull<IntegerType>(element)) {
    if (std::abs(value) < 0x1p62) // not for NaN
      return integerConstant(shape, element, static_cast<int64_t>(value));
    fail("a number is no integer");
    return {};
  }
  RankedTensorType type = getType(shape, element);
  if (!type)
    return {};
  Attribute attribute = builder.getFloatAttr(element, value);
  return make<ConstantOp>({}, {named("value", attribute)}, type);
}

Value Emitter::integerConstant(Dims shape, Type element, int64_t value) {
  RankedTensorType type = getType(shape, element);
  if (!type)
    return {};
  APInt number(element.getIntOrFloatBitWidth(), value, /*isSigned=*/true,
               /*implicitTrunc=*/true);
  return make<ConstantOp>(
      {}, {named("value", IntegerAttr::get(element, number))}, type);
}

Value Emitter::scalar(Value like, double value) {
  return like ? constant({}, getElementTypeOrSelf(like), value) : Value();
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

Value Emitter::compare(Comparison predicate, Value a, Value b) {
  auto attribute = ComparisonAttr::get(builder.getContext(), predicate);
  return make<CompareOp>({a, b}, {named("predicate", attribute)});
}

Value Emitter::reduce(ReductionKind kind, Value x, Dims dims) {
  if (dims.empty())
    return x;
  auto attribute = ReductionKindAttr::get(builder.getContext(), kind);
  return make<ReduceOp>({x},
                        {named("kind", attribute),
                         named("dims", builder.getDenseI64ArrayAttr(dims))});
}

Value Emitter::mean(Value x, Dims dims) {
  Value sum = reduce(ReductionKind::Sum, x, dims);
  if (!sum)
    return {};
  double size = 1;
  for (int64_t dim : dims)
    size *= static_cast<double>(getShape(x)[dim]);
  return mul(sum, 1 / size);
}

Value Emitter::matmul(Value a, Value b, bool transposeA, bool transposeB) {
  SmallVector<NamedAttribute> attributes;
  if (transposeA)
    attributes.push_back(named("transpose_lhs", builder.getUnitAttr()));
  if (transposeB)
    attributes.push_back(named("transpose_rhs", builder.getUnitAttr()));
  return make<MatmulOp>({a, b}, attributes);
}

Value Emitter::reshape(Value x, Dims shape) {
  if (!x || getShape(x) == shape)
    return x;
  RankedTensorType type = getType(shape, getElementTypeOrSelf(x));
  return type ? make<ReshapeOp>({x}, {}, type) : Value();
}

Value Emitter::broadcast(Value x, Dims shape) {
  if (!x || getShape(x) == shape)
    return x;
  RankedTensorType type = getType(shape, getElementTypeOrSelf(x));
  return type ? make<BroadcastOp>({x}, {}, type) : Value();
}

Value Emitter::transpose(Value x, Dims permutation) {
  if (!x || llvm::equal(permutation, llvm::seq<int64_t>(permutation.size())))
    return x;
  return make<TransposeOp>(
      {x}, {named("permutation", builder.getDenseI64ArrayAttr(permutation))});
}

Value Emitter::slice(Value x, int64_t dim, int64_t start, int64_t size) {
  if (!x || (start == 0 && getShape(x)[dim] == size))
    return x;
  return make<SliceOp>({x}, {integer("dim", dim), integer("start", start),
                             integer("size", size)});
}

Value Emitter::cast(Value x, Type element) {
  if (!x || !element || getElementTypeOrSelf(x) == element)
    return element ? x : Value();
  return make<CastOp>({x}, {}, getTensorType(x).clone(element));
}

Value Emitter::causalMask(int64_t rows, int64_t columns, int64_t shift) {
  // Only its shape is read.
  Value shape = constant({rows, columns}, builder.getF32Type(), 0);
  Value row = make<GlobalIndexOp>({shape}, {integer("dim", 0)});
  Value column = make<GlobalIndexOp>({shape}, {integer("dim", 1)});
  if (shift != 0)
    row = add(row, static_cast<double>(shift));
  return compare(Comparison::GE, row, column);
}
