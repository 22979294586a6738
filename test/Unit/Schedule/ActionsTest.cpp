#include "TestPrograms.h"
#include "mpc/Schedule/Check.h"
#include "mpc/Schedule/Generators.h"
#include "gtest/gtest.h"
#include <nlohmann/json.hpp>

using namespace mpc::schedule;
using namespace mpc::schedule::test;

static std::string csvError(llvm::StringRef text) {
  return errorText(parseCSV(text));
}

TEST(Actions, CellsOfEveryKind) {
  using Kind = ActionKind;
  const std::pair<Action, const char *> cells[] = {
      {{Kind::Forward, 2, 0}, "2F0"},
      {{Kind::Backward, 2, 10}, "2B10"},
      {{Kind::InputGrad, 0, 1}, "0I1"},
      {{Kind::WeightGrad, 12, 3}, "12W3"},
      {{Kind::Prepare, 1, -1}, "1PREPARE"},
      {{Kind::Update, 1, -1, 2}, "1UPDATE.2"},
      {{Kind::Send, 0, 1, 0, Kind::Forward, 3, 1, 2}, "0SEND_F1:3>2"},
      {{Kind::Recv, 0, 1, 0, Kind::WeightGrad, 3, 2, 1}, "0RECV_W1:3<2"},
      {{Kind::WaitSend, 0, -1, 0, Kind::Prepare, 4, 1, 0}, "0WAIT_P:4>0"},
      {{Kind::Send, 5, -1, 0, Kind::Update, 0, 1, 7}, "5SEND_U:0>7"},
  };
  for (const auto &[action, text] : cells) {
    EXPECT_EQ(toText(action), text);
    llvm::Expected<Action> parsed = parseAction(text, 1);
    ASSERT_TRUE(bool(parsed)) << errorText(parsed.takeError());
    EXPECT_EQ(*parsed, action) << text;
  }
}

TEST(Actions, CompleteSchedulesSurviveTextAndJSON) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 20; ++trial) {
    int stages = 2 + trial % 4;
    Schedule schedule =
        completed(randomSchedule(random, stages, 1 + trial % stages, 3),
                  makeTangle(stages));
    llvm::Expected<Schedule> parsed = parseCSV(printCSV(schedule));
    ASSERT_TRUE(bool(parsed)) << errorText(parsed.takeError());
    EXPECT_EQ(*parsed, schedule);
    llvm::Expected<Schedule> read =
        fromJSON(nlohmann::json::parse(toJSON(schedule).dump()));
    ASSERT_TRUE(bool(read)) << errorText(read.takeError());
    EXPECT_EQ(*read, schedule);
  }
}

TEST(Actions, BubblesAndCommentsCarryNoMeaning) {
  Schedule plain = llvm::cantFail(parseCSV("0F0,0B0\n1F0,1B0\n"));
  Schedule spaced = llvm::cantFail(
      parseCSV("# one micro-batch\r\n0F0, , ,0B0\r\n\n,1F0,1B0,"));
  EXPECT_EQ(plain, spaced);
  EXPECT_EQ(plain.chunkToGroup, (std::vector<int>{0, 1}));
}

TEST(Actions, IdleGroupKeepsItsRow) {
  Schedule schedule = llvm::cantFail(parseCSV("0F0\n,\n1F0\n"));
  EXPECT_EQ(schedule.numGroups, 3);
  EXPECT_EQ(llvm::cantFail(parseCSV(printCSV(schedule))), schedule);
}

TEST(Actions, CSVErrorsNameRowAndColumn) {
  EXPECT_EQ(csvError("0F0\n1F0,,1X0")
                .find("row 2, column 3: unknown action "
                      "'1X0', expected"),
            0u);
  EXPECT_EQ(csvError("0F0,1F0\n1F1"),
            "row 2, column 1: chunk 1 is already on row 1, a chunk belongs to "
            "one group");
  EXPECT_NE(csvError("(0F0;1B0)OVERLAP_F_B").find("two cells"),
            std::string::npos);
  EXPECT_NE(csvError("0F0,2F0").find("chunk 1 has no action"),
            std::string::npos);
  EXPECT_NE(csvError("0F9").find("micro-batch 9"), std::string::npos);
  EXPECT_NE(csvError("0F0,0SEND_F0:0>5").find("group that does not exist"),
            std::string::npos);
  EXPECT_NE(csvError("0F99999999999999999999").find("unknown action"),
            std::string::npos);
  EXPECT_NE(csvError(" \n").find("empty"), std::string::npos);
}

TEST(Actions, MalformedJSONIsAnError) {
  auto error = [](const char *text) {
    return errorText(fromJSON(nlohmann::json::parse(text)));
  };
  EXPECT_NE(error("[]").find("malformed schedule"), std::string::npos);
  EXPECT_NE(error(R"({"micro_batches": 1, "chunk_to_group": [0],
                      "lists": [["0F0", "0Q"]]})")
                .find("list 0, action 1: unknown action '0Q'"),
            std::string::npos);
  EXPECT_NE(error(R"({"micro_batches": 1, "chunk_to_group": [3],
                      "lists": [["0F0"]]})")
                .find("chunk 0 is on group 3"),
            std::string::npos);
}

TEST(Actions, IdsCountThroughTheLists) {
  Schedule schedule = llvm::cantFail(makeSchedule("gpipe", 3, 2));
  EXPECT_EQ(actionId(schedule, 0, 3), 3);
  EXPECT_EQ(actionId(schedule, 2, 1), 9);
}

TEST(Actions, DamagedTextIsReadOrRefused) {
  std::mt19937 random(17);
  std::string whole = printCSV(
      completed(llvm::cantFail(makeSchedule("1f1b", 3, 3)), makeTangle(3)));
  const char alphabet[] = "0123456789FBIWSENDRCVAUPT_.:<>,\n -";
  int readable = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    std::string text = whole;
    for (int change = 0; change < 1 + trial % 3; ++change)
      text[random() % text.size()] =
          alphabet[random() % (sizeof(alphabet) - 1)];
    llvm::Expected<Schedule> schedule = parseCSV(text);
    if (!schedule) {
      EXPECT_NE(errorText(schedule.takeError()), "");
      continue;
    }
    ++readable;
    EXPECT_EQ(llvm::cantFail(parseCSV(printCSV(*schedule))), *schedule);
    llvm::consumeError(check(*schedule, makeTangle(3)));
    llvm::consumeError(
        simulate(*schedule, makeChainFor(*schedule), plainCosts(1, 2))
            .takeError());
  }
  EXPECT_GT(readable, 30);
}
