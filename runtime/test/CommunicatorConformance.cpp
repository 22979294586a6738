//===- CommunicatorConformance.cpp - Every communicator, tested -----------===//
#include "CommunicatorConformance.h"
#include "comm/Plugin.h"

namespace mpcrt::test {

std::unique_ptr<World> &realWorld() {
  static std::unique_ptr<World> world;
  return world;
}

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

Action transfer(ActionKind kind, Index channel, int64_t message,
                int64_t bytes) {
  Action action;
  action.kind = kind;
  action.channel = channel;
  action.message = action.tag = message;
  action.bytes = bytes;
  return action;
}

std::vector<Bytes> CommunicatorConformance::collective(
    Machine &world, const CollectiveLaunch &launch,
    const std::vector<Bytes> &sources, bool inPlace) {
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

void CommunicatorConformance::expectResults(
    const std::vector<Bytes> &results, const std::vector<Bytes> &expected) {
  for (size_t p = 0; p < results.size(); ++p)
    if (!results[p].empty()) {
      EXPECT_EQ(results[p], expected[p]) << "member " << p;
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
  for (const CommunicatorBackend &backend : communicatorBackends())
    for (int devices : {1, 2, 3, 4, 8})
      if (backend.takes(devices))
        list.push_back({backend, devices});
  return list;
}

std::string nameOf(const testing::TestParamInfo<Param> &info) {
  std::string name = info.param.backend.communicator;
  std::replace(name.begin(), name.end(), '-', '_');
  const DeviceBackend &device = info.param.backend.device;
  return name + std::to_string(info.param.backend.processes) + "_" +
         device.device + std::to_string(device.seed) + "_" +
         std::to_string(info.param.devices);
}

INSTANTIATE_TEST_SUITE_P(Backends, CommunicatorConformance,
                         testing::ValuesIn(params()), nameOf);

} // namespace mpcrt::test

using namespace mpcrt;
using namespace mpcrt::test;

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
