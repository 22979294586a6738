//===- SplitTest.cpp - a split splits, and changes nothing else -----------===//
//
// Every test trains the MLP 784-512-256-10 for two steps unsplit and split, and
// counts what ran: matmul flops, collectives and messages of each device.
//
//===----------------------------------------------------------------------===//

#include "mpc/Driver/RandomInputs.h"
#include "mpc/Driver/Verify.h"
#include "llvm/ADT/TypeSwitch.h"
#include <gtest/gtest.h>

using namespace mpc;

namespace {
constexpr int kSteps = 2;

class SplitTest : public testing::Test {
protected:
  SplitTest() : context(makeRegistry()) {
    auto loaded = loadModule(context, MPC_MODELS "/mlp.mlir");
    EXPECT_TRUE(static_cast<bool>(loaded)) << toString(loaded.takeError());
    model = std::move(*loaded);
    options.steps = kSteps;
  }

  VerifyResult verify(const Plan &plan) {
    auto result = mpc::verify(
        *model, options,
        [&](mlir::ModuleOp) -> llvm::Expected<Plan> { return plan; },
        RandomInputs(*model, /*seed=*/0));
    EXPECT_TRUE(static_cast<bool>(result)) << toString(result.takeError());
    if (!result)
      return {};
    EXPECT_TRUE(result->equal)
        << result->worstTensor << " differs by " << result->maxError;
    EXPECT_EQ(result->predictedBytes, result->allocatedBytes);
    for (auto [device, ran] : llvm::enumerate(result->counters))
      EXPECT_EQ(std::vector<int64_t>(std::begin(ran.collectives),
                                     std::end(ran.collectives)),
                countInProgram(plan, device));
    return *result;
  }

  /// The collectives of all steps by kind, counted in the bodies of a device.
  std::vector<int64_t> countInProgram(const Plan &plan, int64_t device) {
    mlir::OwningOpRef<mlir::ModuleOp> module = model->clone();
    llvm::cantFail(buildTraining(*module, options.setup.training));
    CPUTarget target(context, {}, /*threads=*/1);
    llvm::cantFail(lowerToLocal(*module, plan, target));
    std::vector<int64_t> count(MPCRT_COLLECTIVES);
    for (auto body : module->getOps<mlir::func::FuncOp>()) {
      auto devices =
          body->getAttrOfType<mlir::DenseI64ArrayAttr>("mpc.devices");
      if (!body.getSymName().starts_with("train_step.") || !devices ||
          !llvm::is_contained(devices.asArrayRef(), device))
        continue;
      int64_t runs =
          kSteps *
          body->getAttrOfType<mlir::DenseI64ArrayAttr>("mpc.micros").size();
      body.walk([&](mlir::Operation *op) {
        if (auto kind = getKind(op))
          count[*kind] += runs;
      });
    }
    return count;
  }

  static std::optional<int> getKind(mlir::Operation *op) {
    return llvm::TypeSwitch<mlir::Operation *, std::optional<int>>(op)
        .Case([](AllReduceOp) { return MPCRT_ALL_REDUCE; })
        .Case([](AllGatherOp) { return MPCRT_ALL_GATHER; })
        .Case([](ReduceScatterOp) { return MPCRT_REDUCE_SCATTER; })
        .Case([](AllToAllOp) { return MPCRT_ALL_TO_ALL; })
        .Default(std::nullopt);
  }

  /// Every device does at most its part of the unsplit model's flops, and 10 %.
  void expectFlopsSplit(const VerifyResult &split, int parts) {
    int64_t total = verify(Plan()).counters[0].matmul_flops;
    int64_t sum = 0;
    for (const mpcrt_counters &device : split.counters) {
      EXPECT_LE(device.matmul_flops, 1.1 / parts * total);
      sum += device.matmul_flops;
    }
    EXPECT_GE(sum, total);
  }

  static Plan makePlan(std::vector<std::pair<std::string, int64_t>> mesh) {
    Plan plan;
    plan.mesh = std::move(mesh);
    return plan;
  }
  /// Column then row: one all-reduce forward.
  static Plan makeTensorPlan(int64_t devices) {
    Plan plan = makePlan({{"tensor", devices}});
    plan.variables = {{"w1", {{}, {"tensor"}}},
                      {"b1", {{"tensor"}}},
                      {"w2", {{"tensor"}, {}}},
                      {"w3", {{"tensor"}, {}}}};
    return plan;
  }
  static Plan makePipelinePlan(const char *schedule) {
    Plan plan = makePlan({{"stage", 3}});
    plan.stages = {0, 3, 6};
    plan.microBatches = 8;
    plan.schedule = schedule;
    return plan;
  }

