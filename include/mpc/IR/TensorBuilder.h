//===- TensorBuilder.h - formulas as mpc ops --------------------*- C++ -*-===//
//
// Gradients, decompositions and optimizers are formulas. This builder lets them
// read as formulas:
//
//   TensorBuilder t(builder, loc);
//   // softmax: dx = (dy - sum(dy * y)) * y
//   Value dx = t.mul(t.sub(dy, t.sum(t.mul(dy, y), {dim})), y);
//
// Types follow from operands; binary operations broadcast as NumPy does. A
// number stands for a constant of rank 0 with the other operand's element type.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_IR_TENSORBUILDER_H
#define MPC_IR_TENSORBUILDER_H

#include "mpc/IR/MPC.h"

namespace mpc {

inline mlir::RankedTensorType getTensorType(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}
inline llvm::ArrayRef<int64_t> getShape(mlir::Value value) {
  return getTensorType(value).getShape();
}

class TensorBuilder {
public:
  using Value = mlir::Value;
  using Dims = llvm::ArrayRef<int64_t>;

  TensorBuilder(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  template <typename OpT, typename... Args> OpT create(Args &&...args) {
    return OpT::create(builder, loc, std::forward<Args>(args)...);
  }

  /// A tensor of equal elements; integers are converted exactly.
  Value constant(mlir::RankedTensorType type, double value);
  /// A constant of rank 0 and the element type of `like`.
  Value scalar(Value like, double value);

  Value neg(Value x) { return create<NegOp>(x); }
  Value exp(Value x) { return create<ExpOp>(x); }
  Value log(Value x) { return create<LogOp>(x); }
  Value sqrt(Value x) { return create<SqrtOp>(x); }
  Value rsqrt(Value x) { return create<RsqrtOp>(x); }
  Value square(Value x) { return mul(x, x); }

  Value add(Value a, Value b) { return create<AddOp>(a, b); }
  Value sub(Value a, Value b) { return create<SubOp>(a, b); }
  Value mul(Value a, Value b) { return create<MulOp>(a, b); }
  Value div(Value a, Value b) { return create<DivOp>(a, b); }
  Value pow(Value a, Value b) { return create<PowOp>(a, b); }
  Value maximum(Value a, Value b) { return create<MaximumOp>(a, b); }
  Value minimum(Value a, Value b) { return create<MinimumOp>(a, b); }
  Value add(Value a, double b) { return add(a, scalar(a, b)); }
  Value sub(double a, Value b) { return sub(scalar(b, a), b); }
  Value mul(Value a, double b) { return mul(a, scalar(a, b)); }
  Value div(double a, Value b) { return div(scalar(b, a), b); }
  Value pow(double a, Value b) { return pow(scalar(b, a), b); }
  Value maximum(Value a, double b) { return maximum(a, scalar(a, b)); }
  Value minimum(Value a, double b) { return minimum(a, scalar(a, b)); }

  Value compare(Comparison predicate, Value a, Value b) {
    return create<CompareOp>(predicate, a, b);
  }
  Value compare(Comparison predicate, Value a, double b) {
    return compare(predicate, a, scalar(a, b));
  }
  Value select(Value condition, Value a, Value b) {
    return create<SelectOp>(condition, a, b);
  }
  /// `a` where the condition holds, else 0; and the reverse.
  Value keepWhere(Value condition, Value a) {
    return select(condition, a, scalar(a, 0));
  }
  Value keepUnless(Value condition, Value a) {
    return select(condition, scalar(a, 0), a);
  }

  /// Reductions leave dimensions of size 1.
  Value sum(Value x, Dims dims) { return reduce(ReductionKind::Sum, x, dims); }
  Value max(Value x, Dims dims) { return reduce(ReductionKind::Max, x, dims); }
  /// The mean: a sum times 1 / (global size).
  Value mean(Value x, Dims dims);
  /// The sum over everything: rank 0.
  Value sumAll(Value x);
  /// Undoes a broadcast from `shape`: sums what was repeated, then reshapes.
  Value sumTo(Value x, Dims shape);

  /// No op when nothing changes.
  Value reshape(Value x, Dims shape);
  /// Elements [begin, end) of one dimension.
  Value slice(Value x, int64_t dim, int64_t begin, int64_t end);
  Value broadcast(Value x, Dims shape);
  Value cast(Value x, mlir::Type element);
  /// bf16 and f16 as f32, in which sums and statistics are computed.
  Value widen(Value x);

  Value globalIndex(Value x, int64_t dim) {
    return create<GlobalIndexOp>(x, dim, OffsetAttr());
  }
  Value einsum(llvm::StringRef spec, Value a, Value b) {
    return create<EinsumOp>(a, b, spec);
  }
  Value matmul(Value a, Value b, bool transposeA, bool transposeB) {
    return create<MatmulOp>(a, b, transposeA, transposeB);
  }

private:
  Value reduce(ReductionKind kind, Value x, Dims dims);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace mpc

#endif
