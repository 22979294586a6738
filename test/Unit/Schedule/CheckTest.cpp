#include "mpc/Schedule/Check.h"
#include "TestPrograms.h"
#include "mpc/Schedule/Generators.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

using namespace mpc::schedule;
using namespace mpc::schedule::test;

static Schedule sampleSchedule(const Program &program, int stages) {
  return completed(llvm::cantFail(makeSchedule("1f1b", stages, 3)), program);
}

static std::string computeError(llvm::StringRef csv) {
  return errorText(checkCompute(llvm::cantFail(parseCSV(csv))));
}

/// What an error about `action` must mention.
static std::string nameOf(const Action &action, const Program &program) {
  if (!isTransfer(action.kind))
    return llvm::formatv("'{0}'", toText(action));
  std::string micro;
  if (action.micro >= 0)
    micro = llvm::formatv(" for micro-batch {0}", action.micro);
  return llvm::formatv("of edge {0} ('{1}'){2}", action.edge,
                       program.edges[action.edge].name, micro);
}

TEST(Check, RemovingAnyActionNamesIt) {
  Program program = makeTangle(3);
  Schedule schedule = sampleSchedule(program, 3);
  for (int group = 0; group < 3; ++group)
    for (size_t index = 0; index < schedule.lists[group].size(); ++index) {
      Schedule broken = schedule;
      std::vector<Action> &list = broken.lists[group];
      Action removed = list[index];
      list.erase(list.begin() + index);
      std::string error = errorText(check(broken, program));
      EXPECT_NE(error.find(nameOf(removed, program)), std::string::npos)
          << toText(removed) << ": " << error;
    }
}

TEST(Check, RepeatingAnyActionNamesIt) {
  Program program = makeTangle(3);
  Schedule schedule = sampleSchedule(program, 3);
  for (int group = 0; group < 3; ++group)
    for (size_t index = 0; index < schedule.lists[group].size(); ++index) {
      Schedule broken = schedule;
      broken.lists[group].push_back(broken.lists[group][index]);
      std::string error = errorText(check(broken, program));
      EXPECT_NE(error.find(nameOf(schedule.lists[group][index], program)),
                std::string::npos)
          << error;
    }
}

TEST(Check, LosingAWholeMessage) {
  Program program = makeChain(2, false);
  Schedule schedule = sampleSchedule(makeChain(2, true), 2);
  schedule =
      completed(llvm::cantFail(makeSchedule("gpipe", 2, 1, false)), program);
  for (std::vector<Action> &list : schedule.lists)
    std::erase_if(list, [](const Action &a) { return isTransfer(a.kind); });
  EXPECT_EQ(errorText(check(schedule, program)),
            "group 0: send of edge 0 ('h0') for micro-batch 0 to group 1 is "
            "missing");
}

TEST(Check, MissingSendReadsWell) {
  Program program = makeChain(3, true);
  Schedule schedule = sampleSchedule(program, 3);
  std::erase_if(schedule.lists[0], [](const Action &action) {
    return action.kind == ActionKind::Send && action.micro == 2;
  });
  EXPECT_EQ(errorText(check(schedule, program)),
            "group 1: recv of edge 0 ('h0') for micro-batch 2 has no matching "
            "send on group 0");
}

TEST(Check, SwapsAreLegalOrNamed) {
  // A swap of neighbours that do not depend on each other may stay legal; every
  // other one must be found, and what the check accepts must really run.
  Program program = makeTangle(3);
  Schedule schedule = sampleSchedule(program, 3);
  int rejected = 0;
  for (int group = 0; group < 3; ++group)
    for (size_t index = 1; index < schedule.lists[group].size(); ++index) {
      Schedule swapped = schedule;
      std::swap(swapped.lists[group][index - 1], swapped.lists[group][index]);
      std::string error = errorText(check(swapped, program));
      rejected += !error.empty();
      if (error.empty())
        simulated(swapped, program, plainCosts(1, 2));
    }
  EXPECT_GT(rejected, 20);
}

TEST(Check, ConsumerBeforeItsReceive) {
  Program program = makeChain(2, false);
  Schedule schedule = llvm::cantFail(
      parseCSV("0F0,0SEND_F0:0>1,0WAIT_F0:0>1\n1F0,0RECV_F0:0<0\n"));
  EXPECT_EQ(errorText(check(schedule, program)),
            "group 1: '1F0' must come after recv of edge 0 ('h0') for "
            "micro-batch 0 (edge 0, 'h0')");
}

TEST(Check, ChannelsAreFirstInFirstOut) {
  Program program = makeChain(2, false);
  Schedule schedule = llvm::cantFail(
      parseCSV("0F0,0SEND_F0:0>1,0F1,0SEND_F1:0>1,0WAIT_F0:0>1,0WAIT_F1:0>1\n"
               "0RECV_F1:0<0,0RECV_F0:0<0,1F0,1F1\n"));
  EXPECT_EQ(errorText(check(schedule, program)),
            "group 1: recv of edge 0 ('h0') for micro-batch 1 is out of order, "
            "group 0's next message is the send of edge 0 ('h0') for "
            "micro-batch 0");
}

