//===- Clusters.h - which ops become one region -----------------*- C++ -*-===//
//
// Starts with a cluster for every op that computes, and merges clusters along
// the edges of the program, then those that read one value. Two clusters merge
// when
//
// - they have one iteration space (FusedSpace), and what leaves the result
// spans
//   P, or P and I;
// - no path leads from one to the other through a third: no cycles. Collectives
//   keep their order, which all devices have in common, so each is a step to
//   the next one;
// - neither gets much less parallel, and nothing expensive is repeated.
//
// Ops that cost nothing where they are used (splats, coordinates, broadcasts,
// slices, transposes) belong to no cluster: every cluster has its own copies.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_FUSION_CLUSTERS_H
#define MPC_FUSION_CLUSTERS_H

#include "mpc/Fusion/FusedSpace.h"
#include <set>

namespace mpc {

class Clusters {
public:
  /// Phases (input and weight gradients) are launched apart, unless they may be
  /// merged: in an update, what finishes a gradient belongs to the rest.
  Clusters(mlir::Block &block, bool mergePhases);

  /// Merges as far as it goes.
  void merge();

  /// The ops of every region, in the order of the block, copies included; a
  /// copied op may be in several regions.
  struct Region {
    llvm::SmallVector<mlir::Operation *> ops;
    /// What ops outside use.
    llvm::SmallVector<mlir::Value> outputs;
  };
  llvm::SmallVector<Region> getRegions();

private:
  using Ops = llvm::SmallVector<mlir::Operation *>;
  struct Cluster {
    Ops anchors;
    /// 0: not known yet.
    int64_t parallelPoints = 0;
  };

  bool isFree(mlir::Operation *op);
  bool isRegionAlone(mlir::Operation *op);
  bool bindFreeOps();
  void joinAddition(ScatterAddOp scatter);
  bool readsNothing(mlir::Operation *op);
  /// The clustered ops whose values `op` reads, through free ops; the largest
  /// value first.
  Ops getProducers(mlir::Operation *op);
  void visitSources(mlir::Value value,
                    llvm::function_ref<void(mlir::Operation *)> visit);
  Ops expand(llvm::ArrayRef<mlir::Operation *> anchors);
  bool haveOneTime(unsigned a, unsigned b);
  bool tryMerge(unsigned a, unsigned b);
  bool isRegion(llvm::ArrayRef<mlir::Operation *> anchors,
                int64_t parallelPoints);
  bool leaves(mlir::Value value,
              const llvm::DenseSet<mlir::Operation *> &inside);
  bool reaches(unsigned from, unsigned to);
  bool mergeEdges();
  bool mergeReaders();
  void dropReshapes(Cluster &cluster);
  int64_t getParallelPoints(unsigned cluster);

  mlir::Block &block;
  bool mergePhases;
  RuleCache rules;
  llvm::DenseMap<mlir::Operation *, unsigned> order;
  llvm::DenseMap<mlir::Operation *, mlir::Operation *> nextCollective;
  llvm::DenseMap<mlir::Operation *, unsigned> clusterOf;
  llvm::DenseMap<mlir::Operation *, bool> freeOps;
  llvm::SmallVector<Cluster> clusters;
  /// Pairs that were tried, with the number of their ops: they need no second
  /// try.
  std::set<std::tuple<unsigned, unsigned, size_t>> attempts;
};

} // namespace mpc

#endif
