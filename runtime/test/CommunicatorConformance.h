//===- CommunicatorConformance.h - Devices that communicate -----*- C++ -*-===//
//
// What the tests of every communicator stand on: a machine of some backend, and
// collectives and messages on it.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_TEST_COMMUNICATORCONFORMANCE_H
#define MPCRT_TEST_COMMUNICATORCONFORMANCE_H

#include "Backends.h"
#include "Loopback.h"
#include "comm/World.h"
#include "core/Collective.h"
#include "core/DType.h"
#include "core/Error.h"
#include "core/Registry.h"
#include <deque>
#include <gtest/gtest.h>

namespace mpcrt::test {

using Bytes = std::vector<char>;

/// Where this program is one process of several, that is its world.
std::unique_ptr<World> &realWorld();

/// `devices` devices with one thread each, one communicator a process. The
/// group 0 has all of them, in descending order, so that positions and numbers
/// differ. Processes are threads here, unless they are real.
class Machine {
public:
  Machine(const CommunicatorBackend &backend, int count,
          std::chrono::milliseconds timeout = std::chrono::seconds(20))
      : perProcess(count / backend.processes), loopback(backend.processes),
        failures(backend.processes) {
    prepareBackend(backend.device);
    DeviceConfig config;
    config.arena.bytes = 1 << 20;
    for (config.device = 0; config.device < count; ++config.device)
      devices.push_back(
          Registry::get().device(backend.device.device).create(config));
    groups.emplace_back();
    for (int i = count; i-- > 0;)
      groups[0].push_back(i);
    for (int i = 0; i < count; ++i)
      channels.push_back({i, (i + 1) % count, 64});
    CommunicatorConfig settings;
    settings.groups = &groups;
    settings.channels = &channels;
    settings.timeout = timeout;
    settings.spin = SpinPolicy::forThreads(count);
    settings.placement.perRank = perProcess;
    for (const std::unique_ptr<Device> &device : devices)
      settings.devices.push_back(device.get());
    communicators.resize(backend.processes);
    connectAll(backend, settings);
    if (realWorld())
      realWorld()->share("the beginning of a test", nullptr, 0, nullptr, true);
  }

  int size() const { return static_cast<int>(devices.size()); }
  Device &device(int i) { return *devices[i]; }
  Communicator &comm(int device) { return *communicators[device / perProcess]; }
  /// Whether the device is in this program.
  bool isHere(int device) const {
    return communicators[device / perProcess] != nullptr;
  }

  /// Devices perform the lists of a program: task(device) on a thread each.
  /// Returns the errors' messages.
  std::vector<std::string> run(Program program, auto task) {
    const Program &kept = programs.emplace_back(std::move(program));
    std::vector<std::string> errors(devices.size());
    std::vector<bool> begun(communicators.size());
    for (size_t rank = 0; rank < communicators.size(); ++rank)
      begun[rank] = communicators[rank] &&
                    guarded(errors[rank * perProcess],
                            [&] { communicators[rank]->beginRun(kept); });
    std::vector<std::thread> threads;
    for (int i = 0; i < size(); ++i)
      if (begun[i / perProcess])
        threads.emplace_back([&, i] {
          if (!guarded(errors[i], [&] { perform(kept, i, task); }))
            comm(i).abort();
        });
    for (std::thread &thread : threads)
      thread.join();
    for (int i = 0; i < size(); ++i)
      if (std::string &late = failures[i / perProcess]; !late.empty())
        errors[i] = late;
    return errors;
  }

