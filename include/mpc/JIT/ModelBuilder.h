//===- ModelBuilder.h - write a model in C++ --------------------*- C++ -*-===//
//
// A model is a module with variables and a function @main; this builder writes
// one, op by op, with types that follow from operands:
//
//   MLIRContext context(makeRegistry());
//   ModelBuilder m(context);
//   Value x = m.input("x", {64, 784});
//   Value h = m.relu(m.dense(x, "fc1", 512));
//   m.output("logits", m.dense(h, "fc2", 10));
//   Expected<OwningOpRef<ModuleOp>> model = m.finish();
//
// Mistakes need no checks on the way. The first one is kept, the value it had
// no result for is null, ops of null values are skipped, and finish() returns
// the error, with the line that made it:
//
//   train.cpp:12: 'mpc.matmul' op inner sizes differ: 784 and 512
//
//===----------------------------------------------------------------------===//

#ifndef MPC_JIT_MODELBUILDER_H
#define MPC_JIT_MODELBUILDER_H

#include "mpc/IR/MPC.h"
#include "llvm/Support/Error.h"
#include <source_location>

namespace mpc {

class ModelBuilder {
public:
  using Value = mlir::Value;
  using Shape = llvm::ArrayRef<int64_t>;
  /// The caller's line: what errors name.
  using Place = std::source_location;

  /// The context has the dialects of makeRegistry.
  explicit ModelBuilder(mlir::MLIRContext &context);

  /// An argument of @main; its dimension 0 is the batch. f32 unless given.
  Value input(llvm::StringRef name, Shape shape, mlir::Type element = {},
              Place at = Place::current());
  /// A result of @main. The first one is what a loss is taken of.
  void output(llvm::StringRef name, Value value, Place at = Place::current());

  /// The value of a new trainable f32 variable. Its first values come from
  /// normal(), constant() or fromFile().
  Value parameter(llvm::StringRef name, Shape shape, mlir::Attribute init,
                  Place at = Place::current());
  mlir::Attribute normal(double stddev);
  mlir::Attribute constant(double value);
  /// A tensor of the weights file.
  mlir::Attribute fromFile(llvm::StringRef tensor);

  /// A constant without dimensions, f32: for arithmetic with tensors.
  Value scalar(double value, Place at = Place::current());

  /// x W + b over the last dimension of x [..., n]: parameters NAME.w [n,
  /// units], normal(sqrt(2 / n)) as He et al. for relu, and NAME.b [units],
  /// zero.
  Value dense(Value x, llvm::StringRef name, int64_t units,
              Place at = Place::current());
  /// [..., m, k] times [k, n], or times [..., k, n] with equal leading sizes.
  Value matmul(Value a, Value b, Place at = Place::current());

  // Element by element; shapes broadcast as in NumPy.
  Value add(Value a, Value b, Place at = Place::current());
  Value sub(Value a, Value b, Place at = Place::current());
  Value mul(Value a, Value b, Place at = Place::current());
  Value div(Value a, Value b, Place at = Place::current());
  Value relu(Value x, Place at = Place::current());
  Value gelu(Value x, Place at = Place::current());
  Value silu(Value x, Place at = Place::current());
  Value sigmoid(Value x, Place at = Place::current());
  Value tanh(Value x, Place at = Place::current());

  Value softmax(Value x, int64_t dim, Place at = Place::current());
  /// Over the last dimension; scale and bias have its size.
  Value layerNorm(Value x, Value scale, Value bias, double epsilon = 1e-5,
                  Place at = Place::current());
  /// Rows of the table [v, d...] by the ids [i...]: [i..., d...].
  Value embedding(Value table, Value ids, Place at = Place::current());
  /// The same elements, row-major, under another shape.
  Value reshape(Value x, Shape shape, Place at = Place::current());

  /// Any op with one result, by its attributes:
  ///   m.apply<ReduceOp>({x}, {{"kind", ...}, {"dims", ...}})
  template <typename OpT>
  Value apply(llvm::ArrayRef<Value> operands,
              llvm::ArrayRef<mlir::NamedAttribute> attributes = {},
              Place at = Place::current()) {
    return append(OpT::getOperationName(), operands, attributes, {}, at);
  }
  /// Makes attributes and element types.
  mlir::Builder &getBuilder() { return builder; }

  /// The number that the next op will have: where a stage of a plan may begin
  /// (Plan::stages). Variables do not count.
  int64_t getNextOp() const { return nextOp; }

  /// The module, verified, or the first mistake. The builder is spent.
  llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> finish();

private:
  /// Null `result`: inferred.
  Value append(llvm::StringRef op, llvm::ArrayRef<Value> operands,
               llvm::ArrayRef<mlir::NamedAttribute> attributes,
               mlir::Type result, Place at);
  mlir::NamedAttribute named(llvm::StringRef name, mlir::Attribute value) {
    return builder.getNamedAttr(name, value);
  }
  mlir::Location locate(Place at);
  /// Runs `build` and keeps the first error it emits.
  void guard(llvm::function_ref<void()> build);

  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp main;
  llvm::SmallVector<mlir::NamedAttrList> resultAttributes;
  llvm::SmallVector<Value> results;
  int64_t nextOp = 0;
  std::string problem;
};

} // namespace mpc

#endif
