//===- CUDAProgramsTest.cpp - whole programs of the target cuda -----------===//
//
// Training steps are compiled for GPUs under every kind of split, and run on
// the stand-in for NVIDIA's libraries, which does work late, in an order that a
// seed draws. Outputs, gradients and weights are the unsplit CPU's within
// verify's tolerance, and the same bits for every seed.
//
//===----------------------------------------------------------------------===//

#include "CUDAStandin/SimulatedTarget.h"
#include "Comparison.h"
#include "Moved.h"
#include "Standin.h"
#include "mpc/Driver/Commands.h"
#include "mpc/Driver/RandomInputs.h"
#include "mpc/Planner/Planner.h"
#include "mpcrt/package/Runner.h"
#include "llvm/Support/FileSystem.h"
#include <gtest/gtest.h>

using namespace mpc;
using namespace mpc::test;
namespace standin = mpcrt::standin;

namespace {
constexpr uint64_t kSeeds = 3;

PartitionOptions mesh(std::string axes, std::string schedule = "",
                      int64_t microBatches = 0) {
  PartitionOptions options;
  options.partition = axes.empty() ? "none" : "";
  options.mesh = std::move(axes);
  options.schedule = std::move(schedule);
  options.microBatches = microBatches;
  options.zero = 0;
  options.recompute = "none";
  return options;
}
PartitionOptions withZero(PartitionOptions options, int64_t zero) {
  options.zero = zero;
  options.zeroMinBytes = 0;
  return options;
}
PartitionOptions withRecompute(PartitionOptions options,
                               std::string recompute) {
  options.recompute = std::move(recompute);
  return options;
}
PartitionOptions withSequence(PartitionOptions options) {
  options.sequenceParallel = true;
  return options;
}

std::string describe(const PartitionOptions &options) {
  return options.partition + options.mesh + " " + options.schedule + " zero " +
         std::to_string(options.zero) + " recompute " + options.recompute;
}

/// Whether two runs of a program have the same bits.
bool areEqual(const RunRecord &a, const RunRecord &b) {
  return llvm::equal(a, b,
                     [](const RecordedTensor &x, const RecordedTensor &y) {
                       return x.name == y.name &&
                              llvm::equal(x.array.bytes(), y.array.bytes());
                     });
}

class CUDAPrograms : public testing::Test {
protected:
  CUDAPrograms() : context(makeRegistry()) { useStandin(); }

  void load(const std::string &name, LossKind loss, OptimizerKind optimizer,
            bool bf16 = false) {
    auto loaded = loadModule(context, MPC_MODELS "/" + name + ".mlir");
    ASSERT_TRUE(isFine(loaded.takeError()));
    model = std::move(*loaded);
    if (bf16) {
      ASSERT_TRUE(isFine(convertToBF16(*model)));
      options.tolerance = 0.05;
      options.epsilon = 0x1p-7;
    }
    options.setup.training.autodiff.loss = loss;
    options.setup.training.autodiff.keepOutputs = true;
    options.setup.training.optimizer.kind = optimizer;
    options.setup.training.optimizer.keepGradients = true;
    options.adaptive = optimizer != OptimizerKind::SGD;
    options.learningRate = 0.01;
    auto reference = createReference([](mlir::ModuleOp) {});
    ASSERT_TRUE(reference);
    expected = run(*reference);
  }

  static bool isFine(llvm::Error error) {
    bool failed = static_cast<bool>(error);
    EXPECT_FALSE(failed) << toString(std::move(error));
    return !failed;
  }

  using Choose = llvm::function_ref<llvm::Expected<Plan>(mlir::ModuleOp)>;
  std::unique_ptr<mpc::Setup> create(SetupOptions setup, Choose choose) {
    setup.compile.cuda.workspaceBytes = 1 << 16;
    // Of the CPU: more would wait for each other most of the time.
    setup.compile.threadsPerDevice = 1;
    auto created = Setup::create(*model, setup, choose);
    return isFine(created.takeError()) ? std::move(*created) : nullptr;
  }
  std::unique_ptr<mpc::Setup> create(const PartitionOptions &split) {
    SetupOptions setup = options.setup;
    setup.compile.target = createSimulatedTarget;
    return create(setup, [&](mlir::ModuleOp built) -> llvm::Expected<Plan> {
      auto choice = choosePlan(built, split);
      if (!choice)
        return choice.takeError();
      return choice->plan;
    });
  }
  std::unique_ptr<mpc::Setup>
  createReference(llvm::function_ref<void(mlir::ModuleOp)> change) {
    SetupOptions setup = options.setup;
    setup.useCPU();
    return create(setup, [&](mlir::ModuleOp built) -> llvm::Expected<Plan> {
      change(built);
      return Plan();
    });
  }

