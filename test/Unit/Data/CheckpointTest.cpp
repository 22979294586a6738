#include "mpc/Data/Checkpoint.h"
#include "TestFiles.h"
#include <algorithm>
#include <chrono>
#include <sys/mount.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace mpc::data;
using namespace mpc::data::test;

namespace {
class CheckpointTest : public TempDirTest {
protected:
  std::string run() const { return at("run"); }
  std::string statePath(int64_t step) const {
    return "run/step-" + std::to_string(step) + "/state.json";
  }
};
} // namespace

static const std::vector<TensorSpec> specs = {
    {"w", ElementType::F32, {64, 128}}, {"w.m", ElementType::F32, {64, 128}}};

/// Both tensors hold `value` everywhere.
static std::string saveInto(llvm::StringRef directory, int64_t step,
                            float value, int64_t keepLast = 3) {
  std::vector<float> values(64 * 128, value);
  llvm::ArrayRef<char> bytes(reinterpret_cast<char *>(values.data()),
                             values.size() * sizeof(float));
  TrainingState state{step, {step / 10, step % 10}, ~uint64_t{0}, {}};
  state.hashes["model"] = "abc";
  auto writer = CheckpointWriter::create(directory, state, specs);
  if (!writer)
    return messageOf(writer.takeError());
  for (const TensorSpec &spec : specs)
    if (llvm::Error error = writer->write(spec.name, bytes))
      return messageOf(std::move(error));
  return messageOf(writer->commit(keepLast));
}

/// Every element, where all are equal.
static float valueIn(const Checkpoint &checkpoint) {
  HostArray w = unwrap(checkpoint.tensors().read("w"));
  HostArray m = unwrap(checkpoint.tensors().read("w.m"));
  EXPECT_EQ(w.bytes(), m.bytes());
  llvm::ArrayRef<float> values = std::as_const(w).as<float>();
  EXPECT_EQ(std::count(values.begin(), values.end(), values[0]), 64 * 128);
  return values[0];
}

TEST_F(CheckpointTest, roundTripsStateAndTensors) {
  ASSERT_EQ(saveInto(run(), 25, 1.5f), "");
  for (const std::string &path : {run(), run() + "/step-25"}) {
    Checkpoint checkpoint = unwrap(Checkpoint::open(path));
    EXPECT_EQ(checkpoint.path(), run() + "/step-25");
    EXPECT_EQ(checkpoint.state().step, 25);
    EXPECT_EQ(checkpoint.state().cursor, (Cursor{2, 5}));
    EXPECT_EQ(checkpoint.state().seed, ~uint64_t{0});
    EXPECT_EQ(checkpoint.state().hashes.at("model"), "abc");
    EXPECT_EQ(valueIn(checkpoint), 1.5f);
  }
  EXPECT_EQ(listing("run/step-25"), "model.safetensors state.json");
}

TEST_F(CheckpointTest, boxesOfOneMeshLoadAsBoxesOfAnother) {
  std::vector<float> half(64 * 64);
  CheckpointWriter writer = unwrap(CheckpointWriter::create(
      run(), {}, {{"w", ElementType::F32, {64, 128}}}));
  for (int64_t column : {0, 64}) {
    for (int64_t i = 0; i < 64 * 64; ++i)
      half[i] = static_cast<float>(i / 64 * 128 + column + i % 64);
    ASSERT_GOOD(writer.writeBox(
        "w", {{0, column}, {64, 64}},
        {reinterpret_cast<char *>(half.data()), half.size() * sizeof(float)}));
  }
  ASSERT_GOOD(writer.commit(1));
  Checkpoint checkpoint = unwrap(Checkpoint::open(run()));
  for (int64_t row = 0; row < 64; row += 16) {
    HostArray rows =
        unwrap(checkpoint.tensors().readBox("w", {{row, 0}, {16, 128}}));
    for (int64_t i = 0; i < rows.count(); ++i)
      ASSERT_EQ(rows.as<float>()[i], row * 128 + i);
  }
}

TEST_F(CheckpointTest, keepsTheLastOnes) {
  for (int64_t step : {10, 9, 100, 200})
    ASSERT_EQ(saveInto(run(), step, 1, 2), "");
  EXPECT_EQ(checkpointSteps(run()), (std::vector<int64_t>{100, 200}));
  EXPECT_EQ(listing("run"), "step-100 step-200");
}

TEST_F(CheckpointTest, theNewestIsTheOneWrittenLast) {
  for (int64_t step : {50, 100})
    ASSERT_EQ(saveInto(run(), step, 1), "");
  ASSERT_EQ(saveInto(run(), 60, 2), ""); // after going back to 50
  EXPECT_EQ(unwrap(Checkpoint::open(run())).state().step, 60);
}

TEST_F(CheckpointTest, oneOfTheSameStepIsReplaced) {
  ASSERT_EQ(saveInto(run(), 5, 1), "");
  ASSERT_EQ(saveInto(run(), 5, 2), "");
  EXPECT_EQ(valueIn(unwrap(Checkpoint::open(run()))), 2);
  EXPECT_EQ(listing("run"), "step-5");
}

TEST_F(CheckpointTest, withoutCommitNothingIsLeft) {
  ASSERT_EQ(saveInto(run(), 1, 1), "");
  {
    CheckpointWriter writer =
        unwrap(CheckpointWriter::create(run(), {2, {}, 0, {}}, specs));
    EXPECT_EQ(listing("run"), "step-1 step-2.tmp");
    EXPECT_FAILS(writer.commit(1), "has 0 of its 8192 elements");
  }
  EXPECT_EQ(listing("run"), "step-1");
}

