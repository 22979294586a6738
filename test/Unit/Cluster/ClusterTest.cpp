//===- ClusterTest.cpp ----------------------------------------------------===//

#include "mpc/Cluster/Cluster.h"
#include "gtest/gtest.h"
#include <nlohmann/json.hpp>

using namespace mpc;

static Cluster getPreset(const std::string &name) {
  llvm::Expected<Cluster> cluster = getCluster(name);
  if (!cluster) {
    ADD_FAILURE() << llvm::toString(cluster.takeError());
    return makeVirtualCluster(1);
  }
  return *cluster;
}

static std::string getError(nlohmann::json json) {
  llvm::Expected<Cluster> cluster = clusterFromJSON(json);
  return cluster ? "" : llvm::toString(cluster.takeError());
}

TEST(ClusterTest, RoundTrip) {
  for (const char *name : {"dgx-a100:2", "dgx-h100:1", "h200:1", "h200:16",
                           "v100-p3.16xlarge:8"}) {
    Cluster cluster = getPreset(name);
    EXPECT_FALSE(bool(checkCluster(cluster)));
    llvm::Expected<Cluster> again = clusterFromJSON(toJSON(cluster));
    ASSERT_TRUE(bool(again)) << llvm::toString(again.takeError());
    EXPECT_EQ(toJSON(*again), toJSON(cluster));
  }
}

TEST(ClusterTest, PresetsCountNodesOrDevices) {
  EXPECT_EQ(getPreset("dgx-a100:2").getNumDevices(), 16);
  EXPECT_EQ(getPreset("h200:1").getNumDevices(), 1);
  EXPECT_EQ(getPreset("v100-p3.16xlarge:8").getNumDevices(), 64);
  for (const char *name :
       {"dgx-a100:0", "dgx-a100:x", "h200:9", "tpu:4", "dgx-a100:999999999"})
    EXPECT_NE(llvm::toString(getCluster(name).takeError()), "") << name;
}

TEST(ClusterTest, VirtualDevicesAreThoseOfTheMachineOrShareThem) {
  Cluster node = llvm::cantFail(getCluster("dgx-a100:1"));
  Cluster few = makeVirtualCluster(node, 3),
          many = makeVirtualCluster(node, 17);
  EXPECT_EQ(few.name, node.name);
  EXPECT_FALSE(bool(checkCluster(many)));
  EXPECT_EQ(many.getNumDevices(), 17);
  const DeviceGroup &whole = node.getDevice(0), &part = many.getDevice(16);
  EXPECT_EQ(part.memoryBytes, whole.memoryBytes / 3);
  EXPECT_DOUBLE_EQ(part.getPeakFlops("bf16"), whole.getPeakFlops("bf16") / 3);
  EXPECT_DOUBLE_EQ(part.memoryBandwidth, whole.memoryBandwidth / 3);
}

TEST(ClusterTest, VirtualDevicesShareTheMachine) {
  Cluster few = makeVirtualCluster(2, 8, 1024),
          many = makeVirtualCluster(4, 2, 1024);
  EXPECT_EQ(few.sharedCores, 0);
  EXPECT_EQ(many.sharedCores, 2);
  EXPECT_EQ(few.getDevice(0).getPeakFlops("f32"),
            4 * many.getDevice(0).getPeakFlops("f32"));
  EXPECT_EQ(many.getDevice(3).memoryBytes, 256);
  EXPECT_FALSE(bool(checkCluster(makeVirtualCluster(3))));
}

TEST(ClusterTest, LevelsAndSpread) {
  Cluster cluster = getPreset("dgx-a100:2");
  EXPECT_EQ(cluster.getLevelBetween(0, 7).name, "nvlink");
  EXPECT_EQ(cluster.getLevelBetween(7, 8).name, "infiniband");
  EXPECT_EQ(cluster.getSpread({0, 1, 8, 9}), (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(cluster.getSpread({0, 8}), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(cluster.getSpread({3}), (std::vector<int64_t>{1, 1}));
}

TEST(ClusterTest, ErrorsNameTheKey) {
  nlohmann::json good = toJSON(getPreset("dgx-a100:2"));
  auto change = [&](const char *pointer, nlohmann::json value) {
    nlohmann::json bad = good;
    bad[nlohmann::json::json_pointer(pointer)] = std::move(value);
    return getError(bad);
  };
  EXPECT_EQ(getError(nlohmann::json::array()),
            "cluster: expected an object, found []");
  EXPECT_EQ(change("/devices/0/memory_bytes", 0),
            "cluster: key 'devices[0].memory_bytes': expected a positive "
            "number of bytes");
  EXPECT_EQ(
      change("/devices/0/count", "two"),
      "cluster: key 'devices[0].count': expected an integer, found \"two\"");
  EXPECT_EQ(change("/levels/1/size", 3),
            "cluster: key 'levels': their sizes multiply to 24, expected the "
            "number of devices, 16");
  EXPECT_NE(change("/levels/0/speed", 3)
                .find("key 'levels[0].speed': unknown, expected one of"),
            std::string::npos);
  EXPECT_NE(change("/devices/0/flops", nlohmann::json::object({{"bf16", 1.0}}))
                .find("'f32' among them"),
            std::string::npos);
  EXPECT_NE(change("/devices/0/efficiency", 1.5).find("at most 1"),
            std::string::npos);
  EXPECT_NE(change("/levels/0/bandwidth", -1).find("levels[0].bandwidth"),
            std::string::npos);
  nlohmann::json missing = good;
  missing.erase("levels");
  EXPECT_EQ(getError(missing), "cluster: key 'levels': missing");
}