  /// The unsplit CPU's, moved by rounding errors.
  llvm::Expected<RunRecord> runMoved(uint64_t number) {
    auto setup = createReference(
        [&](mlir::ModuleOp built) { moveTerms(built, number); });
    if (!setup)
      return llvm::createStringError("there is no reference");
    if (llvm::Error error = moveParameters(*setup, number))
      return error;
    return recordRun(*setup, options, RandomInputs(*model, /*seed=*/0));
  }

  /// From the initial values on.
  RunRecord run(mpc::Setup &setup, uint64_t inputs = 0) {
    if (!isFine(initializeVariables(
            setup.getVariables(), setup.getSession(), options.setup.seed,
            [](llvm::StringRef) { return llvm::createStringError("none"); })))
      return {};
    auto record = recordRun(setup, options, RandomInputs(*model, inputs));
    return isFine(record.takeError()) ? std::move(*record) : RunRecord();
  }

  void expectTheCPUs(const PartitionOptions &split) {
    SCOPED_TRACE(describe(split));
    standin::reset(0);
    std::unique_ptr<mpc::Setup> setup = create(split);
    ASSERT_TRUE(setup);
    const Executable &executable = setup->getCompiled().getExecutable();
    EXPECT_EQ(executable.arenaBytes, setup->getSession().getAllocatedBytes());
    EXPECT_EQ(executable.manifest.dump().find("\"attention\"") !=
                  std::string::npos,
              options.setup.training.flashAttention);
    RunRecord first = run(*setup);
    ASSERT_EQ(first.size(), expected.size());
    auto verdict = compareRuns(expected, first, options, [&](uint64_t number) {
      return runMoved(number);
    });
    if (isFine(verdict.takeError())) {
      EXPECT_TRUE(verdict->equal)
          << verdict->worstTensor << " differs by " << verdict->maxError;
    }
    for (uint64_t seed = 1; seed < kSeeds; ++seed) {
      standin::reset(seed);
      EXPECT_TRUE(areEqual(run(*setup), first)) << "seed " << seed;
    }
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> model;
  VerifyOptions options;
  RunRecord expected;
};
} // namespace

TEST_F(CUDAPrograms, MLP) {
  load("mlp-tiny", LossKind::CrossEntropy, OptimizerKind::SGD);
  PartitionOptions layer = mesh("");
  layer.partition = "layer";
  layer.devices = 2;
  for (const PartitionOptions &split :
       {mesh(""), layer, mesh("tensor:2"), mesh("tensor:3"), mesh("data:2"),
        mesh("data:3"), mesh("stage:2", "gpipe", 4), mesh("stage:2", "1f1b", 3),
        mesh("stage:2", "zb-h1", 4), mesh("stage:2", "zb-v", 4),
        mesh("data:2,stage:2", "1f1b", 2), mesh("data:2,tensor:2"),
        withZero(mesh("data:2"), 1), withZero(mesh("data:2"), 2),
        withZero(mesh("data:3"), 3), withZero(mesh("data:2,tensor:2"), 3)})
    expectTheCPUs(split);
}

TEST_F(CUDAPrograms, GPT) {
  load("gpt-tiny", LossKind::NextToken, OptimizerKind::AdamW);
  for (const PartitionOptions &split :
       {mesh(""), mesh("tensor:2"), withSequence(mesh("tensor:2")),
        withRecompute(mesh(""), "selective"), withRecompute(mesh(""), "full"),
        mesh("stage:2", "interleaved:2", 4), mesh("stage:2", "zb-h2", 4),
        withZero(mesh("data:2"), 1), withZero(mesh("data:2"), 2),
        withZero(mesh("data:2"), 3),
        withRecompute(
            withZero(withSequence(mesh("data:2,stage:2,tensor:2")), 2),
            "selective")})
    expectTheCPUs(split);
}

TEST_F(CUDAPrograms, GPTInBF16) {
  load("gpt-tiny", LossKind::NextToken, OptimizerKind::SGD, /*bf16=*/true);
  for (const PartitionOptions &split :
       {mesh(""), withSequence(mesh("data:2,tensor:2"))})
    expectTheCPUs(split);
}

/// Attention is one call of cuDNN's stand-in, and its gradient another.
TEST_F(CUDAPrograms, GPTWithFlashAttention) {
  load("gpt-tiny", LossKind::NextToken, OptimizerKind::SGD, /*bf16=*/true);
  options.setup.training.flashAttention = true;
  for (const PartitionOptions &split :
       {mesh(""), mesh("tensor:2"), mesh("data:2"),
        withRecompute(mesh("stage:2", "1f1b", 2), "full"),
        withRecompute(
            withZero(withSequence(mesh("data:2,stage:2,tensor:2")), 3),
            "selective")})
    expectTheCPUs(split);
}

/// The tests above are of GPUs whose products have no gelu inside.
TEST_F(CUDAPrograms, GPTWithGeluInProducts) {
  options.setup.compile.cuda.chip = "sm_90";
  load("gpt-tiny", LossKind::NextToken, OptimizerKind::AdamW);
  for (const PartitionOptions &split :
       {mesh(""), withSequence(mesh("tensor:2")),
        withRecompute(mesh(""), "full"), mesh("stage:2", "zb-h2", 4),
        withZero(mesh("data:2"), 3)})
    expectTheCPUs(split);
}

TEST_F(CUDAPrograms, GPTWithGeluInProductsInBF16) {
  options.setup.compile.cuda.chip = "sm_90";
  load("gpt-tiny", LossKind::NextToken, OptimizerKind::SGD, /*bf16=*/true);
  for (const PartitionOptions &split :
       {mesh(""), withSequence(mesh("data:2,tensor:2"))})
    expectTheCPUs(split);
}

/// mpc-run compile, mpc-exec verify: the losses are those of the CPU that
/// compiled.
TEST_F(CUDAPrograms, RunFromPackages) {
  load("mlp-tiny", LossKind::CrossEntropy, OptimizerKind::SGD);
  options.setup.training.autodiff.keepOutputs = false;
  options.setup.training.optimizer.keepGradients = false;
  PartitionOptions split = mesh("data:2,tensor:2");
  ASSERT_TRUE(create(split)); // the stand-in knows the kernels
  RunOptions compile;
  compile.command = Command::Compile;
  compile.model = MPC_MODELS "/mlp-tiny.mlir";
  compile.loss = "cross-entropy";
  compile.partition = split;
  compile.target = "cuda";
  compile.check = 3;
  compile.output = testing::TempDir() + "cuda-programs.mpcpkg";
  auto code = runCompile(compile);
  ASSERT_TRUE(isFine(code.takeError()));
  for (std::vector<std::string> words :
       {std::vector<std::string>{"mpc-exec", "verify", compile.output},
        {"mpc-exec", "train", compile.output, "--steps=2"}}) {
    std::vector<char *> pointers;
    for (std::string &word : words)
      pointers.push_back(word.data());
    EXPECT_EQ(
        mpcrt::runPackageCommand("mpc-exec", pointers.size(), pointers.data()),
        0);
  }
  llvm::sys::fs::remove(compile.output);
}

/// Without one wait some order goes wrong: of every stream of every device (its
/// kernels, its collectives, its messages) a wait is found that is needed.
TEST_F(CUDAPrograms, NeedTheirWaits) {
  constexpr uint64_t mostSeeds = 200;
  options.steps = 1;
  load("mlp-tiny", LossKind::CrossEntropy, OptimizerKind::SGD);
  standin::reset(0);
  std::unique_ptr<mpc::Setup> setup = create(mesh("data:2,stage:2", "1f1b", 2));
  ASSERT_TRUE(setup);
  RunRecord right = run(*setup);
  auto goesWrong = [&](int stream, uint64_t seed) {
    int before = standin::waits(stream);
    EXPECT_TRUE(areEqual(run(*setup), right));
    int waits = standin::waits(stream) - before;
    for (int number = 0; number < waits; ++number) {
      standin::reset(seed);
      run(*setup, /*inputs=*/1); // what comes too early reads something else
      standin::ignoreWait(stream, standin::waits(stream) + number);
      if (!areEqual(run(*setup), right))
        return true;
    }
    return false;
  };
  constexpr int streamsOfDevice = 3;
  ASSERT_EQ(standin::streams(), 4 * streamsOfDevice);
  for (int stream = 0; stream < standin::streams(); ++stream) {
    uint64_t seed = 0;
    while (seed < mostSeeds && !goesWrong(stream, seed))
      ++seed;
    EXPECT_LT(seed, mostSeeds) << "stream " << stream;
  }
}