TEST(Check, DeadlocksAreFound) {
  ProgramBuilder builder;
  int left = builder.body(ActionKind::Forward, 0);
  int right = builder.body(ActionKind::Forward, 1);
  int leftLoss = builder.body(ActionKind::Backward, 0);
  int rightLoss = builder.body(ActionKind::Backward, 1);
  builder.edge("a", left, {rightLoss});
  builder.edge("b", right, {leftLoss});
  Schedule schedule = llvm::cantFail(
      parseCSV("0F0,0SEND_F0:0>1,0WAIT_F0:0>1,1RECV_F0:1<1,0B0\n"
               "1F0,1SEND_F0:1>0,1WAIT_F0:1>0,0RECV_F0:0<0,1B0\n"));
  EXPECT_EQ(errorText(check(schedule, builder.program)),
            "deadlock: group 0 waits in wait_send of edge 0 ('a') for "
            "micro-batch 0 for group 1, which waits in wait_send of edge 1 "
            "('b') for micro-batch 0");
  EXPECT_NE(
      errorText(simulate(schedule, makeChainFor(schedule), plainCosts(1, 2)))
          .find("deadlock"),
      std::string::npos);
}

TEST(Check, TransfersMustDescribeTheirEdge) {
  Program program = makeChain(2, false);
  auto error = [&](const char *csv) {
    return errorText(check(llvm::cantFail(parseCSV(csv)), program));
  };
  EXPECT_EQ(error("0F0,0SEND_F0:7>1\n1F0\n"),
            "group 0: '0SEND_F0:7>1' names edge 7, the program has 1");
  EXPECT_EQ(error("0F0,0SEND_B0:0>1\n1F0\n"),
            "group 0: '0SEND_B0:0>1' does not describe edge 0 ('h0'), the "
            "forward result of chunk 0, for each micro-batch");
  EXPECT_EQ(error("0F0\n1F0,0SEND_F0:0>0\n"),
            "group 1: send of edge 0 ('h0') for micro-batch 0 comes from group "
            "1, where nothing produces it");
}

TEST(Check, ComputeRules) {
  EXPECT_EQ(computeError("0F0,0F1,0I0,0W0,0B1\n"), "");
  EXPECT_EQ(computeError("0F0,0F1,0B1,0B0\n"),
            "group 0: '0B0' accumulates gradients after micro-batch 1, "
            "expected ascending micro-batches");
  EXPECT_EQ(computeError("0F0,0F0\n"),
            "group 0: '0F0' appears twice, at positions 0 and 1");
  EXPECT_EQ(computeError("0F0\n1F0,1B0\n"),
            "group 0: the backward of '0F0' is missing, expected '0B0', or "
            "'0I0' and '0W0'");
  EXPECT_EQ(computeError("0F0,0B0,0W0\n"),
            "group 0: '0W0' repeats a part of '0B0'");
  EXPECT_EQ(computeError("0F0,0I0\n"), "group 0: '0W0' is missing");
  EXPECT_EQ(computeError("0F0,0W0\n"), "group 0: '0I0' is missing");
  EXPECT_EQ(computeError("0F0,0W0,0I0\n"),
            "group 0: '0W0' must come after '0I0'");
  EXPECT_EQ(computeError("0B0,0F0\n"), "group 0: '0B0' must come after '0F0'");
  EXPECT_EQ(computeError("0F1\n1F0,1F1\n"), "group 0: '0F0' is missing");
}

TEST(Check, OnceAStepActionsKeepTheirPhases) {
  ProgramBuilder builder;
  builder.body(ActionKind::Prepare, 0);
  builder.body(ActionKind::Forward, 0);
  builder.body(ActionKind::Update, 0, 0);
  builder.body(ActionKind::Update, 0, 1);
  auto error = [&](const char *csv) {
    return errorText(check(llvm::cantFail(parseCSV(csv)), builder.program));
  };
  EXPECT_EQ(error("0PREPARE,0F0,0UPDATE,0UPDATE.1\n"), "");
  EXPECT_EQ(error("0F0,0PREPARE,0UPDATE,0UPDATE.1\n"),
            "group 0: '0PREPARE' must come before '0F0'");
  EXPECT_EQ(error("0PREPARE,0UPDATE,0F0,0UPDATE.1\n"),
            "group 0: '0F0' must come before '0UPDATE'");
  EXPECT_EQ(error("0PREPARE,0F0,0UPDATE.1,0UPDATE\n"),
            "group 0: '0UPDATE' must come before '0UPDATE.1'");
}