TEST_F(CheckpointTest, leftoversOfKilledRunsGoWithTheNextCommit) {
  ASSERT_EQ(saveInto(run(), 1, 1), "");
  llvm::sys::fs::create_directory(run() + "/step-7.tmp");
  llvm::sys::fs::create_directory(run() + "/step-07");
  write("run/notes.tmp", "mine");
  EXPECT_EQ(unwrap(Checkpoint::open(run())).state().step, 1);
  ASSERT_EQ(saveInto(run(), 2, 1), "");
  EXPECT_EQ(listing("run"), "notes.tmp step-07 step-1 step-2");
}

TEST_F(CheckpointTest, aKillAtAnyMomentLeavesAWholeOne) {
  auto start = std::chrono::steady_clock::now();
  ASSERT_EQ(saveInto(run(), 0, 0, 2), "");
  auto oneSave = std::chrono::steady_clock::now() - start;
  int64_t newest = 0;
  auto killAfter = [&](std::chrono::steady_clock::duration time) {
    pid_t child = ::fork();
    if (child == 0) {
      for (int64_t step = newest;; ++step) // replaces one, then goes on
        if (!saveInto(run(), step, static_cast<float>(step), 2).empty())
          ::_exit(1);
    }
    std::this_thread::sleep_for(time);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    Checkpoint checkpoint = unwrap(Checkpoint::open(run()));
    EXPECT_GE(checkpoint.state().step, newest);
    newest = checkpoint.state().step;
    EXPECT_EQ(valueIn(checkpoint), static_cast<float>(newest));
  };
  for (int kill = 0; kill < 25; ++kill)
    killAfter(oneSave * (kill + 1) / 8); // to 3 saves
  // On a busy machine the child may not have saved once.
  for (auto time = 4 * oneSave; newest == 0 && time < std::chrono::seconds(20);
       time *= 2)
    killAfter(time);
  EXPECT_GT(newest, 0);
}

TEST_F(CheckpointTest, aFullDiskLeavesTheOneBefore) {
  ASSERT_EQ(saveInto(run(), 1, 1), "");
  std::string message;
  {
    FileSizeLimit limit(10000);
    message = saveInto(run(), 2, 2);
  }
  EXPECT_NE(message.find("File too large"), std::string::npos) << message;
  EXPECT_EQ(listing("run"), "step-1");

  llvm::sys::fs::create_directory(at("small"));
  if (::mount("none", at("small").c_str(), "tmpfs", 0, "size=128k") != 0)
    GTEST_SKIP() << "may not mount a small file system";
  EXPECT_EQ(saveInto(at("small"), 1, 1), "");
  message = saveInto(at("small"), 2, 2);
  std::string left = listing("small");
  EXPECT_EQ(valueIn(unwrap(Checkpoint::open(at("small")))), 1);
  ::umount2(at("small").c_str(), MNT_DETACH);
  EXPECT_NE(message.find("No space left on device"), std::string::npos)
      << message;
  EXPECT_EQ(left, "step-1");
}

TEST_F(CheckpointTest, refusesOtherModels) {
  ASSERT_EQ(saveInto(run(), 1, 1), "");
  Checkpoint checkpoint = unwrap(Checkpoint::open(run()));
  EXPECT_GOOD(checkpoint.checkTensors(specs));
  EXPECT_FAILS(checkpoint.checkTensors(
                   {specs[0], {"w.m", ElementType::BF16, {64, 128}}}),
               "'w.m': expected BF16 [64, 128], found F32 [64, 128]");
  EXPECT_FAILS(
      checkpoint.checkTensors(
          {{"w", ElementType::F32, {128, 64}}, {"b", ElementType::F32, {128}}}),
      "tensor 'w': expected F32 [128, 64], found F32 [64, 128]; tensor "
      "'b' is missing; tensor 'w.m' is not in the model");
  EXPECT_GOOD(checkpoint.checkHashes({{"model", "abc"}, {"data", "d"}}));
  EXPECT_FAILS(checkpoint.checkHashes({{"model", "abd"}}),
               "is of another model: expected 'abd', found 'abc'");
}

TEST_F(CheckpointTest, refusesDamagedOnes) {
  EXPECT_FAILS(Checkpoint::open(run()), "holds none that is complete");
  ASSERT_EQ(saveInto(run(), 1, 1), "");
  ASSERT_EQ(saveInto(run(), 2, 2), "");
  std::string state = readBack(at(statePath(2)));
  auto withState = [&](std::string text) {
    write(statePath(2), text);
    return messageOf(Checkpoint::open(run() + "/step-2"));
  };
  EXPECT_EQ(withState(state), "");
  forEachTruncation(llvm::StringRef(state).rtrim(), [&](llvm::StringRef cut) {
    EXPECT_NE(withState(cut.str()), "");
  });
  forEachDamage(state, [&](llvm::StringRef bad) { withState(bad.str()); });
  auto replaced = [&](std::string from, std::string to) {
    std::string text = state;
    text.replace(text.find(from), from.size(), to);
    return withState(text);
  };
  EXPECT_NE(replaced("\"step\": 2", "\"step\": -2").find("'step' must be"),
            std::string::npos);
  EXPECT_NE(replaced("\"version\": 1", "\"version\": 9").find("expected 1"),
            std::string::npos);
  EXPECT_NE(replaced("\"18446744073709551615\"", "\"18446744073709551616\"")
                .find("below 2^64"),
            std::string::npos);
  EXPECT_NE(replaced("\"abc\"", "7").find("must be a string"),
            std::string::npos);
  EXPECT_FAILS(Checkpoint::open(run()), "step-2/state.json");
  write(statePath(2), state);
  write("run/step-2/model.safetensors", "cut");
  EXPECT_FAILS(Checkpoint::open(run()), "step-2/model.safetensors");
  EXPECT_GOOD(Checkpoint::open(run() + "/step-1"));
}
