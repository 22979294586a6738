//===- GPUThreadsTest.cpp - the simulator that kernels are tested with ----===//

#include "GPUSimulator/Threads.h"
#include <gtest/gtest.h>
#include <vector>

using namespace mpc::test;

namespace {

class Orders : public testing::TestWithParam<ThreadOrder> {};

/// Whether everybody reads what the neighbour has written before.
bool readsNeighbours(ThreadOrder order, bool hasBarrier) {
  std::vector<int> shared(96, -1), found(96);
  auto kernel = [&] {
    int32_t thread = getThreadId();
    shared[thread] = thread;
    if (hasBarrier)
      waitForBlock();
    found[thread] = shared[(thread + 1) % 96];
  };
  llvm::cantFail(runGrid(1, 96, order, kernel));
  for (int thread = 0; thread < 96; ++thread)
    if (found[thread] != (thread + 1) % 96)
      return false;
  return true;
}

TEST_P(Orders, AMissingBarrierShows) {
  EXPECT_TRUE(readsNeighbours(GetParam(), true));
  EXPECT_FALSE(readsNeighbours(GetParam(), false));
}

TEST_P(Orders, WarpsExchangeAndVote) {
  std::vector<int> sums(128);
  std::vector<uint32_t> votes(128);
  auto kernel = [&] {
    int32_t thread = getThreadId() + 64 * getBlockId(), sum = thread;
    for (int32_t distance = 1; distance < 32; distance *= 2)
      sum += shuffle(sum, distance, 0);
    sums[thread] = sum + shuffle(thread, 5, 1);
    votes[thread] = ballot(thread % 3 == 0);
  };
  llvm::cantFail(runGrid(2, 64, GetParam(), kernel));
  for (int thread = 0; thread < 128; ++thread) {
    int first = thread / 32 * 32;
    EXPECT_EQ(sums[thread], 32 * first + 31 * 16 + first + 5);
    uint32_t vote = 0;
    for (int lane = 0; lane < 32; ++lane)
      vote |= uint32_t((first + lane) % 3 == 0) << lane;
    EXPECT_EQ(votes[thread], vote);
  }
}

TEST_P(Orders, WaitingForeverIsAnError) {
  auto kernel = [&] {
    if (getThreadId() != 40)
      waitForBlock();
  };
  EXPECT_EQ(llvm::toString(runGrid(3, 64, GetParam(), kernel)),
            "threads of block 0 wait forever");
  EXPECT_EQ(llvm::toString(runGrid(3, 40, GetParam(), kernel)),
            "a block of 40 threads has no whole warps");
}

INSTANTIATE_TEST_SUITE_P(Both, Orders,
                         testing::Values(ThreadOrder::Ascending,
                                         ThreadOrder::Descending));

} // namespace
