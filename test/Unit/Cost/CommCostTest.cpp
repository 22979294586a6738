//===- CommCostTest.cpp ---------------------------------------------------===//

#include "mpc/Cost/CommCost.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mpc;

static Cluster twoNodes() { return llvm::cantFail(getCluster("dgx-a100:2")); }

static const ReshardStep::Kind kCollectives[] = {
    ReshardStep::AllReduce, ReshardStep::ReduceScatter, ReshardStep::AllGather,
    ReshardStep::AllToAll};

TEST(CommCostTest, GrowsWithBytesAndDistance) {
  Cluster cluster = twoNodes();
  for (ReshardStep::Kind kind : kCollectives) {
    double last = 0;
    for (double bytes : {1e3, 1e5, 1e7, 1e9}) {
      double seconds = getCollectiveSeconds(kind, bytes, {0, 1, 2, 3}, cluster);
      EXPECT_GT(seconds, last);
      last = seconds;
    }
    EXPECT_LT(getCollectiveSeconds(kind, 1e8, {0, 1}, cluster),
              getCollectiveSeconds(kind, 1e8, {0, 8}, cluster));
    EXPECT_EQ(getCollectiveSeconds(kind, 1e8, {5}, cluster), 0);
  }
}

TEST(CommCostTest, AllReduceIsScatterAndGather) {
  Cluster cluster = twoNodes();
  double bytes = 1e9;
  double both = getCollectiveSeconds(ReshardStep::ReduceScatter, bytes,
                                     {0, 1, 2, 3}, cluster) +
                getCollectiveSeconds(ReshardStep::AllGather, bytes,
                                     {0, 1, 2, 3}, cluster);
  EXPECT_DOUBLE_EQ(getCollectiveSeconds(ReshardStep::AllReduce, bytes,
                                        {0, 1, 2, 3}, cluster),
                   both);
}

/// Across nodes only what the inner reduction leaves is moved.
TEST(CommCostTest, HierarchyBeatsTheFlatRing) {
  Cluster cluster = twoNodes();
  std::vector<int64_t> all(16);
  std::iota(all.begin(), all.end(), 0);
  double flat = 2 * 15.0 / 16 * 1e9 / cluster.levels[1].bandwidth;
  EXPECT_LT(getCollectiveSeconds(ReshardStep::AllReduce, 1e9, all, cluster),
            flat / 2);
}

TEST(CommCostTest, AxisGroupsAreStrided) {
  MLIRContext context;
  context.loadDialect<MPCDialect>();
  auto name = [&](StringRef text) { return StringAttr::get(&context, text); };
  auto mesh = MeshAttr::get(
      &context, {name("data"), name("tensor"), name(kTimeAxis)}, {2, 4, 8});
  EXPECT_EQ(getAxisGroup(mesh, 5, {name("data")}),
            (SmallVector<int64_t>{1, 5}));
  EXPECT_EQ(getAxisGroup(mesh, 5, {name("tensor")}),
            (SmallVector<int64_t>{4, 5, 6, 7}));
  EXPECT_EQ(getAxisGroup(mesh, 5, {name("data"), name("tensor")}).size(), 8u);
}

TEST(CommCostTest, TransfersPayForTheirLevel) {
  Cluster cluster = twoNodes();
  EXPECT_EQ(getTransferSeconds(1e6, 3, 3, cluster), 0);
  EXPECT_LT(getTransferSeconds(1e6, 3, 4, cluster),
            getTransferSeconds(1e6, 7, 8, cluster));
}
