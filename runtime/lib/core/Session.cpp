//===- Session.cpp - Devices, their workers, and runs ---------------------===//
#include "Session.h"
#include "../comm/World.h"
#include "Accumulate.h"
#include "DType.h"
#include "Error.h"
#include "Registry.h"
#include "WorldAPI.h"
#include <algorithm>
#include <map>

namespace mpcrt {

//===----------------------------------------------------------------------===//
// Creation
//===----------------------------------------------------------------------===//

/// What `device` performs in any program and has to be made ready.
static PreparedLaunches launchesToPrepare(const Manifest &manifest,
                                          Index device) {
  PreparedLaunches list;
  for (const Program &program : manifest.programs) {
    std::map<Index, const Action *> bodies; // the first action of each
    for (const Action &action : program.devices[device])
      if (action.body >= 0)
        bodies.try_emplace(action.body, &action);
    for (auto [body, action] : bodies)
      for (const Launch &launch : program.bodies[body].launches)
        if (auto *matmul = std::get_if<MatmulLaunch>(&launch))
          list.matmuls.push_back(matmul);
        else if (auto *attention = std::get_if<AttentionLaunch>(&launch))
          list.attentions.push_back({attention, &action->offsets});
  }
  return list;
}

static CommunicatorConfig communicatorConfig(const Manifest &manifest,
                                             const mpcrt_options &options,
                                             SpinPolicy spin, MemoryGate *gate,
                                             const Placement &placement) {
  CommunicatorConfig config;
  config.programs = &manifest.programs;
  config.groups = &manifest.groups;
  config.channels = &manifest.channels;
  if (options.timeout_ms)
    config.timeout = std::chrono::milliseconds(options.timeout_ms);
  config.spin = spin;
  config.gate = gate;
  config.placement = placement;
  return config;
}

void Session::place(World *world) {
  Index count = executable->manifest.deviceCount();
  placement = {world, 0, count};
  if (!world)
    return;
  if (count % world->size())
    fail(MPCRT_INVALID_ARGUMENT,
         text(count, count == 1 ? " device" : " devices",
              " cannot be shared evenly by ", world->size(), " processes"));
  placement.rank = world->rank();
  placement.perRank = count / world->size();
  results.emplace(executable->manifest, placement);
}

static void checkKernels(const Manifest &manifest, const DeviceDriver &driver) {
  for (size_t i = 0; i < manifest.kernels.size(); ++i)
    if (manifest.kernels[i].isOfHost() != driver.hasHostKernels)
      fail(MPCRT_BAD_MANIFEST,
           text("kernels[", i, "] ('", manifest.kernels[i].symbol, "') is ",
                driver.hasHostKernels ? "an entry of a module"
                                      : "a function of the host",
                ", which target '", driver.name,
                "' does not run; compile the model for this target"));
}

static void checkAttention(const Manifest &manifest,
                           const DeviceDriver &driver) {
  if (manifest.attentions && !driver.hasAttention)
    fail(MPCRT_UNSUPPORTED,
         text("target '", driver.name,
              "' has no attention, of which this executable has ",
              manifest.attentions,
              manifest.attentions == 1 ? " launch" : " launches",
              "; compile the model for this target or with "
              "--attention=matmuls"));
}

void Session::createDevices(const mpcrt_options &options,
                            const DeviceDriver &driver, int threads) {
  const Manifest &manifest = executable->manifest;
  Index processHere = placement.world ? placement.world->localRank() : 0;
  std::vector<Device *> all;
  for (Index i = 0; i < manifest.deviceCount(); ++i) {
    devices.push_back(placement.isMine(i)
                          ? driver.create({i, manifest.arenas[i], threads,
                                           executable.get(), processHere})
                          : nullptr);
    all.push_back(devices.back().get());
  }
  if (!options.isolate)
    return;
  gate =
      driver.createGate && !placement.world ? driver.createGate(all) : nullptr;
  if (!gate)
    fail(MPCRT_UNSUPPORTED,
         text("target '", driver.name, "' has no isolation mode",
              placement.world ? " in several processes" : ""));
}

/// That of the options, or the one of the target. It has to serve the target.
static const CommunicatorDriver &communicatorFor(const DeviceDriver &driver,
                                                 const mpcrt_options &options,
                                                 const Placement &placement) {
  const char *own =
      placement.world ? driver.distributedCommunicator : driver.communicator;
  if (!own)
    fail(MPCRT_UNSUPPORTED,
         text("target '", driver.name,
              "' does not run in several processes; start one"));
  const CommunicatorDriver &chosen = Registry::get().communicator(
      options.communicator ? options.communicator : own);
  std::string_view name = chosen.name;
  if (name != driver.communicator && (!driver.distributedCommunicator ||
                                      name != driver.distributedCommunicator))
    fail(MPCRT_UNSUPPORTED,
         text("target '", driver.name, "' does not work with communicator '",
              name, "'; it uses '", own, "'"));
  return chosen;
}

Session::Session(std::shared_ptr<const Executable> exe,
                 const mpcrt_options &options)
    : executable(std::move(exe)) {
  const Manifest &manifest = executable->manifest;
  const DeviceDriver &driver = Registry::get().device(manifest.target);
  checkKernels(manifest, driver);
  checkAttention(manifest, driver);
  Index count = manifest.deviceCount();
  place(worldOf(options.world));
  Index onMachine = placement.world
                        ? placement.perRank * placement.world->localSize()
                        : count;
  int threads = options.threads_per_device > 0
                    ? options.threads_per_device
                    : driver.defaultThreads(onMachine);
  createDevices(options, driver, threads);
  SpinPolicy spin = SpinPolicy::forThreads(int64_t{onMachine} * threads);
  CommunicatorConfig config =
      communicatorConfig(manifest, options, spin, gate.get(), placement);
  for (const std::unique_ptr<Device> &device : devices)
    config.devices.push_back(device.get());
  config.failed = [this](std::exception_ptr error) { failBeside(error); };
  communicator = communicatorFor(driver, options, placement).create(config);
  int64_t stagingBytes = 0;
  for (const Program &program : manifest.programs)
    stagingBytes = std::max(stagingBytes, program.stagingBytes);
  staging.resize(stagingBytes);
  for (Index i = 0; i < count; ++i)
    executors.push_back(
        devices[i] ? std::make_unique<Executor>(ExecutorConfig{
                         manifest, i, *devices[i], *communicator, gate.get(),
                         options.trace != 0, spin,
                         [this](std::exception_ptr error) { giveUp(error); }})
                   : nullptr);
  for (Index i = 0; i < count; ++i)
    if (devices[i])
      workers.push_back(std::make_unique<Worker>(i, spin));
  onAllWorkers([&](Index device) {
    devices[device]->bindThread();
    devices[device]->prepare(launchesToPrepare(manifest, device));
  });
  createRepeater(options, driver);
}

void Session::createRepeater(const mpcrt_options &options,
                             const DeviceDriver &driver) {
  if (!driver.createRepeater || options.trace || placement.world ||
      !communicator->asksDevicesOnly())
    return;
  std::vector<Device *> all;
  for (const std::unique_ptr<Device> &device : devices)
    all.push_back(device.get());
  repeater = driver.createRepeater(executable->manifest, all);
}

Session::~Session() = default;

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

void Session::giveUp(const std::exception_ptr &error) {
  try {
    std::rethrow_exception(error);
  } catch (const Cancelled &) {
    return; // Another thread has failed and has recorded why.
  } catch (...) {
    std::lock_guard lock(errorMutex);
    if (!firstError)
      firstError = error;
  }
  cancelled.store(true);
  communicator->abort();
}

/// The others hear of it before this process has stopped, which may take its
/// time.
void Session::failBeside(const std::exception_ptr &error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception &e) {
    if (placement.world)
      placement.world->announce(e.what());
  } catch (const Cancelled &) {
  }
  giveUp(error);
}

