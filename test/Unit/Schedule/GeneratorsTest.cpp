#include "mpc/Schedule/Generators.h"
#include "TestPrograms.h"
#include "mpc/Schedule/Check.h"
#include "gtest/gtest.h"
#include <algorithm>

using namespace mpc::schedule;
using namespace mpc::schedule::test;

/// Every generator, with a few numbers where it takes one.
static constexpr const char *allNames[] = {
    "gpipe",         "1f1b",      "interleaved:1", "interleaved:2",
    "interleaved:3", "zb-h1",     "zb-h2",         "zb-v",
    "zb-auto",       "zb-auto:1", "zb-auto:3",     "zb-auto:16",
    "dualpipev"};

TEST(Generators, OneForwardOneBackwardLooksLikeTheTextbook) {
  EXPECT_EQ(printCSV(llvm::cantFail(makeSchedule("1f1b", 2, 3))),
            "0F0,0F1,0B0,0F2,0B1,0B2\n"
            "1F0,1B0,1F1,1B1,1F2,1B2\n");
}

TEST(Generators, SplitSchedulesLookLikeThePaper) {
  EXPECT_EQ(printCSV(llvm::cantFail(makeSchedule("zb-h1", 2, 3))),
            "0F0,0F1,0I0,0W0,0F2,0I1,0W1,0I2,0W2\n"
            "1F0,1I0,1F1,1I1,1W0,1F2,1I2,1W1,1W2\n");
  EXPECT_EQ(printCSV(llvm::cantFail(makeSchedule("interleaved:2", 2, 2))),
            "0F0,0F1,2F0,2F1,2B0,2B1,0B0,0B1\n"
            "1F0,1F1,3F0,3B0,3F1,3B1,1B0,1B1\n");
  EXPECT_EQ(printCSV(llvm::cantFail(makeSchedule("zb-v", 2, 2))),
            "0F0,0F1,3F0,3I0,3W0,3F1,3I1,3W1,0I0,0W0,0I1,0W1\n"
            "1F0,2F0,1F1,2F1,2I0,2W0,1I0,1W0,2I1,2W1,1I1,1W1\n");
}

TEST(Generators, EveryShapeIsLegal) {
  for (int groups = 1; groups <= 6; ++groups)
    for (int micros = 1; micros <= 13; ++micros)
      for (bool backward : {false, true})
        for (const char *name : allNames) {
          Schedule schedule =
              llvm::cantFail(makeSchedule(name, groups, micros, backward));
          ASSERT_EQ(errorText(checkCompute(schedule)), "")
              << name << " " << groups << " " << micros;
          EXPECT_EQ(schedule.numMicroBatches, micros);
          Program program = makeChainFor(schedule);
          ASSERT_EQ(errorText(check(completed(schedule, program), program)), "")
              << name << " " << groups << " " << micros;
        }
}

TEST(Generators, TextRoundTrip) {
  for (const char *name : allNames) {
    Schedule schedule = llvm::cantFail(makeSchedule(name, 3, 5));
    EXPECT_EQ(llvm::cantFail(parseCSV(printCSV(schedule))), schedule) << name;
  }
}

/// Without one of its actions a list is no schedule any more.
TEST(Generators, EveryActionIsNeeded) {
  for (const char *name : allNames) {
    Schedule schedule = llvm::cantFail(makeSchedule(name, 3, 4));
    for (size_t group = 0; group < schedule.lists.size(); ++group)
      for (size_t i = 0; i < schedule.lists[group].size(); ++i) {
        Schedule damaged = schedule;
        damaged.lists[group].erase(damaged.lists[group].begin() + i);
        std::string error = errorText(checkCompute(damaged));
        EXPECT_NE(error.find(toText(schedule.lists[group][i])),
                  std::string::npos)
            << name << ": " << error;
      }
  }
}

TEST(Generators, LeavingOutMicroBatchesKeepsAScheduleLegal) {
  for (const char *name : allNames)
    for (int kept = 1; kept <= 7; ++kept) {
      Schedule schedule = llvm::cantFail(makeSchedule(name, 3, 7));
      keepMicroBatches(schedule, kept);
      Program program = makeChainFor(schedule);
      EXPECT_EQ(errorText(check(completed(schedule, program), program)), "");
    }
}

TEST(Generators, NeedsDescribeTheSchedule) {
  for (int groups = 1; groups <= 5; ++groups)
    for (const char *name : allNames)
      for (bool backward : {false, true}) {
        ScheduleNeeds needs = llvm::cantFail(getScheduleNeeds(name, groups));
        Schedule schedule =
            llvm::cantFail(makeSchedule(name, groups, 4, backward));
        EXPECT_EQ(needs.chunkToGroup, schedule.chunkToGroup) << name;
        bool splits = llvm::StringRef(printCSV(schedule)).contains('I');
        EXPECT_EQ(needs.splitsBackward && backward, splits) << name;
      }
}

TEST(Generators, RefusedNamesAndCounts) {
  auto error = [](const char *name, int stages, int micros) {
    return errorText(makeSchedule(name, stages, micros));
  };
  EXPECT_EQ(error("gpip", 2, 2),
            "unknown schedule 'gpip', expected one of 'gpipe', '1f1b', "
            "'interleaved:V', 'zb-h1', 'zb-h2', 'zb-v', 'zb-auto[:N]', "
            "'dualpipev' or a file in CSV form, FILE.csv");
  EXPECT_EQ(error("zb-v:2", 2, 2).find("unknown schedule 'zb-v:2'"), 0u);
  for (const char *name : {"interleaved", "interleaved:", "interleaved:0",
                           "interleaved:2x", "interleaved:5000"})
    EXPECT_EQ(error(name, 2, 2),
              "schedule '" + std::string(name) +
                  "': expected 'interleaved:V' with V from 1 to 4096");
  EXPECT_EQ(
      error("zb-auto:-1", 2, 2),
      "schedule 'zb-auto:-1': expected 'zb-auto:N' with N from 1 to 4096");
  EXPECT_NE(error("gpipe", 0, 2).find("found 0 and 2"), std::string::npos);
  EXPECT_NE(error("1f1b", 2, -1).find("found 2 and -1"), std::string::npos);
  EXPECT_NE(error("1f1b", 2000000000, 2000000000).find("too much"),
            std::string::npos);
  EXPECT_NE(error("interleaved:4096", 100000, 1).find("too much"),
            std::string::npos);
}