  static int64_t countCollectives(const mpcrt_counters &counters) {
    int64_t count = 0;
    for (int64_t kind : counters.collectives)
      count += kind;
    return count;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> model;
  VerifyOptions options;
};
} // namespace

TEST_F(SplitTest, UnsplitCommunicatesNothing) {
  VerifyResult result = verify(Plan());
  ASSERT_EQ(result.counters.size(), 1u);
  EXPECT_EQ(countCollectives(result.counters[0]), 0);
  EXPECT_EQ(result.counters[0].sends, 0);
  // Two steps of forward and both gradients, less the first layer's input
  // gradient.
  int64_t layers = 784 * 512 + 512 * 256 + 256 * 10;
  EXPECT_EQ(result.counters[0].matmul_flops,
            kSteps * 2 * 128 * (3 * layers - 784 * 512));
}

TEST_F(SplitTest, TensorColumnThenRow) {
  VerifyResult result = verify(makeTensorPlan(2));
  expectFlopsSplit(result, 2);
  for (const mpcrt_counters &device : result.counters) {
    // Forward: after w2, and after w3. Backward: w3's rows leave the gradient
    // of the second layer cut by columns; w2's rows want it whole, and b2 is on
    // both devices. Nobody asks for the gradient of the input.
    EXPECT_EQ(device.collectives[MPCRT_ALL_REDUCE], kSteps * 2);
    EXPECT_EQ(device.collectives[MPCRT_ALL_GATHER], kSteps * 2);
    EXPECT_EQ(countCollectives(device), kSteps * 4);
    EXPECT_EQ(device.sends, 0);
  }
  // The large weights are cut in two; only small biases are whole.
  int64_t cut = (784 * 512 + 512 * 256 + 256 * 10 + 512) / 2 * 4,
          whole = (256 + 10) * 4;
  for (int64_t bytes : result.variableBytes) {
    EXPECT_GE(bytes, cut + whole);
    EXPECT_LE(bytes, cut + whole + 6 * 64);
  }
}

TEST_F(SplitTest, TensorUnevenRows) {
  // 784 rows over 3 devices: 262, 262, 260.
  Plan plan = makePlan({{"tensor", 3}});
  plan.variables = {{"w1", {{"tensor"}, {}}},
                    {"w2", {{"tensor"}, {}}},
                    {"w3", {{"tensor"}, {}}}};
  VerifyResult result = verify(plan);
  expectFlopsSplit(result, 3);
  // A weight's share of 784 rows, 512 and 256; the biases are whole.
  for (auto [device, bytes] : llvm::enumerate(result.variableBytes)) {
    int64_t rows1 = device < 2 ? 262 : 260, rows2 = device < 2 ? 171 : 170,
            rows3 = device < 2 ? 86 : 84;
    int64_t expected =
        4 * (rows1 * 512 + rows2 * 256 + rows3 * 10 + 512 + 256 + 10);
    EXPECT_GE(bytes, expected);
    EXPECT_LE(bytes, expected + 6 * 64);
  }
}

TEST_F(SplitTest, Data) {
  VerifyResult result = verify(makePlan({{"data", 2}}));
  expectFlopsSplit(result, 2);
  for (const mpcrt_counters &device : result.counters) {
    // Six gradients, loss and count.
    EXPECT_EQ(device.collectives[MPCRT_ALL_REDUCE], kSteps * 8);
    EXPECT_EQ(countCollectives(device), kSteps * 8);
  }
}

TEST_F(SplitTest, DataUneven) { verify(makePlan({{"data", 3}})); }

TEST_F(SplitTest, Layer) {
  Plan plan = makePipelinePlan("1f1b");
  plan.microBatches = 1;
  VerifyResult result = verify(plan);
  ASSERT_EQ(result.counters.size(), 3u);
  for (const mpcrt_counters &device : result.counters)
    EXPECT_EQ(countCollectives(device), 0);
  // Activations forward, and the scale of the update backward.
  EXPECT_GE(result.counters[0].sends, kSteps);
}

TEST_F(SplitTest, PipelineSendsActivationsAndGradients) {
  VerifyResult result = verify(makePipelinePlan("1f1b"));
  ASSERT_EQ(result.counters.size(), 3u);
  EXPECT_EQ(result.counters[0].sends, kSteps * 8);
  EXPECT_EQ(result.counters[1].sends, kSteps * 16);
  for (const mpcrt_counters &device : result.counters)
    EXPECT_EQ(countCollectives(device), 0);
}

TEST_F(SplitTest, Hybrid) {
  Plan plan = makeTensorPlan(2);
  plan.mesh = {{"data", 2}, {"stage", 2}, {"tensor", 2}};
  plan.stages = {0, 3};
  plan.microBatches = 4;
  VerifyResult result = verify(plan);
  EXPECT_EQ(result.counters.size(), 8u);
}

TEST_F(SplitTest, SchedulesAgreeBitwise) {
  // All against the unsplit model, and with the same error to the last bit.
  VerifyResult gpipe = verify(makePipelinePlan("gpipe"));
  VerifyResult oneForwardOneBackward = verify(makePipelinePlan("1f1b"));
  for (const char *name : {"1f1b", "interleaved:2", "zb-h1", "zb-h2", "zb-v",
                           "zb-auto:2", "dualpipev"}) {
    Plan plan = makePipelinePlan(name);
    bool hasTwoEach = llvm::StringRef(name).ends_with("v") ||
                      llvm::StringRef(name).ends_with(":2");
    if (hasTwoEach && llvm::StringRef(name) != "zb-auto:2")
      plan.stages = {0, 2, 3, 5, 6, 7};
    VerifyResult result = verify(plan);
    EXPECT_EQ(gpipe.maxError, result.maxError) << name;
    EXPECT_EQ(gpipe.worstTensor, result.worstTensor) << name;
  }
  // 1F1B keeps fewer activations.
  EXPECT_LT(oneForwardOneBackward.predictedBytes[2], gpipe.predictedBytes[2]);
}
