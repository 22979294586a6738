//===- StageCutsTest.cpp - cuts against brute force -----------------------===//

#include "mpc/Planner/StageCuts.h"
#include "mpc/Planner/Planner.h"
#include "gtest/gtest.h"
#include <random>

using namespace mpc;

namespace {
struct Score {
  double slowest = 0, bytes = 0;
};
} // namespace

static Score getScore(llvm::ArrayRef<StageUnit> units,
                      std::vector<int64_t> first, double speed) {
  first.push_back(units.size());
  Score score;
  for (size_t stage = 0; stage + 1 < first.size(); ++stage) {
    double received = stage ? units[first[stage]].bytesBefore : 0;
    double time = received / speed;
    for (int64_t unit = first[stage]; unit < first[stage + 1]; ++unit)
      time += units[unit].seconds;
    score.slowest = std::max(score.slowest, time);
    score.bytes += received;
  }
  return score;
}

/// Tries every choice of first units.
static Score searchAll(llvm::ArrayRef<StageUnit> units,
                       std::vector<int64_t> first, int64_t stages,
                       double speed) {
  if (static_cast<int64_t>(first.size()) == stages)
    return getScore(units, first, speed);
  Score best{1e30, 1e30};
  for (int64_t next = first.back() + 1;
       next < static_cast<int64_t>(units.size()); ++next) {
    std::vector<int64_t> longer = first;
    longer.push_back(next);
    Score score = searchAll(units, longer, stages, speed);
    bool isTie = std::abs(score.slowest - best.slowest) <= 1e-9 * best.slowest;
    if (isTie ? score.bytes < best.bytes : score.slowest < best.slowest)
      best = score;
  }
  return best;
}

TEST(StageCutsTest, MatchesBruteForce) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 200; ++trial) {
    int64_t count = 2 + random() % 8, stages = 1 + random() % count;
    std::vector<StageUnit> units(count);
    for (int64_t i = 0; i < count; ++i)
      units[i] = {i, double(1 + random() % 5), i ? double(1 + random() % 9) : 0,
                  true, -1};
    double speed = trial % 2 ? 4 : 1e9;
    llvm::Expected<std::vector<int64_t>> cut = cutStages(units, stages, speed);
    ASSERT_TRUE(bool(cut));
    ASSERT_EQ(static_cast<int64_t>(cut->size()), stages);
    Score mine = getScore(units, *cut, speed),
          best = searchAll(units, {0}, stages, speed);
    EXPECT_NEAR(mine.slowest, best.slowest, 1e-6);
    EXPECT_NEAR(mine.bytes, best.bytes, 1e-6);
  }
}

static std::vector<StageUnit> denseLayers() {
  // matmul add relu, three times; bytes are those of the layers' outputs.
  std::vector<StageUnit> units;
  for (double width : {512, 256, 10})
    for (int i = 0; i < 3; ++i)
      units.push_back({int64_t(units.size()), i ? 0.1 : width, 0, i == 0, -1});
  double bytes[] = {0, 512, 512, 512, 256, 256, 256, 10, 10};
  for (size_t i = 0; i < units.size(); ++i)
    units[i].bytesBefore = bytes[i];
  return units;
}

TEST(StageCutsTest, BiasAndActivationStayWithTheirLayer) {
  llvm::Expected<std::vector<int64_t>> cut = cutStages(denseLayers(), 3, 1e9);
  ASSERT_TRUE(bool(cut));
  EXPECT_EQ(*cut, (std::vector<int64_t>{0, 3, 6}));
}

TEST(StageCutsTest, PinsAreKept) {
  std::vector<StageUnit> units = denseLayers();
  units[2].pinnedStage = 1;
  llvm::Expected<std::vector<int64_t>> cut = cutStages(units, 2, 1e9);
  ASSERT_TRUE(bool(cut)) << llvm::toString(cut.takeError());
  EXPECT_LE((*cut)[1], 2);
  units[0].pinnedStage = 1;
  cut = cutStages(units, 2, 1e9);
  ASSERT_FALSE(bool(cut));
  llvm::Error error = cut.takeError();
  EXPECT_TRUE(error.isA<InfeasiblePlan>());
  EXPECT_NE(llvm::toString(std::move(error)).find("keeps the pinned stages"),
            std::string::npos);
}

TEST(StageCutsTest, SaysHowManyStagesThereCanBe) {
  std::vector<StageUnit> units = denseLayers();
  units[4].seconds = 0;
  EXPECT_EQ(getMaxStages(units), 8);
  llvm::Expected<std::vector<int64_t>> cut = cutStages(units, 9, 1e9);
  ASSERT_FALSE(bool(cut));
  EXPECT_EQ(llvm::toString(cut.takeError()),
            "9 stages asked for, the model has work for at most 8");
}
