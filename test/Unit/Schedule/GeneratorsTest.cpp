#include "mpc/Schedule/Generators.h"
#include "TestPrograms.h"
#include "mpc/Schedule/Check.h"
#include "gtest/gtest.h"
#include <algorithm>

using namespace mpc::schedule;
using namespace mpc::schedule::test;

static int peakActivations(const std::vector<Action> &list) {
  int live = 0, peak = 0;
  for (const Action &action : list) {
    live += action.kind == ActionKind::Forward ? 1 : -1;
    peak = std::max(peak, live);
  }
  return peak;
}

TEST(Generators, OneForwardOneBackwardLooksLikeTheTextbook) {
  EXPECT_EQ(printCSV(llvm::cantFail(makeSchedule("1f1b", 2, 3))),
            "0F0,0F1,0B0,0F2,0B1,0B2\n"
            "1F0,1B0,1F1,1B1,1F2,1B2\n");
}

TEST(Generators, EveryShapeIsLegal) {
  for (int stages = 1; stages <= 6; ++stages)
    for (int micros = 1; micros <= 9; ++micros)
      for (bool backward : {false, true})
        for (const std::string &name : scheduleNames()) {
          Schedule schedule =
              llvm::cantFail(makeSchedule(name, stages, micros, backward));
          EXPECT_EQ(errorText(checkCompute(schedule)), "") << name;
          Program program = makeChain(stages, backward);
          EXPECT_EQ(errorText(check(completed(schedule, program), program)),
                    "");
        }
}

TEST(Generators, PeakActivations) {
  for (int stages = 1; stages <= 6; ++stages)
    for (int micros = 1; micros <= 9; ++micros) {
      Schedule gpipe = llvm::cantFail(makeSchedule("gpipe", stages, micros));
      Schedule f1b1 = llvm::cantFail(makeSchedule("1f1b", stages, micros));
      for (int stage = 0; stage < stages; ++stage) {
        EXPECT_EQ(peakActivations(gpipe.lists[stage]), micros);
        EXPECT_EQ(peakActivations(f1b1.lists[stage]),
                  std::min(micros, stages - stage));
      }
    }
}

TEST(Generators, RefusedNamesAndCounts) {
  auto error = [](const char *name, int stages, int micros) {
    return errorText(makeSchedule(name, stages, micros));
  };
  for (const char *name :
       {"interleaved:2", "zb-h1", "zb-h2", "zb-v", "dualpipev"})
    EXPECT_EQ(error(name, 2, 2),
              std::string("there is no generator yet for schedule '") + name +
                  "', expected one of 'gpipe', '1f1b' or a schedule in CSV "
                  "form");
  EXPECT_EQ(error("gpip", 2, 2).find("unknown schedule 'gpip'"), 0u);
  EXPECT_NE(error("gpipe", 0, 2).find("found 0 and 2"), std::string::npos);
  EXPECT_NE(error("1f1b", 2, -1).find("found 2 and -1"), std::string::npos);
  EXPECT_NE(error("1f1b", 2000000000, 2000000000).find("too much"),
            std::string::npos);
}
