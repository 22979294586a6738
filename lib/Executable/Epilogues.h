//===- Epilogues.h - what a GEMM does to its result -------------*- C++ -*-===//
//
// A region that begins where a product ends may be part of the library's call:
//
//   relu(product + bias), and the same with gelu, or one of the two
//   gelu(product + bias) and its argument, which the backward pass needs
//   product * gelu'(x), and the sums of its columns: a bias' gradient
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_EXECUTABLE_EPILOGUES_H
#define MPC_LIB_EXECUTABLE_EPILOGUES_H

#include "Views.h"
#include "mlir/Pass/Pass.h"
#include "mpcrt/abi.h"

namespace mpc {

/// A region that a contraction's GEMM computes with it.
struct Epilogue {
  FusedOp region;
  /// The region's result that the GEMM has as C.
  mlir::Value result;
  /// One number a column; null for none.
  mlir::Value bias = {};
  int32_t activation = MPCRT_NO_ACTIVATION;
  /// The argument of gelu: the region's other result, or what the gradient
  /// reads; null for none.
  mlir::Value aux = {};
  /// The region's other result: sums of the columns; null for none.
  mlir::Value biasGradient = {};
};

/// The contraction that would compute the whole region, and how; null where the
/// region is something else.
std::pair<mlir::Operation *, Epilogue> matchEpilogue(FusedOp region);

/// A gradient of gelu inside of a region, of what a contraction computes for it
/// alone.
struct GeluGradient {
  mlir::Operation *contraction = nullptr;
  /// Of the region's inputs.
  mlir::Value argument;
  /// The gradient as the region knows it, with the type of the product.
  mlir::Value result;
  /// The ops of the region that compute it: the gradient, and conversions.
  llvm::SmallVector<mlir::Operation *> ops;
};
std::optional<GeluGradient> matchGeluGradient(FusedOp region, GeluGradOp op);

/// Whether the library computes the epilogue at no cost.
bool isWorthIt(mlir::Operation *contraction, const Epilogue &epilogue,
               const BodyViews &views, const MatmulLibrary &library);

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

/// Makes a region of its own of what the library computes with a product, where
/// that is the first step of a larger region: gradients of gelu, before their
/// columns are summed or anything else is made of them.
std::unique_ptr<mlir::Pass> createSplitEpilogues(const MatmulLibrary &library);

} // namespace mpc

#endif
