#include "TestPrograms.h"
#include "mpc/Schedule/Generators.h"
#include "gtest/gtest.h"
#include <nlohmann/json.hpp>

using namespace mpc::schedule;
using namespace mpc::schedule::test;

static Timeline timeOf(const char *name, int stages, int micros, double forward,
                       double backward) {
  Schedule compute = llvm::cantFail(makeSchedule(name, stages, micros));
  return simulated(completed(compute, makeChain(stages, true)),
                   plainCosts(forward, backward));
}

TEST(Simulator, GoldenStepTimes) {
  for (const char *name : {"gpipe", "1f1b"}) {
    EXPECT_EQ(timeOf(name, 4, 12, 1, 2).makespan, 45) << name;
    EXPECT_DOUBLE_EQ(timeOf(name, 4, 12, 1, 2).bubbleRatio(), 0.2) << name;
    EXPECT_EQ(timeOf(name, 1, 12, 1, 2).makespan, 36) << name;
  }
}

TEST(Simulator, BubblesFollowTheFormulas) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> duration(0.1, 4);
  for (int trial = 0; trial < 60; ++trial) {
    int stages = 1 + int(random() % 6), micros = 1 + int(random() % 12);
    double forward = duration(random), backward = duration(random);
    double ideal = micros * (forward + backward);
    double bubble = (stages - 1) * (forward + backward);
    for (const char *name : {"gpipe", "1f1b"}) {
      Timeline timeline = timeOf(name, stages, micros, forward, backward);
      EXPECT_NEAR(timeline.makespan, ideal + bubble, 1e-9)
          << name << " " << stages << " " << micros << " " << forward << " "
          << backward;
      EXPECT_NEAR(timeline.bubbleRatio(),
                  double(stages - 1) / (micros + stages - 1), 1e-9);
    }
  }
}
