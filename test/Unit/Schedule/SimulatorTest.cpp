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

/// A message on its way keeps nobody from working.
TEST(Simulator, LatencyOccupiesNobody) {
  Schedule compute = llvm::cantFail(makeSchedule("gpipe", 2, 3));
  Costs costs = plainCosts(1, 2);
  costs.latency = [](const Action &) { return 0.25; };
  Timeline timeline = simulated(completedChain(compute, costs, 0.25), costs);
  // Every forward and backward but the first is there when it is wanted.
  EXPECT_DOUBLE_EQ(timeline.makespan, 12 + 2 * 0.25);
  EXPECT_EQ(timeline.copying, (std::vector<double>{0, 0}));
  costs.latency = [](const Action &) { return -1.0; };
  EXPECT_NE(errorText(simulate(completedChain(compute, plainCosts(1, 2)),
                               makeChainFor(compute), costs))
                .find("has latency -1"),
            std::string::npos);
}

TEST(Simulator, SpansFollowTheLists) {
  Schedule schedule = completed(llvm::cantFail(makeSchedule("gpipe", 2, 1)),
                                makeChain(2, true));
  // 0F0 SEND WAIT RECV 0B0 | RECV 1F0 1B0 SEND WAIT
  Costs costs = plainCosts(1, 2);
  costs.transfer = [](const Action &) { return 0.5; };
  Timeline timeline = simulated(schedule, costs);
  ASSERT_EQ(toText(schedule.lists[1][0]), "0RECV_F0:0<0");
  EXPECT_EQ(timeline.spans[1][0].reach, 0);
  EXPECT_EQ(timeline.spans[1][0].start, 1);
  EXPECT_EQ(timeline.spans[1][0].end, 1.5);
  EXPECT_EQ(timeline.spans[1][1].end, 2.5);
  ASSERT_EQ(schedule.lists[0][2].kind, ActionKind::WaitSend);
  EXPECT_EQ(timeline.spans[0][2].reach, 1);
  EXPECT_EQ(timeline.spans[0][2].end, 1.5);
  EXPECT_EQ(timeline.makespan, 7);
  EXPECT_EQ(timeline.computing, (std::vector<double>{3, 3}));
  EXPECT_EQ(timeline.copying, (std::vector<double>{0.5, 0.5}));
  EXPECT_DOUBLE_EQ(timeline.bubbleRatio(0), 4.0 / 7);
}

/// Of four micro-batches the first copy is waited for, the others hide behind
/// compute as long as they take no longer than that.
TEST(Simulator, ReceivesRunBesideCompute) {
  Schedule compute = llvm::cantFail(makeSchedule("gpipe", 2, 4, false));
  Program program = makeChain(2, false);
  Costs costs = plainCosts(1, 2);
  auto makespan = [&](double transfer) {
    program.transferTime = transfer;
    costs.transfer = [=](const Action &) { return transfer; };
    return simulated(completed(compute, program), program, costs).makespan;
  };
  EXPECT_EQ(makespan(0), 5);
  EXPECT_EQ(makespan(0.5), 5.5);
  EXPECT_EQ(makespan(1), 6);
  EXPECT_EQ(makespan(2), 10); // 1, four copies one after the other, 1
}

TEST(Simulator, NoStepIsShorterThanItsLoadOrItsChain) {
  std::mt19937 random(13);
  for (int trial = 0; trial < 60; ++trial) {
    int stages = 2 + int(random() % 4), micros = 1 + int(random() % 5);
    Program program = makeTangle(stages);
    Schedule schedule = completed(
        randomSchedule(random, stages, 1 + int(random() % stages), micros),
        program);
    Timeline timeline = simulated(schedule, program, plainCosts(1, 2));
    double chain = 3.0 * stages;
    EXPECT_GE(timeline.makespan, chain);
    for (double load : timeline.computing)
      EXPECT_GE(timeline.makespan, load);
  }
}

TEST(Simulator, SharedCoresStretchTheWork) {
  Schedule schedule = llvm::cantFail(parseCSV("0F0\n1F0\n2F0\n"));
  Costs costs;
  costs.compute = [](int group, const Action &) { return 1.0 + group; };
  auto ends = [&](int cores) {
    costs.sharedCores = cores;
    Timeline timeline = simulated(schedule, costs);
    std::vector<double> result;
    for (const std::vector<Span> &spans : timeline.spans)
      result.push_back(spans[0].end);
    return result;
  };
  EXPECT_EQ(ends(0), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(ends(3), (std::vector<double>{1, 2, 3}));
  // One core: thirds until 3, halves until 5, then alone.
  EXPECT_EQ(ends(1), (std::vector<double>{3, 5, 6}));
  // Two cores: at 2/3 speed until 1.5, then full speed.
  EXPECT_EQ(ends(2), (std::vector<double>{1.5, 2.5, 3.5}));
}

TEST(Simulator, BlockedGroupsLeaveTheirCores) {
  Schedule schedule = completed(llvm::cantFail(makeSchedule("gpipe", 4, 1)),
                                makeChain(4, true));
  Costs costs = plainCosts(1, 2);
  costs.sharedCores = 1;
  EXPECT_EQ(simulated(schedule, costs).makespan, 12);
}

TEST(Simulator, BadCostsAndListsAreErrors) {
  Schedule schedule = llvm::cantFail(parseCSV("0F0\n1F0\n"));
  EXPECT_EQ(
      errorText(simulate(schedule, makeChainFor(schedule), plainCosts(-1, 0))),
      "group 0: '0F0' has duration -1");
  EXPECT_EQ(
      errorText(simulate(llvm::cantFail(parseCSV("0F0\n0RECV_F0:0<0,1F0")),
                         makeChain(2, false), plainCosts(1, 1))),
      "group 1: recv of edge 0 for micro-batch 0 has no matching send on "
      "group 0");
}

TEST(Simulator, TraceHasTheActionIdsAndNothingThatOverlaps) {
  Schedule schedule =
      completed(llvm::cantFail(makeSchedule("1f1b", 3, 2)), makeChain(3, true));
  Timeline timeline = simulated(schedule, plainCosts(1e-3, 2e-3));
  nlohmann::json trace = toChromeTrace(schedule, timeline, {{0}, {1}, {2}});
  int names = 0;
  int64_t id = 0;
  std::map<std::pair<int, int>, double> ends; // by track
  for (const nlohmann::json &event : trace["traceEvents"]) {
    if (event["ph"] == "M") {
      ++names;
      continue;
    }
    int group = event["tid"], index = event["args"]["index"];
    EXPECT_EQ(event["args"]["id"], id++);
    EXPECT_EQ(actionId(schedule, group, index), id - 1);
    EXPECT_EQ(event["name"], toText(schedule.lists[group][index]));
    EXPECT_DOUBLE_EQ(event["ts"].get<double>() + event["dur"].get<double>(),
                     timeline.spans[group][index].end * 1e6);
    double &end = ends[{event["pid"], event["tid"]}];
    EXPECT_GE(event["ts"].get<double>(), end - 1e-6);
    end = event["ts"].get<double>() + event["dur"].get<double>();
  }
  EXPECT_EQ(names, 2 * (1 + 3));
  EXPECT_EQ(id, int64_t(schedule.lists[0].size() + schedule.lists[1].size() +
                        schedule.lists[2].size()));
}