  void put(int device, int64_t offset, const Bytes &data) {
    Device &to = *devices[device];
    to.upload(dense(data.size()), data.data(), to.address(offset));
  }
  Bytes get(int device, int64_t offset, size_t bytes) {
    Device &from = *devices[device];
    Bytes data(bytes);
    from.download(dense(bytes), from.address(offset), data.data());
    from.synchronize();
    return data;
  }

private:
  void perform(const Program &program, int device, auto task) {
    devices[device]->bindThread();
    task(device);
    if (!program.devices[device].empty())
      comm(device).finish(
          {device, devices[device].get(), &program.devices[device].back()});
    devices[device]->synchronize();
  }
  /// False where it fails.
  static bool guarded(std::string &error, auto call) {
    try {
      call();
      return true;
    } catch (const Cancelled &) {
      error = "cancelled";
    } catch (const std::exception &e) {
      error = e.what();
    }
    return false;
  }
  static StridedCopy dense(int64_t bytes) {
    int64_t size[] = {bytes}, unit[] = {1};
    return StridedCopy(1, size, unit, unit);
  }
  /// All at once: some make themselves together with the others.
  void connectAll(const CommunicatorBackend &backend,
                  const CommunicatorConfig &settings) {
    if (backend.processes > 1 && !realWorld())
      for (int rank = 0; rank < backend.processes; ++rank)
        worlds.push_back(
            std::make_unique<World>(loopback.end(rank), settings.timeout));
    std::vector<std::thread> threads;
    for (int rank = 0; rank < backend.processes; ++rank)
      threads.emplace_back([&, rank] {
        guarded(failures[rank], [&] {
          devices[rank * perProcess]->bindThread();
          communicators[rank] = connect(backend, rank, settings);
        });
      });
    for (std::thread &thread : threads)
      thread.join();
    for (const std::string &error : failures)
      if (!error.empty())
        throw std::runtime_error(error);
  }
  /// Null for the communicator of another program.
  std::unique_ptr<Communicator> connect(const CommunicatorBackend &backend,
                                        int rank, CommunicatorConfig settings) {
    settings.placement.rank = rank;
    if (realWorld() && realWorld()->rank() != rank)
      return nullptr;
    if (realWorld()) {
      settings.placement.world = realWorld().get();
    } else if (backend.processes > 1) {
      settings.placement.world = worlds[rank].get();
    }
    settings.failed = [this, rank](std::exception_ptr error) {
      guarded(failures[rank], [&] { std::rethrow_exception(error); });
      communicators[rank]->abort();
    };
    return Registry::get().communicator(backend.communicator).create(settings);
  }

  int perProcess;
  Loopback loopback;
  std::vector<std::unique_ptr<World>> worlds;
  std::vector<std::unique_ptr<Device>> devices;
  std::vector<std::vector<Index>> groups;
  std::vector<Channel> channels;
  std::deque<Program> programs;
  std::vector<std::string> failures; // by rank, found while nobody waited
  std::vector<std::unique_ptr<Communicator>> communicators; // by rank
};

/// Chunk 1, micro-batch 3.
const Action &anAction();
/// Every device performs its own of these collectives, in group 0.
Program programOf(const std::vector<CollectiveLaunch> &launches);
/// Number `message` of a channel, with that tag.
Action transfer(ActionKind kind, Index channel, int64_t message, int64_t bytes);

struct Param {
  CommunicatorBackend backend;
  int devices;
};

/// Every backend with as many devices as it takes; of a real world its own.
std::vector<Param> params();
std::string nameOf(const testing::TestParamInfo<Param> &info);

class CommunicatorConformance : public testing::TestWithParam<Param> {
protected:
  int devices() const { return GetParam().devices; }
  /// What errors add to the number of a device.
  std::string rankText(int device) const {
    int processes = GetParam().backend.processes;
    return processes == 1
               ? ""
               : " (rank " + std::to_string(device * processes / devices()) +
                     ")";
  }

  /// Runs one collective on all devices, results at 0, sources at 512 KiB or at
  /// their place in the results; returns the results by member, those of other
  /// programs empty.
  std::vector<Bytes> collective(Machine &world, const CollectiveLaunch &launch,
                                const std::vector<Bytes> &sources,
                                bool inPlace = false);
  /// Results of this program's devices are as expected.
  static void expectResults(const std::vector<Bytes> &results,
                            const std::vector<Bytes> &expected);
  std::vector<Bytes> forAll(const Bytes &bytes) {
    return std::vector<Bytes>(devices(), bytes);
  }
};

} // namespace mpcrt::test

#endif // MPCRT_TEST_COMMUNICATORCONFORMANCE_H
