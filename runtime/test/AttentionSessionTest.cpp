//===- AttentionSessionTest.cpp - Attention among other work --------------===//
#include "AttentionRunner.h"
#include "CUDAStandin.h"
#include "Setting.h"
#include "core/HalfFloat.h"
#include <functional>
#include <gtest/gtest.h>

using namespace mpcrt;
using namespace mpcrt::test;

namespace {

//===----------------------------------------------------------------------===//
// Steps of two devices
//===----------------------------------------------------------------------===//

constexpr int64_t count = 96; // elements of [1, 6, 2, 8]; both reduce some
constexpr int devices = 2;

/// An attention whose output is summed over the devices while another one runs,
/// and its gradient, from the sum.
json step() {
  AttentionProblem problem =
      AttentionProblem::dense({1, 6, 6, 2, 2, 8, 8}, /*isCausal=*/true);
  constexpr int sum = AttentionGradO, other = attentionRoles;
  AttentionProblem beside = problem;
  beside.desc.causal = beside.desc.has_lse = 0;
  beside.buffers[AttentionO] = other;
  json reduce = allReduce(AttentionO, sum, count, "bf16");
  reduce["group"] = 4;
  json launches = json::array();
  for (int part : {0, 1, 2})
    launches.push_back(feed(0, part, {0, part + 1, 4}, {1, 1, count}));
  launches.push_back(problem.launch());
  launches.push_back(reduce);
  launches.push_back(beside.launch());
  launches.push_back({{"op", "await"}, {"launch", 4}});
  launches.push_back(problem.gradient().launch());
  // The output's memory is used again, when the other device has read it.
  beside.buffers[AttentionO] = AttentionO;
  launches.push_back(beside.launch());
  for (int part : {0, 1, 2})
    launches.push_back(
        fetch(0, AttentionGradQ + part, {0, part + 1, 4}, {1, 1, count}));
  launches.push_back(fetch(1, other, {0, 4}, {1, count}));
  int64_t workspace = attentionWorkspace(problem.gradient());
  ManifestBuilder b(devices, 4096 + workspace, workspace);
  b.group({0, 1});
  b.input("x", "bf16", {devices, 3, count});
  b.output("grads", "bf16", {devices, 3, count});
  b.output("other", "bf16", {devices, count});
  std::vector<int64_t> bytes(attentionRoles + 1, count * 2), offsets;
  for (size_t i = 0; i < bytes.size(); ++i)
    offsets.push_back(static_cast<int64_t>(i) * 256);
  int body = b.body(bytes, launches);
  for (int device = 0; device < devices; ++device)
    b.act(device, body, offsets, {device, 0, 1, 2, 0});
  return forStandin(b.manifest, {});
}

struct Results {
  std::vector<uint16_t> grads = std::vector<uint16_t>(devices * 3 * count),
                        other = std::vector<uint16_t>(devices * count);
  std::string error;
  bool operator==(const Results &) const = default;
};

Results runSteps(const std::function<void()> &beforeTheLastStep, int steps) {
  static const json manifest = step();
  Results results;
  TestSession session(manifest);
  std::vector<uint16_t> x(devices * 3 * count);
  for (int number = 0; number < steps && results.error.empty(); ++number) {
    if (number == steps - 1)
      beforeTheLastStep();
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = BF16::fromFloat(static_cast<float>((i * 7 + number) % 23) / 8 - 1)
                 .bits;
    results.error = session
                        .run({bufferOf(x)},
                             {bufferOf(results.grads), bufferOf(results.other)})
                        .message;
  }
  return results;
}

Results expectedAfter(int steps) {
  standin::reset(0);
  return runSteps([] {}, steps);
}

/// Whether a step goes wrong without a wait: the `number`-th of the step in a
/// stream. Device d computes on stream 3 d and reduces on 3 d + 1.
bool isNoticed(int stream, int number, int steps) {
  Results expected = expectedAfter(steps);
  for (uint64_t seed = 0; seed < 200; ++seed) {
    standin::reset(seed);
    Results results = runSteps(
        [&] { standin::ignoreWait(stream, standin::waits(stream) + number); },
        steps);
    if (results != expected)
      return true;
  }
  return false;
}

class AttentionSession : public testing::Test {
protected:
  void TearDown() override { standin::reset(0); }
};

TEST_F(AttentionSession, hasTheSameBitsInAnyOrder) {
  Results expected = expectedAfter(2);
  ASSERT_EQ(expected.error, "");
  for (uint64_t seed = 1; seed < 60; ++seed) {
    standin::reset(seed);
    ASSERT_EQ(runSteps([] {}, 2), expected) << "seed " << seed;
  }
}

TEST_F(AttentionSession, needsItsWaits) {
  for (int stream : {1, 4})
    for (int number : {0, 1, 2})
      EXPECT_TRUE(isNoticed(stream, number, 2)) << stream << ", " << number;
  for (int stream : {0, 3})
    EXPECT_TRUE(isNoticed(stream, 0, 2)) << stream;
}

TEST_F(AttentionSession, runsInAGraph) {
  constexpr int steps = 3;
  Results expected = expectedAfter(steps);
  Setting graphs("MPCRT_CUDA_GRAPHS", "1");
  standin::graphLaunches();
  for (uint64_t seed = 0; seed < 30; ++seed) {
    standin::reset(seed);
    ASSERT_EQ(runSteps([] {}, steps), expected) << "seed " << seed;
    ASSERT_EQ(standin::graphLaunches(), steps);
  }
  // The one step of which the graph is made.
  for (int number : {0, 1, 2})
    EXPECT_TRUE(isNoticed(1, number, 1)) << number;
}

//===----------------------------------------------------------------------===//
// Sessions
//===----------------------------------------------------------------------===//

/// Of an attention and its gradient.
Outcome createSession(const AttentionProblem &problem) {
  AttentionRunner runner(
      problem.gradient(),
      {problem.launch(), problem.gradient().launch(), problem.launch()});
  std::string source = forStandin(runner.manifest, {}).dump();
  mpcrt_executable *exe = nullptr;
  Outcome loaded(mpcrt_executable_load(source.data(), source.size(), nullptr,
                                       nullptr, &exe));
  EXPECT_EQ(loaded.message, "");
  mpcrt_session *session = nullptr;
  Outcome outcome(mpcrt_session_create(exe, nullptr, &session));
  mpcrt_session_destroy(session);
  mpcrt_executable_destroy(exe);
  return outcome;
}

const AttentionProblem even =
    AttentionProblem::dense({2, 6, 6, 2, 2, 8, 8}, /*isCausal=*/true);
/// The stand-in wants twice the estimate.
const AttentionProblem odd =
    AttentionProblem::dense({2, 6, 6, 3, 3, 8, 8}, /*isCausal=*/true);

TEST_F(AttentionSession, plansEqualLaunchesOnce) {
  standin::attentionPlans();
  EXPECT_EQ(createSession(even).message, "");
  EXPECT_EQ(standin::attentionPlans(), 2);
}

TEST_F(AttentionSession, refusesWhatTheLibraryHasNot) {
  AttentionProblem problem =
      AttentionProblem::dense({2, 6, 6, 2, 2, 8, 12}, /*isCausal=*/true);
  for (int64_t (mpcrt_attention_desc::*strides)[4] :
       {&mpcrt_attention_desc::v, &mpcrt_attention_desc::o,
        &mpcrt_attention_desc::grad_o, &mpcrt_attention_desc::grad_v}) {
    int64_t padded[] = {6 * 32, 32, 16, 1};
    std::copy_n(padded, 4, problem.desc.*strides);
  }
  Outcome outcome = createSession(problem);
  EXPECT_EQ(outcome.code, MPCRT_UNSUPPORTED);
  EXPECT_EQ(outcome.message,
            "cuDNN cannot do causal attention in bf16 of [b 2, s 6, t 6, h 2, "
            "g 2, d 8, e 12]: hidden_dim should be multiple of 8; compile with "
            "--attention=matmuls");
}

TEST_F(AttentionSession, refusesOperandsThatAreNotAligned) {
  AttentionProblem problem = even;
  problem.offsets[AttentionK] = 4;
  EXPECT_EQ(createSession(problem).message,
            "cuDNN cannot do causal attention in bf16 of [b 2, s 6, t 6, h 2, "
            "g 2, d 8, e 8]: 'k' begins at byte 8 of its buffer, which is no "
            "multiple of 16; compile with --attention=matmuls");
  problem = even;
  problem.desc.q[1] = 20;
  problem.desc.q[0] = 120;
  EXPECT_EQ(createSession(problem).message,
            "cuDNN cannot do causal attention in bf16 of [b 2, s 6, t 6, h 2, "
            "g 2, d 8, e 8]: stride 1 of 'q' is 40 bytes, which is no multiple "
            "of 16; compile with --attention=matmuls");
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

TEST_F(AttentionSession, takesTheWorkspaceThatTheArenaLacks) {
  standin::setMemory(1 << 20);
  EXPECT_EQ(createSession(odd).message, "");
}

TEST_F(AttentionSession, saysWhatTheWorkspaceLacks) {
  int64_t workspace = attentionWorkspace(odd.gradient());
  standin::setMemory(2 * workspace); // the arena, and not quite as much again
  Outcome outcome = createSession(odd);
  EXPECT_EQ(outcome.code, MPCRT_OUT_OF_MEMORY);
  EXPECT_NE(outcome.message.find(" beside its arena for attention, but GPU 0 "
                                 "(stand-in) has "),
            std::string::npos)
      << outcome.message;
}

TEST_F(AttentionSession, loadsWhatTheLibraryNeedsBeforeTheFirstStep) {
  standin::setMemory(1 << 20);
  standin::setLibraryBytes(1 << 20);
  Outcome outcome = createSession(even);
  EXPECT_EQ(outcome.code, MPCRT_OUT_OF_MEMORY);
  EXPECT_NE(outcome.message.find("device 0 has its arena, but no memory for "
                                 "what comes with it: cuDNN: out of memory; "
                                 "GPU 0 (stand-in) has "),
            std::string::npos)
      << outcome.message;
}

} // namespace
