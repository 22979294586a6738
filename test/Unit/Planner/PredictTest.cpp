//===- PredictTest.cpp - what a body with collectives takes ---------------===//

#include "mpc/Planner/Predict.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mpc;

/// Two products, the second of what is reduced, and something between.
static const char *kProgram = R"(
mpc.program @main mesh <"data" = 2> micro_batches 1 schedule "1f1b" inputs ["x"] [tensor<64x64xf32>]
    outputs ["y"] [tensor<64x64xf32>] bodies [@main.F0.c0] edges [] lists ["0F0"]
func.func private @main.F0.c0(%x: tensor<64x64xf32> {mpc.input = 0 : i64, mpc.sharding = #mpc.sharding<[[], []]>})
    -> (tensor<64x64xf32> {mpc.outputs = [0], mpc.sharding = #mpc.sharding<[[], []]>, mpc.value = "y"})
    attributes {mpc.body = "forward", mpc.devices = array<i64: 0, 1>, mpc.local, mpc.micros = array<i64: 0>,
                mpc.part = 0 : i64, mpc.stage = 0 : i64} {
  BODY
  return %y : tensor<64x64xf32>
}
)";
static const char *kReduce =
    "%sum = mpc.all_reduce sum %x on [\"data\"] : tensor<64x64xf32>\n";
static const char *kProduct =
    "%p = mpc.matmul %x, %x : (tensor<64x64xf32>, tensor<64x64xf32>) -> "
    "tensor<64x64xf32>\n";
static const char *kResult =
    "%y = mpc.matmul %sum, %p : (tensor<64x64xf32>, tensor<64x64xf32>) -> "
    "tensor<64x64xf32>\n";

/// Seconds of one product, and bytes that are reduced.
static constexpr double kSeconds = 2.0 * 64 * 64 * 64 / 1e9,
                        kBytes = 64 * 64 * 4;

/// Two devices of 1 GFLOP/s whose all-reduce takes `reduction` products.
static Cluster makeCluster(double reduction) {
  Cluster cluster = makeVirtualCluster(2, 2, 1 << 30);
  DeviceGroup &device = cluster.groups.front();
  device.peakFlops = {{"f32", 1e9}};
  device.memoryBandwidth = 1e18;
  device.efficiency = 1;
  device.launchSeconds = device.rampSeconds = 0;
  cluster.levels.front().bandwidth = kBytes / (reduction * kSeconds);
  cluster.levels.front().latency = 0;
  cluster.sharedCores = 0;
  return cluster;
}

namespace {
class PredictTest : public ::testing::Test {
protected:
  PredictTest() { context.loadDialect<MPCDialect, func::FuncDialect>(); }

  PlanCost predictBody(const std::string &body, const Cluster &cluster) {
    std::string text = kProgram;
    text.replace(text.find("BODY"), 4, body);
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(bool(module));
    llvm::Expected<Prediction> prediction = predict(*module, cluster);
    if (prediction)
      return prediction->cost;
    ADD_FAILURE() << llvm::toString(prediction.takeError());
    return {};
  }

  MLIRContext context;
};
} // namespace

TEST_F(PredictTest, CollectivesRunBesideWhatDoesNotNeedThem) {
  std::string early = std::string(kReduce) + kProduct + kResult;
  PlanCost hidden = predictBody(early, makeCluster(0.75));
  EXPECT_NEAR(hidden.stepSeconds, 2 * kSeconds, 1e-9);
  EXPECT_EQ(hidden.parts.count("all_reduce"), 0u);
  // What is longer than the product beside it is waited for.
  PlanCost longer = predictBody(early, makeCluster(3));
  EXPECT_NEAR(longer.stepSeconds, 4 * kSeconds, 1e-9);
  EXPECT_NEAR(longer.parts["all_reduce"], 2 * kSeconds, 1e-9);
}

TEST_F(PredictTest, CollectivesThatAreNeededAtOnceCost) {
  PlanCost late =
      predictBody(std::string(kProduct) + kReduce + kResult, makeCluster(0.75));
  EXPECT_NEAR(late.stepSeconds, 2.75 * kSeconds, 1e-9);
  EXPECT_NEAR(late.parts["all_reduce"], 0.75 * kSeconds, 1e-9);
}

/// Virtual devices move the bytes with the cores that compute.
TEST_F(PredictTest, SharedCoresHideNothing) {
  Cluster cluster = makeCluster(0.75);
  cluster.sharedCores = 2;
  PlanCost cost =
      predictBody(std::string(kReduce) + kProduct + kResult, cluster);
  EXPECT_NEAR(cost.stepSeconds, 2.75 * kSeconds, 1e-9);
}
