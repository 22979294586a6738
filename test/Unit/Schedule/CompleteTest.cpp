#include "TestPrograms.h"
#include "mpc/Schedule/Check.h"
#include "mpc/Schedule/Generators.h"
#include "gtest/gtest.h"

using namespace mpc::schedule;
using namespace mpc::schedule::test;

static std::string completionError(llvm::StringRef csv,
                                   const Program &program) {
  return errorText(complete(llvm::cantFail(parseCSV(csv)), program));
}

TEST(Complete, TheSmallestPipeline) {
  Schedule schedule = completed(llvm::cantFail(makeSchedule("gpipe", 2, 2)),
                                makeChain(2, true));
  EXPECT_EQ(printCSV(schedule),
            "0F0,0SEND_F0:0>1,0F1,0SEND_F1:0>1,0WAIT_F0:0>1,0WAIT_F1:0>1,"
            "1RECV_B0:3<1,0B0,1RECV_B1:3<1,0B1\n"
            "0RECV_F0:0<0,1F0,0RECV_F1:0<0,1F1,1B0,1SEND_B0:3>0,"
            "1B1,1SEND_B1:3>0,1WAIT_B0:3>0,1WAIT_B1:3>0\n");
}

TEST(Complete, TheExampleOfTheDocumentation) {
  Schedule schedule =
      completed(llvm::cantFail(makeSchedule("1f1b", 2, 2)), makeChain(2, true));
  EXPECT_EQ(printCSV(schedule),
            "0F0,0SEND_F0:0>1,0F1,0SEND_F1:0>1,0WAIT_F0:0>1,0WAIT_F1:0>1,"
            "1RECV_B0:3<1,0B0,1RECV_B1:3<1,0B1\n"
            "0RECV_F0:0<0,1F0,0RECV_F1:0<0,1B0,1SEND_B0:3>0,1F1,1WAIT_B0:"
            "3>0,1B1,1SEND_B1:3>0,1WAIT_B1:3>0\n");
}

TEST(Complete, NoTransfersInsideAGroup) {
  Schedule schedule = completed(llvm::cantFail(parseCSV("0F0,1F0,1B0,0B0\n")),
                                makeChain(2, true));
  EXPECT_EQ(printCSV(schedule), "0F0,1F0,1B0,0B0\n");
}

TEST(Complete, OnceAStepValuesCrossOnce) {
  Program program = makeTangle(3);
  Schedule schedule =
      completed(llvm::cantFail(makeSchedule("1f1b", 3, 4)), program);
  EXPECT_EQ(errorText(check(schedule, program)), "");
  auto countSends = [&](llvm::StringRef edge) {
    int count = 0;
    for (const std::vector<Action> &list : schedule.lists)
      for (const Action &action : list)
        count += action.kind == ActionKind::Send &&
                 program.edges[action.edge].name == edge;
    return count;
  };
  EXPECT_EQ(countSends("weight"), 1);
  EXPECT_EQ(countSends("cast"), 0);
  EXPECT_EQ(countSends("tied"), 1);
  EXPECT_EQ(countSends("skip"), 4);
  EXPECT_EQ(countSends("scale"), 2);
  EXPECT_EQ(schedule.lists[0].front().kind, ActionKind::Prepare);
  EXPECT_EQ(toText(schedule.lists[1].back()), "1UPDATE.2");
}

TEST(Complete, RandomInterleavingsPassTheCheck) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 200; ++trial) {
    int stages = 2 + int(random() % 5);
    int groups = 1 + int(random() % stages);
    Program program = makeTangle(stages);
    Schedule compute =
        randomSchedule(random, stages, groups, 1 + int(random() % 6));
    for (Body &body : program.bodies)
      body.time = int(random() % 4);
    Schedule schedule = completed(compute, program);
    EXPECT_EQ(errorText(check(schedule, program)), "") << printCSV(compute);
  }
}

TEST(Complete, ListsThatCannotRun) {
  EXPECT_EQ(completionError("0F0,0F1\n1F1,1F0\n", makeChain(2, false)), "");
  EXPECT_EQ(completionError("1F0,0F0\n", makeChain(2, false)),
            "no progress: group 0 stops at '1F0', which needs edge 0 ('h0') "
            "from '0F0' on group 0");
  EXPECT_EQ(completionError("0F0,2F0\n1F0\n", makeChain(3, false)), "");
  EXPECT_EQ(completionError("2F0,0F0\n1F0\n", makeChain(3, false)),
            "no progress: group 0 stops at '2F0', which needs edge 1 ('h1') "
            "from '1F0' on group 1");
}

TEST(Complete, ScheduleAndProgramMustAgree) {
  EXPECT_EQ(completionError("0F0,0B0\n", makeChain(1, false)),
            "group 0: the program has no backward body for '0B0'");
  EXPECT_EQ(completionError("0F0\n", makeChain(1, true)),
            "the schedule never runs the backward of chunk 0, which the "
            "program has");
  EXPECT_EQ(completionError("0F0\n", makeChain(2, false)),
            "body 1 belongs to a chunk that does not exist");
  EXPECT_EQ(completionError("0F0,0UPDATE\n", makeChain(1, false)),
            "group 0: '0UPDATE' is not expected before completion, which adds "
            "transfers and what happens once a step");
}

TEST(Complete, MalformedProgramsAreRefused) {
  Schedule schedule = llvm::cantFail(makeSchedule("gpipe", 2, 2, false));
  auto error = [&](auto change) {
    Program program = makeChain(2, false);
    change(program);
    return errorText(complete(schedule, program));
  };
  EXPECT_EQ(error([](Program &p) { p.edges[0].producer = 9; }),
            "edge 0 ('h0') has a producer that does not exist");
  EXPECT_EQ(error([](Program &p) { p.edges[0].consumers = {-1}; }),
            "edge 0 ('h0') has a consumer that does not exist");
  EXPECT_EQ(error([](Program &p) { p.edges[0].bytes = -4; }),
            "edge 0 ('h0') has negative bytes");
  EXPECT_EQ(error([](Program &p) { p.bodies[1].time = -1; }),
            "body 1 has a time that is negative or not finite");
  EXPECT_EQ(error([](Program &p) { p.bodies.push_back(p.bodies[0]); }),
            "bodies 0 and 2 are both the forward of chunk 0, part 0");
  EXPECT_EQ(error([](Program &p) {
              p.bodies.push_back({ActionKind::Prepare, 0});
              p.edges.push_back({"w", 2, {0}, 4, true});
            }),
            "edge 1 ('w') has a value for each micro-batch but a producer that "
            "runs once a step");
}
