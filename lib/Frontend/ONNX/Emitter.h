//===- Emitter.h - mpc ops from a file's operands ---------------*- C++ -*-===//
//
// TensorBuilder's formulas for operands that may not fit: the first problem is
// kept, the value without a result is null, and ops of null values are skipped.
// So a handler reads as a formula, and its caller looks for a problem once.
//
//   Value inverse = e.rsqrt(e.add(e.mean(e.mul(x, x), {2}), epsilon));
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_FRONTEND_ONNX_EMITTER_H
#define MPC_LIB_FRONTEND_ONNX_EMITTER_H

#include "mpc/Data/ElementType.h"
#include "mpc/IR/CheckedCreate.h"
#include "mpc/IR/TensorBuilder.h"

namespace mpc::onnx_import {

class Emitter {
public:
  using Value = mlir::Value;
  using Dims = llvm::ArrayRef<int64_t>;

  explicit Emitter(mlir::OpBuilder &builder)
      : builder(builder), loc(builder.getUnknownLoc()) {}

  void setLocation(mlir::Location location) { loc = location; }
  mlir::OpBuilder &getBuilder() { return builder; }

  void fail(const llvm::Twine &message) {
    if (problem.empty())
      problem = message.str();
  }
  bool hasProblem() const { return !problem.empty(); }
  const std::string &getProblem() const { return problem; }

  template <typename OpT>
  Value make(llvm::ArrayRef<Value> operands,
             llvm::ArrayRef<mlir::NamedAttribute> attributes = {},
             mlir::Type result = {}) {
    return make(OpT::getOperationName(), operands, attributes, result);
  }
  mlir::NamedAttribute named(llvm::StringRef name, mlir::Attribute value) {
    return builder.getNamedAttr(name, value);
  }
  mlir::NamedAttribute integer(llvm::StringRef name, int64_t value) {
    return named(name, builder.getI64IntegerAttr(value));
  }
  mlir::NamedAttribute real(llvm::StringRef name, double value) {
    return named(name, builder.getF64FloatAttr(value));
  }

  /// The dialect's type; null, with a problem, where it has none.
  mlir::Type getElement(data::ElementType type);
  /// Null, with a problem, unless every size is positive and all fit.
  mlir::RankedTensorType getType(Dims shape, mlir::Type element);

  /// A splat; of an integer type, the number must be one.
  Value constant(Dims shape, mlir::Type element, double value);
  Value integerConstant(Dims shape, mlir::Type element, int64_t value);
  /// A constant of rank 0 and the element type of `like`.
  Value scalar(Value like, double value);

  Value add(Value a, Value b) { return make<AddOp>({a, b}); }
  Value sub(Value a, Value b) { return make<SubOp>({a, b}); }
  Value mul(Value a, Value b) { return make<MulOp>({a, b}); }
  Value div(Value a, Value b) { return make<DivOp>({a, b}); }
  Value add(Value a, double b) { return add(a, scalar(a, b)); }
  Value mul(Value a, double b) { return mul(a, scalar(a, b)); }
  Value select(Value condition, Value a, Value b) {
    return make<SelectOp>({condition, a, b});
  }
  Value compare(Comparison predicate, Value a, Value b);

  Value reduce(ReductionKind kind, Value x, Dims dims);
  Value mean(Value x, Dims dims);
  Value matmul(Value a, Value b, bool transposeA = false,
               bool transposeB = false);

  // No op where nothing changes.
  Value reshape(Value x, Dims shape);
  Value broadcast(Value x, Dims shape);
  Value transpose(Value x, Dims permutation);
  Value slice(Value x, int64_t dim, int64_t start, int64_t size);
  Value cast(Value x, mlir::Type element);

  /// Which of `columns` keys each of `rows` queries sees: position s sees
  /// t <= s + shift. A tensor<rows x columns x i1>.
  Value causalMask(int64_t rows, int64_t columns, int64_t shift);

private:
  Value make(llvm::StringRef op, llvm::ArrayRef<Value> operands,
             llvm::ArrayRef<mlir::NamedAttribute> attributes,
             mlir::Type result);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  std::string problem;
};

} // namespace mpc::onnx_import

#endif
