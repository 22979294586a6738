//===- BenchCommand.cpp - mpc-run bench -----------------------------------===//

#include "Report.h"
#include "mpc/Driver/Commands.h"
#include "mpc/Driver/Model.h"
#include "mpc/Driver/ProgramRunner.h"
#include "mpc/Driver/RandomInputs.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mpc;

/// Runs before the clock counts: memory is touched, libraries have chosen.
static constexpr int warmUpRuns = 3;

/// Floating-point operations of contractions since the session began.
static llvm::Expected<double> getFlops(Setup &setup) {
  double flops = 0;
  for (int64_t device = 0; device < setup.getPlan().getNumDevices(); ++device) {
    auto counters = setup.getSession().getCounters(device);
    if (!counters)
      return counters.takeError();
    flops += static_cast<double>(counters->matmul_flops);
  }
  return flops;
}

/// Milliseconds of each timed run.
static llvm::Expected<std::vector<double>> timeRuns(ProgramRunner &runner,
                                                    const RunOptions &options) {
  std::vector<double> milliseconds;
  for (int64_t run = -warmUpRuns; run < options.runs; ++run) {
    runner.setStep(run + warmUpRuns + 1, options.learningRate);
    Stopwatch watch;
    if (llvm::Error error = runner.run())
      return atRunTime(std::move(error));
    if (run >= 0)
      milliseconds.push_back(watch.seconds() * 1e3);
  }
  return milliseconds;
}

static llvm::Expected<std::unique_ptr<Setup>>
createSetup(const RunOptions &options, LoadedModel &model) {
  auto setupOptions = getSetupOptions(options);
  if (!setupOptions)
    return setupOptions.takeError();
  if (options.mode == "train")
    return Setup::create(*model.module, *setupOptions, PlanChooser(options),
                         model.getWeights());
  return Setup::createForInference(*model.module, *setupOptions,
                                   PlanChooser(options), model.getWeights());
}

llvm::Expected<int> mpc::runBench(const RunOptions &options) {
  if (options.mode != "infer" && options.mode != "train")
    return llvm::createStringError("--mode: unknown mode '" + options.mode +
                                   "', expected infer or train");
  if (llvm::Error error =
          checkWritable(options.partition.emitPlan, options.world))
    return error;
  auto model = loadModelFor(options);
  if (!model)
    return model.takeError();
  auto setup = createSetup(options, *model);
  if (!setup)
    return setup.takeError();
  showSetup(**setup);
  auto runner = ProgramRunner::create(
      **setup, options.mode == "train" ? "train_step" : "main");
  if (!runner)
    return runner.takeError();
  if (llvm::Error error =
          RandomInputs(*model->module, options.seed)(*runner, 1))
    return error;
  auto times = timeRuns(*runner, options);
  if (!times)
    return times.takeError();
  double median = getMedian(*times);
  auto flops = getFlops(**setup);
  if (!flops)
    return flops.takeError();
  if (!isRoot(options.world))
    return Success;
  double flopsPerRun = *flops / static_cast<double>(options.runs + warmUpRuns);
  nlohmann::json object = {{"median_ms", median},
                           {"min_ms", *llvm::min_element(*times)},
                           {"compile_seconds", (*setup)->getCompileSeconds()},
                           {"import_seconds", model->importSeconds},
                           {"gflops", flopsPerRun / median / 1e6},
                           {"runs", options.runs}};
  addPrediction(object, **setup);
  llvm::Error error = options.json ? printJSON(object) : printTable(object);
  if (error)
    return error;
  return Success;
}
