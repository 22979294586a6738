//===- NCCLTest.cpp - Sessions of several processes with a GPU each -------===//
//
// Processes are threads, driver and NCCL are the stand-in's, which sums in the
// order of the ranks: results are those of the CPU in one process, bit for bit.
//
//===----------------------------------------------------------------------===//
#include "CUDARing.h"
#include "CUDAStandin.h"
#include "Loopback.h"
#include "Pipeline.h"
#include "RandomLists.h"
#include "comm/MeetingOrder.h"
#include "core/Error.h"
#include <gtest/gtest.h>

using namespace mpcrt;
using namespace mpcrt::test;
using std::chrono::milliseconds;

namespace {

using Texts = std::vector<std::string>;

/// Runs run(world's options) as each of `ranks` processes; the results by rank.
template <typename Run>
auto onGPUs(int ranks, uint32_t timeout, const Run &run) {
  std::vector<decltype(run(0, mpcrt_options()))> results(ranks);
  onRanks(ranks, milliseconds(20000), [&](int rank, mpcrt_world *world) {
    standin::setOwner(rank);
    results[rank] = run(rank, inWorld(world, timeout));
  });
  return results;
}

TEST(NCCLSession, equalsTheCPUInAnyOrder) {
  for (int devices : {2, 4}) {
    json manifest = ring(devices);
    RingResults expected = runRing(manifest, devices);
    json cuda = forStandin(manifest, ringKernels);
    for (uint64_t seed = 0; seed < 30; ++seed) {
      standin::reset(seed);
      auto results = onGPUs(devices, 0, [&](int, mpcrt_options options) {
        return runRing(cuda, devices, [] {}, 2, options);
      });
      for (const RingResults &result : results)
        ASSERT_EQ(result.error, "") << "seed " << seed;
      ASSERT_EQ(results[0], expected) << "seed " << seed;
      ASSERT_EQ(standin::problems(), Texts()) << "seed " << seed;
    }
  }
}

/// What the ranks have begun of each communicator, without messages.
std::map<std::string, Texts> collectivesOf(int rank) {
  std::map<std::string, Texts> all;
  for (const std::string &launch : standin::ncclLaunches(rank)) {
    size_t end = launch.find(' ');
    if (launch.find("send") == launch.npos &&
        launch.find("recv") == launch.npos)
      all[launch.substr(0, end)].push_back(launch.substr(end));
  }
  return all;
}

TEST(NCCLSession, pipelinesEqualTheCPUAndRanksAgreeOnTheOrder) {
  json manifest = pipelineManifest();
  PipelineResults expected = runPipeline(manifest);
  ASSERT_EQ(expected.error, "");
  json cuda = forStandin(manifest, ringKernels);
  for (uint64_t seed = 0; seed < 30; ++seed) {
    standin::reset(seed);
    auto results = onGPUs(4, 0, [&](int, mpcrt_options options) {
      return runPipeline(cuda, options);
    });
    for (const PipelineResults &result : results)
      ASSERT_EQ(result.error, "") << "seed " << seed;
    ASSERT_EQ(results[0], expected) << "seed " << seed;
    ASSERT_EQ(standin::problems(), Texts()) << "seed " << seed;
    // Communicators of disjoint groups have names of their own.
    std::map<std::string, Texts> orders;
    for (int rank = 0; rank < 4; ++rank)
      for (const auto &[comm, order] : collectivesOf(rank))
        EXPECT_EQ(orders.emplace(comm, order).first->second, order);
    EXPECT_EQ(orders.size(), 3u);
  }
}

bool hasOrder(const json &source) {
  Manifest manifest = parseManifest(source.dump());
  try {
    orderMeetings(manifest.programs[0], manifest.groups, manifest.channels);
    return true;
  } catch (const Error &) {
    return false;
  }
}

/// What has no order does not end on the CPU, and what has one ends everywhere,
/// with the same result.
TEST(NCCLSession, randomListsEqualTheCPUOrDeadlock) {
  int deadlocks = 0;
  for (uint64_t seed = 0; seed < 150; ++seed) {
    int devices = 2 + static_cast<int>(seed % 3);
    json manifest = randomManifest(seed, devices);
    bool ends = hasOrder(manifest);
    mpcrt_options patience = {};
    patience.timeout_ms = ends ? 20000 : 30;
    RandomResults expected = runRandom(manifest, devices, patience);
    ASSERT_EQ(expected.error.empty(), ends)
        << "seed " << seed << ": " << expected.error;
    deadlocks += !ends;
    if (!ends)
      continue;
    json cuda = forStandin(manifest, ringKernels);
    standin::reset(seed);
    auto results = onGPUs(devices, 0, [&](int, mpcrt_options options) {
      return runRandom(cuda, devices, options);
    });
    for (const RandomResults &result : results)
      ASSERT_EQ(result.error, "") << "seed " << seed;
    ASSERT_EQ(results[0], expected) << "seed " << seed;
    ASSERT_EQ(standin::problems(), Texts()) << "seed " << seed;
  }
  EXPECT_GT(deadlocks, 2);
  EXPECT_LT(deadlocks, 75);
}

/// Whether a step goes wrong without a wait, the `number`-th of the step in a
/// stream of rank 1: it computes on stream 0, reduces beside on 1, receives
/// beside on 2, and exchanges messages on 3.
bool isNoticed(int stream, int number) {
  static const json manifest = pipelineManifest();
  static const json cuda = forStandin(manifest, ringKernels);
  static const PipelineResults expected = runPipeline(manifest);
  for (uint64_t seed = 0; seed < 100; ++seed) {
    standin::reset(seed);
    auto results = onGPUs(4, 0, [&](int rank, mpcrt_options options) {
      if (rank == 1)
        return runPipeline(cuda, options, [&] {
          standin::ignoreWaitOf(1, stream,
                                standin::waitsOf(1, stream) + number);
        });
      return runPipeline(cuda, options);
    });
    if (results[0] != expected || !standin::problems().empty())
      return true;
  }
  return false;
}

// Without one wait some run goes wrong. (Of those that are not listed some are
// implied by others: what is sent is older than the buffer that is received.)
TEST(NCCLSession, needsItsWaits) {
  // Compute, for received messages, those sent, and collectives.
  for (int number : {0, 1, 2, 3})
    EXPECT_TRUE(isNoticed(0, number)) << number;
  // The thread of collectives, for compute.
  EXPECT_TRUE(isNoticed(1, 0));
  // The thread of receives, for NCCL.
  for (int number : {1, 3, 5})
    EXPECT_TRUE(isNoticed(2, number)) << number;
  // NCCL's messages, for what is sent and for room.
  for (int number : {0, 1, 4, 6})
    EXPECT_TRUE(isNoticed(3, number)) << number;
}

//===----------------------------------------------------------------------===//
// What goes wrong
//===----------------------------------------------------------------------===//

TEST(NCCLSession, whoeverNeverComesIsNamedByAll) {
  json cuda = forStandin(pipelineManifest(), ringKernels);
  for (uint64_t seed = 0; seed < 2; ++seed) {
    standin::reset(seed);
    auto errors = onGPUs(4, 500, [&](int rank, mpcrt_options options) {
      if (rank != 2)
        return runPipeline(cuda, options).error;
      TestSession session(cuda, ringKernels, options);
      std::this_thread::sleep_for(milliseconds(1000)); // does not run
      return std::string();
    });
    EXPECT_NE(errors[0].find("(action "), std::string::npos) << errors[0];
    // Device 3 waits for device 2, device 1 for device 3 or for nobody yet.
    for (int rank : {0, 3})
      EXPECT_NE(errors[rank].find("missing: device 2 (rank 2)"),
                std::string::npos)
          << errors[rank];
    EXPECT_NE(errors[1], "");
  }
}

TEST(NCCLSession, anAsynchronousErrorEndsAllProcesses) {
  json cuda = forStandin(ring(3), ringKernels);
  for (uint64_t seed = 0; seed < 4; ++seed) {
    standin::reset(seed);
    standin::failInNccl(1, /*system error=*/2);
    auto errors = onGPUs(3, 10000, [&](int, mpcrt_options options) {
      return runRing(cuda, 3, [] {}, 2, options).error;
    });
    EXPECT_NE(errors[1].find("(action "), std::string::npos) << errors[1];
    EXPECT_NE(errors[1].find("unhandled system error (NCCL status 2)"),
              std::string::npos)
        << errors[1];
    for (int rank : {0, 2})
      EXPECT_NE(errors[rank].find("; rank 1 failed: device 1"),
                std::string::npos)
          << errors[rank];
  }
}

/// The message of mpcrt_session_create in each process.
Texts createErrors(int ranks, const std::function<json(int)> &manifestOf) {
  standin::reset(0);
  return onGPUs(ranks, 5000, [&](int rank, mpcrt_options options) {
    std::string source = manifestOf(rank).dump();
    options.struct_size = sizeof options;
    mpcrt_executable *exe = nullptr;
    mpcrt_session *session = nullptr;
    EXPECT_EQ(Outcome(mpcrt_executable_load(source.data(), source.size(),
                                            nullptr, nullptr, &exe))
                  .message,
              "");
    std::string message =
        Outcome(mpcrt_session_create(exe, &options, &session)).message;
    mpcrt_session_destroy(session);
    mpcrt_executable_destroy(exe);
    return message;
  });
}

TEST(NCCLSession, listsWithoutACommonOrderAreRefused) {
  ManifestBuilder b(2);
  b.group({0, 1}).group({1, 0});
  int reduce = b.body({64, 64}, {allReduce(0, 1, 16)});
  b.act(0, reduce, {0, 64}, {0}).act(0, reduce, {0, 64}, {1});
  b.act(1, reduce, {0, 64}, {1}).act(1, reduce, {0, 64}, {0});
  json cuda = forStandin(b.manifest, {});
  for (const std::string &error : createErrors(2, [&](int) { return cuda; }))
    EXPECT_EQ(error.find("the devices' lists have no common order: device 0 "
                         "waits in all_reduce of group 0"),
              0u)
        << error;
}

TEST(NCCLSession, processesMustHaveTheSameProgram) {
  json two = forStandin(ring(2), ringKernels);
  json other = two;
  other["programs"][0]["devices"][1]["actions"][0]["id"] = 1000;
  Texts errors = createErrors(2, [&](int rank) { return rank ? other : two; });
  EXPECT_EQ(errors[0], "rank 1 has another program than rank 0; start all with "
                       "the same options");
  EXPECT_EQ(errors[1], "rank 0 has another program than rank 1; start all with "
                       "the same options");
}

TEST(NCCLSession, aProcessHasOneDevice) {
  json cuda = forStandin(ring(4), ringKernels);
  for (const std::string &error : createErrors(2, [&](int) { return cuda; }))
    EXPECT_EQ(error,
              "target 'cuda' has one device a process where there are several: "
              "for 4 devices start 4 processes, or one");
}

} // namespace
