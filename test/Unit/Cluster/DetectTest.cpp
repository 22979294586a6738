//===- DetectTest.cpp -----------------------------------------------------===//

#include "mpc/Cluster/Detect.h"
#include "gtest/gtest.h"
#include <cstring>
#include <nlohmann/json.hpp>

using namespace mpc;

/// As the drivers of these GPUs describe them.
static mpcrt_device_info makeGPU(const char *name, int64_t gigabytes,
                                 int32_t capability, int32_t multiprocessors,
                                 int32_t clock, int32_t memoryClock,
                                 int32_t busBits, int32_t links) {
  mpcrt_device_info info = {};
  std::strncpy(info.name, name, sizeof info.name - 1);
  info.memory_bytes = gigabytes * 1000000000;
  info.compute_capability = capability;
  info.multiprocessors = multiprocessors;
  info.clock_khz = clock;
  info.memory_clock_khz = memoryClock;
  info.memory_bus_bits = busBits;
  info.links = links;
  return info;
}
static mpcrt_device_info makeA100() {
  return makeGPU("A100-SXM4-80GB", 85, 80, 108, 1410000, 1593000, 5120, 12);
}
static mpcrt_device_info makeH100() {
  return makeGPU("H100-SXM5-80GB", 85, 90, 132, 1980000, 2619000, 5120, 18);
}

/// Blocks of devices that NVLink joins; `between` joins the blocks.
static auto getLinkOfBlocks(size_t block, int32_t between) {
  return [=](size_t from, size_t to) -> int32_t {
    return from / block == to / block ? int32_t(MPCRT_LINK_NVLINK) : between;
  };
}

static void expectNear(double value, double expected) {
  EXPECT_NEAR(value, expected, 0.02 * expected);
}

TEST(DetectTest, KnowsPeaksOfDataSheets) {
  std::vector<mpcrt_device_info> devices = {makeA100(), makeH100()};
  Cluster cluster = makeClusterOf(devices, getLinkOfBlocks(1, MPCRT_LINK_PCIE));
  ASSERT_FALSE(bool(checkCluster(cluster)));
  ASSERT_EQ(cluster.groups.size(), 2u);
  const DeviceGroup &a100 = cluster.groups[0], &h100 = cluster.groups[1];
  EXPECT_EQ(a100.name, "A100-SXM4-80GB");
  EXPECT_EQ(a100.memoryBytes, 85000000000);
  expectNear(a100.getPeakFlops("f32"), 19.5e12);
  expectNear(a100.getPeakFlops("bf16"), 312e12);
  expectNear(a100.memoryBandwidth, 2039e9);
  expectNear(h100.getPeakFlops("f32"), 67e12);
  // At the highest clock; the data sheet's 989e12 are at a lower one, so that
  // what products reach is compared.
  expectNear(h100.getPeakFlops("bf16") * h100.efficiency, 794e12);
  expectNear(h100.memoryBandwidth, 3350e9);
}

TEST(DetectTest, FindsBlocksOfLinkedDevices) {
  std::vector<mpcrt_device_info> devices(4, makeA100());
  for (mpcrt_device_info &info : devices)
    info.pcie_generation = 4, info.pcie_lanes = 16;
  Cluster all = makeClusterOf(devices, getLinkOfBlocks(4, MPCRT_LINK_PCIE));
  ASSERT_FALSE(bool(checkCluster(all)));
  ASSERT_EQ(all.groups.size(), 1u);
  EXPECT_EQ(all.groups[0].count, 4);
  ASSERT_EQ(all.levels.size(), 1u);
  EXPECT_EQ(all.levels[0].name, "nvlink");
  expectNear(all.levels[0].bandwidth, 0.8 * 300e9);
  Cluster pairs = makeClusterOf(devices, getLinkOfBlocks(2, MPCRT_LINK_PCIE));
  ASSERT_FALSE(bool(checkCluster(pairs)));
  ASSERT_EQ(pairs.levels.size(), 2u);
  EXPECT_EQ(pairs.levels[0].size, 2);
  EXPECT_EQ(pairs.levels[1].name, "pcie");
  expectNear(pairs.levels[1].bandwidth, 0.8 * 32e9);
  Cluster apart = makeClusterOf(devices, getLinkOfBlocks(1, MPCRT_LINK_HOST));
  ASSERT_EQ(apart.levels.size(), 1u);
  EXPECT_EQ(apart.levels[0].name, "host");
  expectNear(apart.levels[0].bandwidth, 0.4 * 32e9);
}

TEST(DetectTest, IgnoresLinksThatLieOtherwise) {
  std::vector<mpcrt_device_info> devices(4, makeA100());
  // 0 with 2, 1 with 3.
  Cluster cluster = makeClusterOf(devices, [](size_t from, size_t to) {
    return from % 2 == to % 2 ? int32_t(MPCRT_LINK_NVLINK)
                              : int32_t(MPCRT_LINK_PCIE);
  });
  ASSERT_EQ(cluster.levels.size(), 1u);
  EXPECT_EQ(cluster.levels[0].name, "pcie");
  EXPECT_EQ(cluster.levels[0].size, 4);
}

TEST(DetectTest, TakesAnyGPU) {
  for (int32_t capability : {0, 37, 61, 70, 75, 86, 89, 90, 103, 120, 999}) {
    std::vector<mpcrt_device_info> one = {
        makeGPU("?", 8, capability, 20, 1000000, 1000000, 128, -1)};
    Cluster cluster = makeClusterOf(one, getLinkOfBlocks(1, MPCRT_LINK_PCIE));
    EXPECT_FALSE(bool(checkCluster(cluster))) << capability;
    llvm::Expected<Cluster> again = clusterFromJSON(toJSON(cluster));
    ASSERT_TRUE(bool(again)) << llvm::toString(again.takeError());
    EXPECT_EQ(toJSON(*again), toJSON(cluster));
  }
}
