//===- PlannerTest.cpp - plans for a small classifier ---------------------===//

#include "mpc/Planner/Planner.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "mpc/Transforms/Passes.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mpc;

static const char *kModel = R"(
mpc.variable @w1 parameter normal(0.0, 0.05) : tensor<784x512xf32>
mpc.variable @b1 parameter constant(0.0) : tensor<512xf32>
mpc.variable @w2 parameter normal(0.0, 0.05) : tensor<512x256xf32>
mpc.variable @b2 parameter constant(0.0) : tensor<256xf32>
func.func @main(%x: tensor<128x784xf32>) -> tensor<128x256xf32> {
  %w1 = mpc.read @w1 : tensor<784x512xf32>
  %b1 = mpc.read @b1 : tensor<512xf32>
  %0 = mpc.matmul %x, %w1 : (tensor<128x784xf32>, tensor<784x512xf32>) -> tensor<128x512xf32>
  %1 = mpc.add %0, %b1 : (tensor<128x512xf32>, tensor<512xf32>) -> tensor<128x512xf32>
  %2 = mpc.relu %1 : tensor<128x512xf32>
  %w2 = mpc.read @w2 : tensor<512x256xf32>
  %b2 = mpc.read @b2 : tensor<256xf32>
  %3 = mpc.matmul %2, %w2 : (tensor<128x512xf32>, tensor<512x256xf32>) -> tensor<128x256xf32>
  %4 = mpc.add %3, %b2 : (tensor<128x256xf32>, tensor<256xf32>) -> tensor<128x256xf32>
  return %4 : tensor<128x256xf32>
}
)";

namespace {
class PlannerTest : public ::testing::Test {
protected:
  PlannerTest() {
    context.loadDialect<MPCDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(kModel, &context);
  }

  void addTraining() {
    PassManager passes(&context);
    passes.addPass(createAutodiff());
    passes.addPass(createAddOptimizer());
    passes.addPass(createDecompose());
    passes.addPass(createCanonicalizerPass());
    passes.addPass(createCSEPass());
    ASSERT_TRUE(succeeded(passes.run(*module)));
  }

  Plan plan(const PartitionOptions &options) {
    llvm::Expected<PlanChoice> choice = choosePlan(*module, options);
    if (!choice) {
      ADD_FAILURE() << llvm::toString(choice.takeError());
      return {};
    }
    return choice->plan;
  }

  std::string getInfeasibility(const PartitionOptions &options) {
    llvm::Expected<PlanChoice> choice = choosePlan(*module, options);
    if (choice)
      return "feasible";
    llvm::Error error = choice.takeError();
    bool isTyped = error.isA<InfeasiblePlan>();
    std::string text = llvm::toString(std::move(error));
    return isTyped ? text : "untyped: " + text;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};
} // namespace

static PartitionOptions onGPUs(const std::string &kind, int64_t devices) {
  PartitionOptions options;
  options.partition = kind;
  options.devices = devices;
  options.cluster = "dgx-a100:1";
  return options;
}

TEST_F(PlannerTest, TensorCutsColumnsThenRows) {
  for (bool training : {false, true}) {
    if (training)
      addTraining();
    Plan tensor = plan(onGPUs("tensor", 2));
    EXPECT_EQ(tensor.variables["w1"], (DimAxes{{}, {"tensor"}})) << training;
    EXPECT_EQ(tensor.variables["w2"], (DimAxes{{"tensor"}, {}})) << training;
  }
}

TEST_F(PlannerTest, PresetsFixTheMesh) {
  addTraining();
  Plan layer = plan(onGPUs("layer", 2));
  EXPECT_EQ(layer.microBatches, 1);
  EXPECT_EQ(layer.stages, (std::vector<int64_t>{0, 3}));
  EXPECT_GE(plan(onGPUs("pipeline", 2)).microBatches, 8);
  Plan data = plan(onGPUs("data", 4));
  EXPECT_EQ(data.getAxisSize("data"), 4);
  EXPECT_TRUE(data.variables.empty());
  EXPECT_EQ(plan(onGPUs("none", 4)).getNumDevices(), 1);
}

TEST_F(PlannerTest, AutoIsTheFastestOfItsTable) {
  addTraining();
  llvm::Expected<PlanChoice> choice = choosePlan(*module, onGPUs("auto", 4));
  ASSERT_TRUE(bool(choice)) << llvm::toString(choice.takeError());
  ASSERT_GE(choice->candidates.size(), 7u);
  bool hasOneDevice = false;
  for (const Candidate &candidate : choice->candidates) {
    EXPECT_GE(candidate.plan.cost.stepSeconds, choice->plan.cost.stepSeconds);
    hasOneDevice |= candidate.plan.getNumDevices() == 1;
  }
  EXPECT_TRUE(hasOneDevice);
  llvm::Expected<PlanChoice> again = choosePlan(*module, onGPUs("auto", 4));
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(describe(*again), describe(*choice));
}

TEST_F(PlannerTest, AnotherScheduleWhereItIsFaster) {
  addTraining();
  PartitionOptions options = onGPUs("pipeline", 2);
  options.microBatches = 2;
  Plan chosen = plan(options);
  options.schedule = "1f1b";
  Plan plain = plan(options);
  EXPECT_EQ(plain.schedule, "1f1b");
  EXPECT_NE(chosen.schedule, "1f1b");
  EXPECT_LT(chosen.cost.stepSeconds, 0.98 * plain.cost.stepSeconds);
  // Virtual devices share a machine: a bubble is not lost.
  options.schedule = options.cluster = "";
  EXPECT_EQ(plan(options).schedule, "1f1b");
  // An automatic schedule says how much it keeps.
  options.schedule = "zb-auto";
  EXPECT_EQ(plan(options).schedule.find("zb-auto:"), 0u);
}

TEST_F(PlannerTest, PartsAddUpToTheStep) {
  addTraining();
  for (const char *kind : {"none", "layer", "tensor", "pipeline", "data"}) {
    Plan chosen = plan(onGPUs(kind, 2));
    double sum = 0;
    for (const auto &[name, seconds] : chosen.cost.parts)
      sum += seconds;
    EXPECT_GT(sum, 0) << kind;
    EXPECT_NEAR(sum, chosen.cost.stepSeconds, 1e-6 * sum) << kind;
  }
}

TEST_F(PlannerTest, InfeasibleRequestsSayByHowMuch) {
  EXPECT_EQ(getInfeasibility(onGPUs("data", 9)),
            "9 devices asked for, cluster 'dgx-a100:1' has 8");
  EXPECT_EQ(getInfeasibility(onGPUs("pipeline", 8)),
            "8 stages asked for, the model has work for at most 5");
  PartitionOptions options = onGPUs("pipeline", 2);
  options.microBatches = 100;
  EXPECT_EQ(getInfeasibility(options),
            "a batch of 128 cannot be cut in 100 parts (data 1 x 100 "
            "micro-batches): some would be "
            "empty; at most 64 micro-batches fit");
  options.partition = "sideways";
  EXPECT_EQ(
      getInfeasibility(options).rfind("untyped: --partition: unknown kind", 0),
      0u);
}

TEST_F(PlannerTest, HashIsOfTheModelNotOfItsTraining) {
  std::string hash = getModelHash(*module);
  addTraining();
  EXPECT_EQ(getModelHash(*module), hash);
  module->lookupSymbol<VariableOp>("b2").setSymName("bias2");
  EXPECT_NE(getModelHash(*module), hash);
}
