//===- BubblesTest.cpp - closed forms, against the simulator --------------===//
//
// Step times with free transfers and peaks of activations, for random costs and
// counts within what each formula assumes.
//
//===----------------------------------------------------------------------===//

#include "TestPrograms.h"
#include "mpc/Schedule/Generators.h"
#include "gtest/gtest.h"

using namespace mpc::schedule;
using namespace mpc::schedule::test;

namespace {
struct Times {
  double forward, inputGrad, weightGrad;
  double total() const { return forward + inputGrad + weightGrad; }
};

struct Shape {
  int groups, micros;
};
} // namespace

static constexpr Times equal{1, 1, 1}, uneven{1, 1.2, 0.8};

static double timeOf(const std::string &name, Shape shape, Times times) {
  Schedule compute =
      llvm::cantFail(makeSchedule(name, shape.groups, shape.micros));
  Costs costs = splitCosts(times.forward, times.inputGrad, times.weightGrad,
                           compute.numChunks / compute.numGroups);
  return simulated(completedChain(compute, costs), costs).makespan;
}

static std::vector<int> peaksOf(const std::string &name, Shape shape) {
  Schedule schedule =
      llvm::cantFail(makeSchedule(name, shape.groups, shape.micros));
  std::vector<int> peaks;
  for (const std::vector<Action> &list : schedule.lists)
    peaks.push_back(peakActivations(list));
  return peaks;
}

// p = 4, m = 12: 36 units of work.
TEST(Bubbles, GoldenStepTimes) {
  auto golden = [](const char *name, double ofEqual, double ofUneven) {
    EXPECT_NEAR(timeOf(name, {4, 12}, equal), ofEqual, 1e-9) << name;
    EXPECT_NEAR(timeOf(name, {4, 12}, uneven), ofUneven, 1e-9) << name;
  };
  golden("gpipe", 45, 45);
  golden("1f1b", 45, 45);
  golden("interleaved:2", 40.5, 40.5);
  golden("interleaved:3", 39, 39);
  golden("zb-h1", 39, 40.2);
  golden("zb-h2", 39, 39);
  golden("dualpipev", 37.5, 38.1);
  // Without a bubble but the skew of half a forward a group.
  EXPECT_NEAR(timeOf("zb-v", {4, 12}, equal), 36 + 1.5, 1e-9);
}

TEST(Bubbles, FollowTheFormulas) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> duration(0.5, 2);
  for (int trial = 0; trial < 200; ++trial) {
    int p = 1 + int(random() % 6), rounds = 1 + int(random() % 4);
    // Where W is longer than F or I, it delays what others wait for.
    double forward = 0.5 + duration(random), weight = duration(random) / 4;
    Times times{forward, duration(random), weight};
    auto expect = [&](const std::string &name, int micros, double bubble) {
      EXPECT_NEAR(timeOf(name, {p, micros}, times),
                  micros * times.total() + bubble, 1e-9)
          << name << " p " << p << " m " << micros << " times " << forward
          << " " << times.inputGrad << " " << weight;
    };
    int any = 1 + int(random() % 12), full = rounds * p;
    double whole = (p - 1) * times.total();
    expect("gpipe", any, whole);
    expect("1f1b", any, whole);
    for (int v : {1, 2, 3})
      expect("interleaved:" + std::to_string(v), full, whole / v);
    double saved = (p - 1) * (forward + times.inputGrad - weight);
    expect("zb-h1", full, saved);
  }
}

TEST(Bubbles, PeakActivations) {
  for (int p = 1; p <= 6; ++p)
    for (int m = 1; m <= 18; ++m) {
      std::vector<int> gpipe = peaksOf("gpipe", {p, m}),
                       plain = peaksOf("1f1b", {p, m}),
                       h1 = peaksOf("zb-h1", {p, m}),
                       h2 = peaksOf("zb-h2", {p, m}),
                       v = peaksOf("zb-v", {p, m}),
                       dual = peaksOf("dualpipev", {p, m});
      for (int r = 0; r < p; ++r) {
        EXPECT_EQ(gpipe[r], m);
        EXPECT_EQ(plain[r], std::min(m, p - r));
        EXPECT_EQ(h1[r], std::min(m, p));
        EXPECT_EQ(h2[r], std::min(m, 2 * p - 1));
        // In halves: chunks are half a group's layers.
        EXPECT_LE(v[r], p == 1 ? 1 : 2 * p);
        EXPECT_LE(dual[r], p == 1 ? 1 : 2 * p + 1);
      }
      for (int chunks : {2, 3})
        for (int r = 0; p > 1 && m % p == 0 && r < p; ++r)
          EXPECT_EQ(peaksOf("interleaved:" + std::to_string(chunks), {p, m})[r],
                    std::min(m * chunks, p * chunks + p - 1 - 2 * r))
              << p << " " << m << " " << r;
    }
}

/// Counts that do not fill the last round never take longer than one that does.
TEST(Bubbles, RoundsThatAreNotFull) {
  for (const char *name :
       {"interleaved:2", "interleaved:3", "zb-v", "dualpipev"})
    for (int p = 2; p <= 5; ++p)
      for (int m = 1; m < 3 * p; ++m) {
        double time = timeOf(name, {p, m}, uneven);
        EXPECT_LE(time, timeOf(name, {p, (m + p - 1) / p * p}, uneven) + 1e-9);
        EXPECT_GE(time, m * uneven.total());
      }
}
