//===- Verify.cpp - the oracle: split equals unsplit ----------------------===//

#include "mpc/Driver/Verify.h"
#include "Comparison.h"
#include "Moved.h"

using namespace mlir;
using namespace mpc;

static llvm::Expected<std::unique_ptr<Setup>>
createSetup(ModuleOp model, const VerifyOptions &options,
            function_ref<llvm::Expected<Plan>(ModuleOp)> choose,
            const data::TensorStore *weights) {
  if (options.forwardOnly)
    return Setup::createForInference(model, options.setup, choose, weights);
  SetupOptions setup = options.setup;
  setup.training.optimizer.keepGradients = true;
  setup.training.autodiff.keepOutputs = true;
  return Setup::create(model, setup, choose, weights);
}

namespace {
/// The unsplit model. It runs on the CPU, in one process, the one that
/// compares.
class Reference {
public:
  Reference(ModuleOp model, const VerifyOptions &options,
            const FillInputs &fill, const data::TensorStore *weights)
      : model(model), options(options), fill(fill), weights(weights) {
    this->options.setup.session.world = nullptr;
    this->options.setup.useCPU();
  }

  llvm::Expected<RunRecord> run() const { return run(std::nullopt); }
  llvm::Expected<RunRecord> runMoved(uint64_t number) const {
    return run(number);
  }

private:
  llvm::Expected<RunRecord> run(std::optional<uint64_t> moved) const {
    auto choose = [&](ModuleOp built) -> llvm::Expected<Plan> {
      if (moved)
        moveTerms(built, *moved);
      return Plan();
    };
    auto setup = createSetup(model, options, choose, weights);
    if (!setup)
      return setup.takeError();
    if (moved)
      if (llvm::Error error = moveParameters(**setup, *moved))
        return error;
    return recordRun(**setup, options, fill);
  }

  ModuleOp model;
  VerifyOptions options;
  const FillInputs &fill;
  const data::TensorStore *weights;
};
} // namespace

llvm::Expected<VerifyResult>
mpc::verify(ModuleOp model, const VerifyOptions &options,
            function_ref<llvm::Expected<Plan>(ModuleOp)> choose,
            const FillInputs &fill, const data::TensorStore *weights) {
  World *world = options.setup.session.world;
  Reference reference(model, options, fill, weights);
  llvm::Expected<RunRecord> expected = RunRecord();
  if (isRoot(world))
    expected = reference.run();
  if (!expected)
    return expected.takeError();
  auto split = createSetup(model, options, choose, weights);
  if (!split)
    return split.takeError();
  auto found = recordRun(**split, options, fill);
  if (!found)
    return found.takeError();
  llvm::Expected<VerifyResult> result = VerifyResult();
  if (isRoot(world))
    result = compareRuns(*expected, *found, options, [&](uint64_t number) {
      return reference.runMoved(number);
    });
  if (!result)
    return result.takeError();
  if (world) {
    auto told =
        world->broadcast("the comparison", result->equal ? "equal" : "");
    if (!told)
      return told.takeError();
    result->equal = !told->empty();
  }
  result->plan = (*split)->getPlan();
  result->predictedBytes = (*split)->getCompiled().getExecutable().arenaBytes;
  result->variableBytes = (*split)->getCompiled().getExecutable().variableBytes;
  result->allocatedBytes = (*split)->getSession().getAllocatedBytes();
  for (int64_t device = 0; device < result->plan.getNumDevices(); ++device) {
    auto counters = (*split)->getSession().getCounters(device);
    if (!counters)
      return counters.takeError();
    result->counters.push_back(*counters);
  }
  return result;
}
