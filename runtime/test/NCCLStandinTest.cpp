//===- NCCLStandinTest.cpp - The stand-in notices what NCCL would not -----===//
#include "Standin.h"
#include "cuda/nccl/Types.h"
#include <gtest/gtest.h>
#include <thread>

namespace mpcrt::cuda {
extern "C" {
#define MPCRT_CUDA(name, parameters) int name parameters;
#include "cuda/Symbols.def"
#define MPCRT_NCCL(name, parameters) int name parameters;
#define MPCRT_NCCL_OPTIONAL(name, parameters) MPCRT_NCCL(name, parameters)
#include "cuda/nccl/Symbols.def"
}
} // namespace mpcrt::cuda

using namespace mpcrt;
using namespace mpcrt::cuda;

namespace {

/// Two ranks of one thread, each with a stream and memory.
class StandinNCCL : public testing::Test {
protected:
  struct Rank {
    NcclComm comm = nullptr, part = nullptr;
    Stream stream = nullptr;
    Address memory = 0;
    char *data() const { return reinterpret_cast<char *>(memory); }
  };

  void SetUp() override { connect(1); }
  void TearDown() override { disconnect(); }

  void connect(uint64_t seed) {
    standin::reset(seed);
    NcclId id;
    ASSERT_EQ(ncclGetUniqueId(&id), NcclSuccess);
    NcclConfig config;
    config.isBlocking = 0;
    for (int r : {0, 1}) {
      cuStreamCreateWithPriority(&ranks[r].stream, 0, 0);
      cuMemAlloc_v2(&ranks[r].memory, 1024);
      ncclCommInitRankConfig(&ranks[r].comm, 2, id, r, &config);
    }
    for (Rank &rank : ranks)
      settle(rank.comm);
  }
  void disconnect() {
    for (Rank &rank : ranks) {
      if (rank.part)
        ncclCommAbort(rank.part);
      ncclCommAbort(rank.comm);
      cuStreamSynchronize(rank.stream);
      cuStreamDestroy_v2(rank.stream);
      cuMemFree_v2(rank.memory);
      rank = {};
    }
  }

  static void settle(NcclComm comm) {
    int state = NcclInProgress;
    while (state == NcclInProgress)
      ncclCommGetAsyncError(comm, &state);
  }
  static void allReduce(const Rank &rank, NcclComm comm, size_t count) {
    ncclGroupStart();
    ncclAllReduce(rank.data(), rank.data() + 512, count, NcclFloat32, NcclSum,
                  comm, rank.stream);
    ncclGroupEnd();
    settle(comm);
  }
  /// Whether everything that was asked for comes to its end.
  bool ends() const {
    for (int i = 0; i < 1000; ++i)
      if (!cuStreamQuery(ranks[0].stream) && !cuStreamQuery(ranks[1].stream))
        return true;
    return false;
  }

  Rank ranks[2];
};

TEST_F(StandinNCCL, callsMeet) {
  for (const Rank &rank : ranks)
    allReduce(rank, rank.comm, 8);
  EXPECT_TRUE(ends());
  EXPECT_EQ(standin::ncclLaunches(0), standin::ncclLaunches(1));
  EXPECT_TRUE(standin::problems().empty());
}

TEST_F(StandinNCCL, differentSizesHang) {
  allReduce(ranks[0], ranks[0].comm, 8);
  allReduce(ranks[1], ranks[1].comm, 4);
  EXPECT_FALSE(ends());
  EXPECT_FALSE(standin::problems().empty());
}

/// The ranks use two communicators in different orders, in one stream each.
TEST_F(StandinNCCL, differentOrdersHang) {
  NcclConfig config;
  for (Rank &rank : ranks)
    ncclCommSplit(rank.comm, 0, 0, &rank.part, &config);
  for (Rank &rank : ranks)
    settle(rank.comm);
  for (Rank &rank : ranks)
    settle(rank.part);
  allReduce(ranks[0], ranks[0].comm, 8);
  allReduce(ranks[0], ranks[0].part, 8);
  allReduce(ranks[1], ranks[1].part, 8);
  allReduce(ranks[1], ranks[1].comm, 8);
  EXPECT_FALSE(ends());
  EXPECT_NE(standin::ncclLaunches(0), standin::ncclLaunches(1));
}

/// Both send first.
TEST_F(StandinNCCL, exchangesNeedAGroup) {
  auto exchange = [](const Rank &rank, int peer, bool inOne) {
    ncclGroupStart();
    ncclSend(rank.data(), 8, NcclInt8, peer, rank.comm, rank.stream);
    if (!inOne) {
      ncclGroupEnd();
      settle(rank.comm);
      ncclGroupStart();
    }
    ncclRecv(rank.data() + 512, 8, NcclInt8, peer, rank.comm, rank.stream);
    ncclGroupEnd();
    settle(rank.comm);
  };
  bool hangs = false; // with some seeds nobody waits for a receiver
  for (uint64_t seed = 0; seed < 10; ++seed) {
    disconnect();
    connect(seed);
    exchange(ranks[0], 1, true);
    exchange(ranks[1], 0, true);
    EXPECT_TRUE(ends());
    exchange(ranks[0], 1, false);
    exchange(ranks[1], 0, false);
    hangs = hangs || !ends();
  }
  EXPECT_TRUE(hangs);
}

} // namespace
