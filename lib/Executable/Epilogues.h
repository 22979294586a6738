//===- Epilogues.h - what a GEMM does to its result -------------*- C++ -*-===//

#ifndef MPC_LIB_EXECUTABLE_EPILOGUES_H
#define MPC_LIB_EXECUTABLE_EPILOGUES_H

#include "Views.h"

namespace mpc {

/// A region that a contraction's GEMM computes with it: relu(product + bias),
/// or one of the two.
struct Epilogue {
  FusedOp region;
  /// One number a column; null for none.
  mlir::Value bias;
  bool relu = false;
};

/// The epilogues of a body whose regions are fused.
class BodyEpilogues {
public:
  BodyEpilogues(mlir::Block &block, const BodyViews &views,
                const MatmulLibrary &library);

  const Epilogue *get(mlir::Operation *contraction) const {
    auto it = epilogues.find(contraction);
    return it == epilogues.end() ? nullptr : &it->second;
  }
  /// Whether a GEMM has computed the region.
  bool contains(FusedOp region) const { return regions.contains(region); }

private:
  llvm::DenseMap<mlir::Operation *, Epilogue> epilogues;
  llvm::DenseSet<mlir::Operation *> regions;
};

} // namespace mpc

#endif
