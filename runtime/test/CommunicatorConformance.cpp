//===- CommunicatorConformance.cpp - What every communicator must do ------===//
#include "Backends.h"
#include "Loopback.h"
#include "comm/Plugin.h"
#include "comm/World.h"
#include "core/Collective.h"
#include "core/DType.h"
#include "core/Error.h"
#include "core/HalfFloat.h"
#include "core/Registry.h"
#include <cstring>
#include <deque>
#include <gtest/gtest.h>
#include <numeric>
#include <random>
#include <regex>

using namespace mpcrt;

namespace {

using Bytes = std::vector<char>;

/// Where this program is one process of several, that is its world.
std::unique_ptr<World> &realWorld() {
  static std::unique_ptr<World> world;
  return world;
}

/// `devices` devices with one thread each, one communicator a process. The
/// group 0 has all of them, in descending order, so that positions and numbers
/// differ. Processes are threads here, unless they are real.
class Machine {
public:
  Machine(const test::CommunicatorBackend &backend, int count,
          std::chrono::milliseconds timeout = std::chrono::seconds(20))
      : perProcess(count / backend.processes), loopback(backend.processes),
        failures(backend.processes) {
    test::prepareBackend(backend.device);
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
    for (size_t rank = 0; rank < communicators.size(); ++rank)
      if (communicators[rank])
        guarded(errors[rank * perProcess],
                [&] { communicators[rank]->beginRun(kept); });
    std::vector<std::thread> threads;
    for (int i = 0; i < size(); ++i)
      if (isHere(i) && errors[i / perProcess * perProcess].empty())
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
  void connectAll(const test::CommunicatorBackend &backend,
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
  std::unique_ptr<Communicator>
  connect(const test::CommunicatorBackend &backend, int rank,
          CommunicatorConfig settings) {
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
  test::Loopback loopback;
  std::vector<std::unique_ptr<World>> worlds;
  std::vector<std::unique_ptr<Device>> devices;
  std::vector<std::vector<Index>> groups;
  std::vector<Channel> channels;
  std::deque<Program> programs;
  std::vector<std::string> failures; // by rank, found while nobody waited
  std::vector<std::unique_ptr<Communicator>> communicators; // by rank
};

const Action &anAction() {
  static const Action action = [] {
    Action a;
    a.id = 17;
    a.kind = ActionKind::Backward;
    a.chunk = 1;
    a.micro = 3;
    return a;
  }();
  return action;
}

/// Every device performs its own of these collectives, in group 0.
Program programOf(const std::vector<CollectiveLaunch> &launches) {
  Program program;
  for (const CollectiveLaunch &launch : launches) {
    Body body;
    body.launches = {launch};
    Action action = anAction();
    action.body = static_cast<Index>(program.bodies.size());
    action.scalars = {0};
    program.bodies.push_back(body);
    program.devices.push_back({action});
  }
  return program;
}

/// Number `message` of a channel, with that tag.
Action transfer(ActionKind kind, Index channel, int64_t message,
                int64_t bytes) {
  Action action;
  action.kind = kind;
  action.channel = channel;
  action.message = action.tag = message;
  action.bytes = bytes;
  return action;
}

struct Param {
  test::CommunicatorBackend backend;
  int devices;
};

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
                                bool inPlace = false) {
    auto deviceOf = [&](int member) { return devices() - 1 - member; };
    auto sourceOf = [&](int member) -> int64_t {
      if (!inPlace)
        return 512 << 10;
      if (launch.kind != MPCRT_ALL_GATHER)
        return 0;
      return member * launch.srcBlock * fullBytes(launch) / launch.shape[0];
    };
    for (int p = 0; p < devices(); ++p)
      world.put(deviceOf(p), sourceOf(p), sources[p]);
    std::vector<CollectiveLaunch> launches(devices(), launch);
    auto errors = world.run(programOf(launches), [&](int d) {
      if (d % 2) // let arrival orders vary
        std::this_thread::yield();
      Device &device = world.device(d);
      world.comm(d).collective({d, &device, &anAction()}, launch, 0,
                               device.address(sourceOf(deviceOf(d))),
                               device.address(0));
    });
    for (const std::string &error : errors) {
      EXPECT_EQ(error, "");
      if (!error.empty()) // the machine is of no more use
        throw std::runtime_error(error);
    }
    std::vector<Bytes> results;
    for (int p = 0; p < devices(); ++p)
      results.push_back(world.isHere(deviceOf(p))
                            ? world.get(deviceOf(p), 0,
                                        elementCount(resultShape(launch, p)) *
                                            dtypeBytes(launch.dtype))
                            : Bytes());
    return results;
  }

  /// Results of this program's devices are as expected.
  void expectResults(const std::vector<Bytes> &results,
                     const std::vector<Bytes> &expected) {
    for (size_t p = 0; p < results.size(); ++p)
      if (!results[p].empty()) {
        EXPECT_EQ(results[p], expected[p]) << "member " << p;
      }
  }
  std::vector<Bytes> forAll(const Bytes &bytes) {
    return std::vector<Bytes>(devices(), bytes);
  }
};

/// Elements of a dense tensor of 4-byte elements in a block of one dimension.
Bytes blockBytes(const Bytes &full, const std::vector<int64_t> &shape,
                 int32_t dim, Block block, int64_t elem) {
  std::vector<int64_t> part = shape;
  part[dim] = block.size;
  Bytes result(elementCount(part) * elem);
  int64_t outer = 1, inner = elem;
  for (int32_t i = 0; i < dim; ++i)
    outer *= shape[i];
  for (size_t i = dim + 1; i < shape.size(); ++i)
    inner *= shape[i];
  for (int64_t o = 0; o < outer; ++o)
    std::copy_n(full.begin() + (o * shape[dim] + block.begin) * inner,
                block.size * inner, result.begin() + o * block.size * inner);
  return result;
}

Bytes numbered(int64_t bytes, int seed) {
  Bytes data(bytes);
  std::mt19937 generator(seed);
  for (char &byte : data)
    byte = static_cast<char>(generator());
  return data;
}

/// The block that leaves every member something and the last one less, if any.
int64_t unevenBlock(int64_t extent, int devices) {
  return (extent + devices - 1) / devices;
}

TEST_P(CommunicatorConformance, allGatherPutsUnevenBlocksTogether) {
  Machine world(GetParam().backend, devices());
  for (std::vector<int64_t> shape :
       {std::vector<int64_t>{15, 2, 3}, {2, 15, 3}, {2, 3, 15}, {15}})
    for (int32_t dtype : {MPCRT_I1, MPCRT_BF16, MPCRT_F32, MPCRT_F64}) {
      int32_t dim = std::find(shape.begin(), shape.end(), 15) - shape.begin();
      CollectiveLaunch launch;
      launch.kind = MPCRT_ALL_GATHER;
      launch.dtype = dtype;
      launch.shape = shape;
      launch.srcDim = dim;
      launch.srcBlock = unevenBlock(15, devices());
      Bytes full = numbered(fullBytes(launch), dtype);
      std::vector<Bytes> sources;
      for (int p = 0; p < devices(); ++p)
        sources.push_back(blockBytes(full, shape, dim,
                                     blockOf(15, launch.srcBlock, p),
                                     dtypeBytes(dtype)));
      for (bool inPlace : {false, true})
        if (!inPlace || dim == 0)
          expectResults(collective(world, launch, sources, inPlace),
                        forAll(full));
    }
}

TEST_P(CommunicatorConformance, allToAllMovesTheSplit) {
  Machine world(GetParam().backend, devices());
  std::vector<int64_t> shape = {15, 3, 22};
  for (auto [from, to] : {std::pair(0, 2), std::pair(2, 0)}) {
    CollectiveLaunch launch;
    launch.kind = MPCRT_ALL_TO_ALL;
    launch.dtype = MPCRT_I32;
    launch.shape = shape;
    launch.srcDim = from;
    launch.dstDim = to;
    launch.srcBlock = unevenBlock(shape[from], devices());
    launch.dstBlock = unevenBlock(shape[to], devices());
    Bytes full = numbered(fullBytes(launch), from);
    std::vector<Bytes> sources, expected;
    for (int p = 0; p < devices(); ++p) {
      sources.push_back(blockBytes(
          full, shape, from, blockOf(shape[from], launch.srcBlock, p), 4));
      expected.push_back(blockBytes(full, shape, to,
                                    blockOf(shape[to], launch.dstBlock, p), 4));
    }
    expectResults(collective(world, launch, sources), expected);
  }
}

/// Sources of one dtype whose sums are exact, and the reduced values.
template <typename T> struct Reduced {
  std::vector<Bytes> sources;
  Bytes result;
};

template <typename T>
Reduced<T> makeReduced(int members, int64_t count, Reduce reduce, auto encode) {
  Reduced<T> data;
  std::vector<double> total(count);
  std::mt19937 generator(count);
  std::uniform_int_distribution<int> values(-8, 8);
  for (int p = 0; p < members; ++p) {
    Bytes bytes(count * sizeof(T));
    for (int64_t i = 0; i < count; ++i) {
      double value = values(generator);
      T stored = encode(value);
      std::memcpy(bytes.data() + i * sizeof(T), &stored, sizeof(T));
      if (p == 0)
        total[i] = value;
      else if (reduce == Reduce::Sum)
        total[i] += value;
      else
        total[i] = reduce == Reduce::Max ? std::max(total[i], value)
                                         : std::min(total[i], value);
    }
    data.sources.push_back(bytes);
  }
  data.result.resize(count * sizeof(T));
  for (int64_t i = 0; i < count; ++i) {
    T stored = encode(total[i]);
    std::memcpy(data.result.data() + i * sizeof(T), &stored, sizeof(T));
  }
  return data;
}

class Reductions : public CommunicatorConformance {
protected:
  template <typename T>
  void check(Machine &world, int32_t dtype, Reduce reduce, int64_t count,
             auto encode) {
    Reduced<T> data = makeReduced<T>(devices(), count, reduce, encode);
    CollectiveLaunch launch;
    launch.dtype = dtype;
    launch.reduce = reduce;
    launch.shape = {count};
    SCOPED_TRACE(std::string(dtypeName(dtype)) + " " + std::to_string(count));
    for (bool inPlace : {false, true})
      expectResults(collective(world, launch, data.sources, inPlace),
                    forAll(data.result));

    launch.kind = MPCRT_REDUCE_SCATTER;
    launch.shape = {3, count / 3, 1};
    launch.dstDim = 1;
    launch.dstBlock = unevenBlock(count / 3, devices());
    std::vector<Bytes> blocks;
    for (int p = 0; p < devices(); ++p)
      blocks.push_back(blockBytes(data.result, launch.shape, 1,
                                  blockOf(count / 3, launch.dstBlock, p),
                                  sizeof(T)));
    expectResults(collective(world, launch, data.sources), blocks);
  }
};

TEST_P(Reductions, coverEveryTypeSizeAndKind) {
  Machine world(GetParam().backend, devices());
  auto as = [](auto zero) {
    return [](double v) { return static_cast<decltype(zero)>(v); };
  };
  for (Reduce reduce : {Reduce::Sum, Reduce::Max, Reduce::Min})
    for (int64_t count : {45, 30003}) {
      check<float>(world, MPCRT_F32, reduce, count, as(0.0f));
      check<double>(world, MPCRT_F64, reduce, count, as(0.0));
      check<int64_t>(world, MPCRT_I64, reduce, count, as(int64_t(0)));
      check<int32_t>(world, MPCRT_I32, reduce, count, as(int32_t(0)));
      check<BF16>(world, MPCRT_BF16, reduce, count, [](double v) {
        return BF16::fromFloat(static_cast<float>(v));
      });
      check<F16>(world, MPCRT_F16, reduce, count, [](double v) {
        return F16::fromFloat(static_cast<float>(v));
      });
    }
}

TEST_P(Reductions, areBitwiseTheSameForAllMembersEveryTime) {
  Machine world(GetParam().backend, devices());
  for (int64_t count : {int64_t{100}, int64_t{50000}}) {
    CollectiveLaunch launch;
    launch.dtype = MPCRT_F32;
    launch.shape = {count};
    std::vector<Bytes> sources;
    std::vector<float> expected;
    for (int p = 0; p < devices(); ++p) {
      std::vector<float> values(count);
      std::mt19937 generator(p);
      std::normal_distribution<float> normal;
      for (float &value : values)
        value = normal(generator) * std::pow(10.0f, float(generator() % 8));
      for (int64_t i = 0; i < count; ++i)
        p ? void(expected[i] += values[i]) : expected.push_back(values[i]);
      auto *bytes = reinterpret_cast<const char *>(values.data());
      sources.emplace_back(bytes, bytes + count * 4);
    }
    auto *bytes = reinterpret_cast<const char *>(expected.data());
    for (int repeat = 0; repeat < 5; ++repeat)
      expectResults(collective(world, launch, sources, repeat % 2),
                    forAll(Bytes(bytes, bytes + count * 4)));
  }
}

TEST_P(CommunicatorConformance, messagesArriveInOrderAroundARing) {
  Machine world(GetParam().backend, devices());
  if (devices() == 1)
    GTEST_SKIP() << "a channel needs two devices";
  constexpr int rounds = 20;
  Program program;
  for (int d = 0; d < devices(); ++d) {
    std::vector<Action> &list = program.devices.emplace_back();
    int from = (d + devices() - 1) % devices();
    for (int i = 0; i < rounds; ++i) {
      list.push_back(transfer(ActionKind::Send, d, i, 256));
      list.push_back(transfer(ActionKind::Recv, from, i, 256));
      list.push_back(transfer(ActionKind::WaitSend, d, i, 256));
    }
  }
  const std::vector<std::vector<Action>> lists = program.devices;
  auto errors = world.run(std::move(program), [&](int d) {
    Device &device = world.device(d);
    for (int i = 0; i < rounds; ++i) {
      const Action *next = &lists[d][3 * i];
      device.fill(device.address(i * 256), d * rounds + i, 256);
      world.comm(d).send({d, &device, next}, device.address(i * 256));
      world.comm(d).receive({d, &device, next + 1},
                            device.address((rounds + i) * 256));
      world.comm(d).waitSend({d, &device, next + 2});
    }
  });
  for (int d = 0; d < devices(); ++d) {
    EXPECT_EQ(errors[d], "");
    if (!world.isHere(d))
      continue;
    int from = (d + devices() - 1) % devices();
    for (int i = 0; i < rounds; ++i)
      EXPECT_EQ(world.get(d, (rounds + i) * 256, 256),
                Bytes(256, static_cast<char>(from * rounds + i)));
  }
}

TEST_P(CommunicatorConformance, timeoutsNameTheMissing) {
  if (devices() < 3)
    GTEST_SKIP() << "needs one that waits and two that are missing";
  bool oneProcess = GetParam().backend.processes == 1;
  Machine world(GetParam().backend, devices(),
                std::chrono::milliseconds(oneProcess ? 200 : 1000));
  CollectiveLaunch launch;
  launch.dtype = MPCRT_F32;
  launch.shape = {4};
  std::vector<CollectiveLaunch> launches(devices(), launch);
  auto errors = world.run(programOf(launches), [&](int d) {
    Device &device = world.device(d);
    if (d == 1 || d == 2)
      return; // never comes
    world.comm(d).collective({d, &device, &anAction()}, launch, 0,
                             device.address(0), device.address(64));
  });
  std::string tail = " waited T ms in all_reduce of group 0 (action 17 "
                     "'backward', stage 1, micro-batch 3); missing: device 2" +
                     rankText(2) + ", 1" + rankText(1);
  int timeouts = 0, waiting = 0;
  for (int d = 0; d < devices(); ++d) {
    if (d == 1 || d == 2 || !world.isHere(d))
      continue;
    ++waiting;
    std::string error =
        std::regex_replace(errors[d], std::regex("[0-9]+ ms"), "T ms");
    // Behind it may stand what another process has announced.
    if (error.starts_with("device " + std::to_string(d) + tail))
      ++timeouts;
    else
      EXPECT_EQ(error, "cancelled") << d;
  }
  EXPECT_GE(timeouts, std::min(waiting, 1));
}

TEST_P(CommunicatorConformance, differentCollectivesAreReported) {
  if (devices() < 2)
    GTEST_SKIP();
  Machine world(GetParam().backend, devices());
  std::vector<CollectiveLaunch> launches(devices());
  for (CollectiveLaunch &launch : launches)
    launch.shape = {&launch == &launches[0] ? 8 : 4};
  auto errors = world.run(programOf(launches), [&](int d) {
    Device &device = world.device(d);
    world.comm(d).collective({d, &device, &anAction()}, launches[d], 0,
                             device.address(0), device.address(64));
  });
  // Group 0 begins with the last device; all others differ from device 0.
  for (int d = 0; d < devices(); ++d) {
    if (!world.isHere(d))
      continue;
    EXPECT_NE(errors[d], "");
    if (errors[d] != "cancelled") {
      EXPECT_NE(errors[d].find("met it with a different all_reduce"),
                std::string::npos)
          << errors[d];
    }
  }
}

TEST_P(CommunicatorConformance, differentMessagesAreReported) {
  if (devices() < 2)
    GTEST_SKIP();
  Machine world(GetParam().backend, devices());
  std::vector<Action> actions = {transfer(ActionKind::Send, 0, 0, 64),
                                 transfer(ActionKind::Recv, 0, 0, 64)};
  actions[1].tag = 1;
  Program program;
  program.devices.resize(devices());
  program.devices[0] = {actions[0]};
  program.devices[1] = {actions[1]};
  auto errors = world.run(std::move(program), [&](int d) {
    Device &device = world.device(d);
    if (d == 0)
      world.comm(d).send({d, &device, &actions[0]}, device.address(0));
    else if (d == 1)
      world.comm(d).receive({d, &device, &actions[1]}, device.address(0));
  });
  if (world.isHere(1)) {
    EXPECT_EQ(errors[1],
              "device 1 expects 64 bytes with tag 1 on channel 0 (action 0 "
              "'recv', stage 0), device 0 sent 64 with tag 0 (action 0 'send', "
              "stage 0)");
  }
}

std::vector<Param> params() {
  std::vector<Param> list;
  if (realWorld()) {
    int processes = realWorld()->size();
    for (int devices : {processes, 2 * processes})
      list.push_back({{"processes", {"cpu"}, processes}, devices});
    for (uint64_t seed = 0; seed < 3; ++seed)
      list.push_back({{"nccl", {"cuda", seed}, processes}, processes});
    return list;
  }
  for (const test::CommunicatorBackend &backend : test::communicatorBackends())
    for (int devices : {1, 2, 3, 4, 8})
      if (backend.takes(devices))
        list.push_back({backend, devices});
  return list;
}

std::string nameOf(const testing::TestParamInfo<Param> &info) {
  std::string name = info.param.backend.communicator;
  std::replace(name.begin(), name.end(), '-', '_');
  const test::DeviceBackend &device = info.param.backend.device;
  return name + std::to_string(info.param.backend.processes) + "_" +
         device.device + std::to_string(device.seed) + "_" +
         std::to_string(info.param.devices);
}

INSTANTIATE_TEST_SUITE_P(Backends, CommunicatorConformance,
                         testing::ValuesIn(params()), nameOf);
INSTANTIATE_TEST_SUITE_P(Backends, Reductions, testing::ValuesIn(params()),
                         nameOf);

} // namespace

/// Started by mpirun with MPCRT_TRANSPORT set, this program tests the processes
/// that it is one of.
int main(int argc, char **argv) {
  if (std::getenv("MPCRT_TRANSPORT"))
    realWorld() = std::make_unique<World>(openTransport(nullptr),
                                          std::chrono::seconds(20));
  testing::InitGoogleTest(&argc, argv);
  int code = RUN_ALL_TESTS();
  if (realWorld())
    realWorld()->close();
  return code;
}