template <typename Task> void Session::onAllWorkers(const Task &task) {
  struct Context {
    Session &self;
    const Task &task;
  } context{*this, task};
  auto guarded = [](void *pointer, int32_t device) {
    auto &c = *static_cast<Context *>(pointer);
    try {
      c.task(device);
    } catch (...) {
      c.self.giveUp(std::current_exception());
    }
  };
  for (auto &worker : workers)
    worker->start(guarded, &context);
  for (auto &worker : workers)
    worker->wait();
  std::lock_guard lock(errorMutex);
  if (firstError)
    std::rethrow_exception(firstError);
}

void Session::checkUsable() const {
  if (poison)
    fail(MPCRT_POISONED,
         text("an earlier run of this session failed: ", *poison));
}

static void checkBuffers(const char *kind, const std::vector<TensorInfo> &infos,
                         std::span<const mpcrt_buffer> buffers) {
  if (buffers.size() != infos.size())
    fail(MPCRT_INVALID_ARGUMENT, text("the program has ", infos.size(), " ",
                                      kind, "s, found ", buffers.size()));
  for (size_t i = 0; i < infos.size(); ++i) {
    if (!buffers[i].data)
      fail(MPCRT_INVALID_ARGUMENT,
           text(kind, " '", infos[i].name, "' has no data"));
    if (buffers[i].bytes != static_cast<size_t>(infos[i].bytes))
      fail(MPCRT_INVALID_ARGUMENT,
           text(kind, " '", infos[i].name, "' needs ", infos[i].bytes,
                " bytes, found ", buffers[i].bytes));
  }
}

void Session::noteLastAction(const Program &program) {
  for (size_t d = 0; d < devices.size(); ++d)
    if (devices[d] && !program.devices[d].empty())
      return placement.world->noteAction(program.devices[d].back());
}

void Session::beginTraces() {
  const Stamps *leader = nullptr;
  for (const auto &executor : executors)
    if (executor)
      leader = executor->beginTrace(leader);
}

void Session::perform(const Run &run) {
  auto askAll = [&] {
    onAllWorkers([&](Index device) { executors[device]->run(run, cancelled); });
  };
  auto forAll = [&](void (Executor::*function)(const Run &)) {
    for (auto &executor : executors)
      (executor.get()->*function)(run);
  };
  if (!repeater)
    return askAll();
  if (repeater->begin(run.program, [&] { forAll(&Executor::transfer); }) ==
      Repeater::Way::Learn)
    askAll();
  else
    forAll(&Executor::repeat);
  repeater->end();
}

void Session::run(Index number, std::span<const mpcrt_buffer> inputs,
                  std::span<const mpcrt_buffer> outputs) {
  checkUsable();
  const auto &programs = executable->manifest.programs;
  if (number < 0 || number >= static_cast<Index>(programs.size()))
    fail(MPCRT_INVALID_ARGUMENT, text("there is no program ", number));
  const Program &program = programs[number];
  checkBuffers("input", program.inputs, inputs);
  checkBuffers("output", program.outputs, outputs);
  clearAccumulated(program, outputs.data());
  Run run{number, inputs.data(), outputs.data(), staging.data()};
  communicator->beginRun(program);
  try {
    beginTraces();
    perform(run);
    if (results) {
      noteLastAction(program);
      results->collect(number, outputs.data(), staging.data());
    }
  } catch (const std::exception &e) {
    poison = e.what();
    if (placement.world)
      placement.world->announce(*poison);
    throw;
  }
  if (placement.rank == 0)
    addContributions(program, staging.data(), outputs.data());
}

} // namespace mpcrt
