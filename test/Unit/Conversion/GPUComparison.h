//===- GPUComparison.h - a region's two kernels against each other -*- C++ -*-//
//
// The CPU's kernel says what is right; RegionsTest compares it with what the
// ops mean.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_TEST_UNIT_CONVERSION_GPUCOMPARISON_H
#define MPC_TEST_UNIT_CONVERSION_GPUCOMPARISON_H

#include "GPUSimulator/GPUSimulator.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

namespace mpc::test {

/// A context that knows both kinds of kernels.
std::unique_ptr<mlir::MLIRContext> makeKernelContext();

struct ComparisonOptions {
  GPUOptions gpu;
  std::vector<int64_t> scalars;
  /// Ids go up to this.
  int64_t maxInteger = 10;
  double tolerance = 2e-5;
  /// Whether all threads run in both orders, and in place as well.
  bool thorough = true;
};

/// Runs all regions of equal structure once on both, with the same inputs:
/// results agree within the tolerance (integers, and bytes around the results,
/// exactly), and do not depend on the order of threads or on where they lie.
/// Returns the kernels.
std::vector<GPUKernel> compareRegions(mlir::ModuleOp module,
                                      const ComparisonOptions &options = {});

/// The same for a module in text.
std::vector<GPUKernel> compareText(const std::string &text,
                                   const ComparisonOptions &options = {});

/// A function of one region: "x: 8x16xf32, g: 16xf32", the body, and its
/// results, "y: 8x16xf32".
std::string makeRegion(const std::string &inputs, const std::string &body,
                       const std::string &outputs);

} // namespace mpc::test

#endif
