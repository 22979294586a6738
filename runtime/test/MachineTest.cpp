//===- MachineTest.cpp - What the runtime tells of the machine ------------===//
#include "CUDAStandin.h"
#include "TestSession.h"
#include <gtest/gtest.h>

using namespace mpcrt;
using namespace mpcrt::test;

namespace {

std::vector<mpcrt_device_info> devices() {
  std::vector<mpcrt_device_info> infos(8);
  size_t count = 0;
  Outcome outcome(
      mpcrt_machine_devices("cuda", infos.data(), infos.size(), &count));
  EXPECT_EQ(outcome.message, "");
  infos.resize(count);
  return infos;
}

int32_t link(int from, int to) {
  int32_t found = -1;
  EXPECT_EQ(Outcome(mpcrt_machine_link("cuda", from, to, &found)).message, "");
  return found;
}

/// A machine of these GPUs while a test runs.
class Machine {
public:
  explicit Machine(const standin::MachineOfGPUs &machine) {
    standin::setMachine(machine);
  }
  ~Machine() { standin::setMachine({{standin::GPU{}}}); }
};

TEST(Machine, listsGPUs) {
  standin::GPU big;
  big.name = "NVIDIA H200";
  big.memory = size_t{141} << 30;
  big.multiprocessors = 132;
  big.links = 18;
  Machine machine({{standin::GPU{}, big}});
  std::vector<mpcrt_device_info> infos = devices();
  ASSERT_EQ(infos.size(), 2u);
  EXPECT_STREQ(infos[0].name, "stand-in");
  EXPECT_STREQ(infos[1].name, "NVIDIA H200");
  EXPECT_EQ(infos[1].memory_bytes, int64_t{141} << 30);
  EXPECT_EQ(infos[1].compute_capability, 90);
  EXPECT_EQ(infos[1].multiprocessors, 132);
  EXPECT_EQ(infos[1].clock_khz, 1000000);
  EXPECT_EQ(infos[1].memory_clock_khz, 2000000);
  EXPECT_EQ(infos[1].memory_bus_bits, 4096);
  EXPECT_EQ(infos[0].links, 4);
  EXPECT_EQ(infos[1].links, 18);
  EXPECT_EQ(infos[1].pcie_generation, 5);
  EXPECT_EQ(infos[1].pcie_lanes, 16);
}

TEST(Machine, tellsNVLinkFromPCIe) {
  Machine machine({std::vector<standin::GPU>(4), 2});
  EXPECT_EQ(link(0, 1), MPCRT_LINK_NVLINK);
  EXPECT_EQ(link(3, 2), MPCRT_LINK_NVLINK);
  EXPECT_EQ(link(1, 2), MPCRT_LINK_PCIE);
  standin::setMachine({std::vector<standin::GPU>(4), 2, false});
  EXPECT_EQ(link(1, 2), MPCRT_LINK_HOST);
}

TEST(Machine, refusesWhatIsNot) {
  size_t count = 0;
  int32_t found = 0;
  EXPECT_EQ(Outcome(mpcrt_machine_devices("cpu", nullptr, 0, &count)).message,
            "target 'cpu' has no driver to ask for its devices");
  EXPECT_EQ(Outcome(mpcrt_machine_devices("tpu", nullptr, 0, &count)).code,
            MPCRT_UNSUPPORTED);
  EXPECT_EQ(Outcome(mpcrt_machine_devices("cuda", nullptr, 0, nullptr)).message,
            "argument 'count' is NULL");
  EXPECT_EQ(Outcome(mpcrt_machine_link("cuda", 0, 1, &found)).message,
            "there is no device 1; this machine has 1");
  EXPECT_EQ(Outcome(mpcrt_machine_link("cuda", 0, 0, &found)).message,
            "a link is between two devices");
}

} // namespace
