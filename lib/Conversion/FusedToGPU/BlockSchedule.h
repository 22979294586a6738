//===- BlockSchedule.h - the threads of a fused region ----------*- C++ -*-===//
//
// Every thread of a team:
//   bind the item's factors, read what depends on nothing else
//   for phase in 0 ...:                     one for every level of reductions
//     for its points:                       resident: unrolled, values stay
//       reduce into its own accumulators, store what spans P and I
//     reduce over the team                  shuffles, then shared memory
//   the first member stores what spans P only
//
// All threads get to every shuffle and barrier: those without an item or point
// compute one that exists, count it as the neutral element, and store nothing.
//
// The order of a sum: a thread's points in ascending order (a walking thread
// has several accumulators, added as a tree), the lanes of a vector, a
// butterfly over the threads of a warp, then the warps in ascending order. It
// depends on the shape and on nothing else.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_CONVERSION_FUSEDTOGPU_BLOCKSCHEDULE_H
#define MPC_CONVERSION_FUSEDTOGPU_BLOCKSCHEDULE_H

#include "../FusedToVector/Emitter.h"
#include "BlockPlan.h"
#include "TeamReduction.h"

namespace mpc {

class BlockSchedule {
public:
  /// How often the kernel reads an input, by (form, input).
  using Passes = llvm::DenseMap<std::pair<unsigned, unsigned>, int64_t>;

  /// `vectors` has the lanes of `block.width`. `arguments`, of `function`:
  /// input buffers, output buffers, scalars.
  BlockSchedule(const KernelPlan &plan, const BlockPlan &block,
                VectorBuilder &vectors, mlir::gpu::GPUFuncOp function,
                mlir::ValueRange arguments);

  /// Emits the work of thread `thread` of block `blockNumber` (indices).
  /// `overwrites`: a result of an item may lie where a team reads an input.
  void emit(mlir::Value blockNumber, mlir::Value thread, bool overwrites);
  const Passes &getPasses() const { return passes; }

private:
  using Values = llvm::SmallVector<mlir::Value>;
  using Phase = KernelPlan::Phase;
  /// A point of the item, and whether the thread has it (null: yes).
  struct Point {
    Scope scope;
    mlir::Value active;
  };
  using Points = llvm::SmallVector<Point>;

  void emitLine(mlir::Value number);
  void emitTail(mlir::Value number);
  void emitTeam(mlir::Value number, bool overwrites);
  void bindItem(mlir::Value number);
  void bindLane(Scope &scope, mlir::Value step);
  Point makePoint(mlir::Value number, mlir::Value active);
  Points makeResidentPoints();

  void emitPhase(unsigned level, llvm::MutableArrayRef<Point> resident);
  Values emitResident(const Phase &phase, llvm::MutableArrayRef<Point> points);
  Values emitWalk(const Phase &phase);
  Values walk(const Phase &phase, int64_t begin, int64_t end, unsigned unroll,
              Values accumulators);
  mlir::Value emitReduced(ReduceOp reduce, Point &point);
  void storePoints(const Phase &phase, llvm::MutableArrayRef<Point> points);
  void finish(const Phase &phase, llvm::ArrayRef<mlir::Value> accumulators);
  void storeItem(bool overwrites);
  void countReads(const Scope &scope);
  unsigned getUnroll() const;
  bool hasVectors() const { return block.width > 1; }

  mlir::Value both(mlir::Value a, mlir::Value b);
  void ifActive(mlir::Value active, llvm::function_ref<void()> body);
  mlir::Value atMost(mlir::Value number, int64_t last);
  mlir::Value isBelow(mlir::Value number, int64_t end);

  const KernelPlan &plan;
  const BlockPlan &block;
  VectorBuilder &v;
  mlir::OpBuilder &b;
  /// A copy: the function gets further arguments, for shared memory.
  llvm::SmallVector<mlir::Value> arguments;
  Emitter emitter;
  TeamReduction reduction;
  /// Of this thread: its place in the team, its item, and whether that exists.
  mlir::Value member, itemActive;
  Scope kernel, item;
  Passes passes;
};

} // namespace mpc

#endif
