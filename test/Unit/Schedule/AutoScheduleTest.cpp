#include "TestPrograms.h"
#include "mpc/Schedule/Generators.h"
#include "gtest/gtest.h"

using namespace mpc::schedule;
using namespace mpc::schedule::test;

static Schedule makeAuto(int groups, int micros, int limit, ChunkTimes times,
                         bool isSynchronised = true) {
  AutoOptions options;
  options.numGroups = groups;
  options.numMicroBatches = micros;
  options.limit = limit;
  options.times = times;
  options.isSynchronised = isSynchronised;
  return makeZeroBubbleAuto(options);
}

static double timeOf(const Schedule &schedule, ChunkTimes times) {
  Costs costs = splitCosts(times.forward, times.inputGrad, times.weightGrad, 1);
  return simulated(completedChain(schedule, costs), costs).makespan;
}

TEST(AutoSchedule, KeepsTheLimit) {
  for (int groups = 1; groups <= 6; ++groups)
    for (int micros : {1, 3, 8, 13})
      for (int limit : {1, 2, 3, 5, 8, 12, 40}) {
        Schedule schedule = makeAuto(groups, micros, limit, {1, 1.2, 0.8});
        for (const std::vector<Action> &list : schedule.lists)
          EXPECT_LE(peakActivations(list), limit)
              << groups << " " << micros << " " << limit;
      }
}

/// What I frees makes room for more forwards.
TEST(AutoSchedule, CountsWhatInputGradsFree) {
  AutoOptions options;
  options.numGroups = 8;
  options.numMicroBatches = 32;
  options.limit = 16;
  options.times = {0.37, 0.43, 0.2, 0};
  options.isSynchronised = false;
  for (double kept : {0.25, 0.5, 1.0}) {
    options.keptAfterInput = kept;
    Schedule schedule = makeZeroBubbleAuto(options);
    for (const std::vector<Action> &list : schedule.lists) {
      double now = 0;
      for (const Action &action : list) {
        now += action.kind == ActionKind::Forward     ? 1
               : action.kind == ActionKind::InputGrad ? kept - 1
                                                      : -kept;
        EXPECT_LE(now, options.limit + 1e-9);
      }
    }
  }
}

TEST(AutoSchedule, MoreMemoryIsNeverWorse) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> duration(0.5, 2);
  for (int trial = 0; trial < 12; ++trial) {
    int groups = 2 + int(random() % 7), micros = 1 + int(random() % 20);
    ChunkTimes times{duration(random), duration(random), duration(random), 0};
    double before = timeOf(makeAuto(groups, micros, 1, times), times);
    for (int limit = 2; limit <= 2 * groups + 2; ++limit) {
      double time = timeOf(makeAuto(groups, micros, limit, times), times);
      EXPECT_LE(time, before + 1e-9) << groups << " " << micros << " " << limit;
      before = time;
    }
  }
}

TEST(AutoSchedule, IsAtLeastAsGoodAsMadeByHand) {
  for (ChunkTimes times : {ChunkTimes{1, 1, 1, 0}, ChunkTimes{1, 1.2, 0.8, 0},
                           ChunkTimes{1, 0.9, 1.3, 0}})
    for (int groups = 2; groups <= 6; ++groups)
      for (int micros : {3, 8, 12, 17}) {
        Schedule h1 = llvm::cantFail(makeSchedule("zb-h1", groups, micros)),
                 h2 = llvm::cantFail(makeSchedule("zb-h2", groups, micros));
        EXPECT_LE(timeOf(makeAuto(groups, micros, groups, times), times),
                  timeOf(h1, times) + 1e-9);
        EXPECT_LE(timeOf(makeAuto(groups, micros, 2 * groups, times), times),
                  timeOf(h2, times) + 1e-9);
      }
}

/// Nothing is faster than the work of a group, and the skew between groups.
TEST(AutoSchedule, ReachesTheBound) {
  ChunkTimes times{1, 1, 1, 0};
  EXPECT_NEAR(timeOf(makeAuto(4, 12, 8, times), times), 36 + 3, 1e-9);
  EXPECT_NEAR(timeOf(makeAuto(8, 24, 16, times), times), 72 + 7, 1e-9);
}

TEST(AutoSchedule, IsDeterministic) {
  ChunkTimes times{1, 1.3, 0.7, 0.1};
  EXPECT_EQ(makeAuto(5, 11, 7, times), makeAuto(5, 11, 7, times));
}
