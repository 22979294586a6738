//===- Emitter.h - a region's values at one point or lane -------*- C++ -*-===//
//
// Pulls: asking for a value emits what it needs, at the point that the scope
// binds. Scopes nest like the loops do; what an outer scope has, inner ones
// use.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_CONVERSION_FUSEDTOVECTOR_EMITTER_H
#define MPC_CONVERSION_FUSEDTOVECTOR_EMITTER_H

#include "KernelPlan.h"
#include "VectorBuilder.h"

namespace mpc {

/// A place in the loop nest: some factors have an index there.
struct Scope {
  explicit Scope(const Scope *parent = nullptr) : parent(parent) {
    if (parent) {
      bound = parent->bound;
      bases = parent->bases;
      hasLane = parent->hasLane;
      mask = parent->mask;
    }
  }
  mlir::Value lookup(mlir::Value value) const;
  mlir::Value lookupRead(unsigned form, unsigned input) const;

  const Scope *parent;
  llvm::BitVector bound;
  /// The address of every form, as far as its factors are bound.
  llvm::SmallVector<mlir::Value> bases;
  /// Whether the lane is bound, and which of its elements exist (null: all).
  bool hasLane = false;
  mlir::Value mask;
  llvm::DenseMap<mlir::Value, mlir::Value> values;
  llvm::DenseMap<std::pair<unsigned, unsigned>, mlir::Value> reads;
};

class Emitter {
public:
  /// `arguments`: the input buffers, the output buffers, the scalars (i64).
  Emitter(const KernelPlan &plan, VectorBuilder &vectors,
          mlir::ValueRange arguments);

  /// The scope of the whole kernel.
  Scope makeFunctionScope();
  /// Gives a factor an index; for the lane, the index of lane 0.
  void bind(Scope &scope, unsigned factor, mlir::Value index);
  /// Emits here what depends on bound factors only and needs at most `level`
  /// reductions.
  void hoist(Scope &scope, unsigned level);
  mlir::Value emit(mlir::Value value, Scope &scope);
  mlir::Value emitOperand(mlir::OpOperand &operand, Scope &scope);
  /// Emits an output's value; `store` puts it in its buffer.
  void prepare(unsigned output, Scope &scope);
  void store(unsigned output, Scope &scope);
  /// Puts a kept value in its place, and has later phases read it from there.
  void keep(mlir::Value value, Scope &scope);
  void setPhase(unsigned current) { phase = current; }

private:
  void storeValue(mlir::Value value, unsigned output, Scope &scope);
  mlir::Value loadKept(unsigned output, Scope &scope);
  mlir::Value emitOp(mlir::Operation *op, Scope &scope);
  mlir::Value roundIfStored(mlir::Value emitted, mlir::Value value);
  mlir::Value emitPointwise(PointwiseOpInterface op, Scope &scope);
  mlir::Value emitRead(mlir::OpOperand &operand, Scope &scope);
  mlir::Value emitCoordinate(GlobalIndexOp op, Scope &scope);
  mlir::Value emitGather(EmbeddingOp op, Scope &scope);
  mlir::Value gatherRow(EmbeddingOp op, mlir::Value row, mlir::Value inRange,
                        Scope &scope);
  mlir::Value getOffset(mlir::Operation *op);
  int64_t getLaneStride(unsigned form, const Scope &scope) const;
  bool isBound(const llvm::BitVector &span, const Scope &scope) const;

  const KernelPlan &plan;
  VectorBuilder &v;
  mlir::ValueRange arguments;
  unsigned phase = 0;
};

} // namespace mpc

#endif
