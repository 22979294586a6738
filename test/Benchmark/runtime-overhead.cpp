//===- runtime-overhead.cpp - What the runtime adds to the work -----------===//
//
// The goal is at most 5 us an action on top of its kernels. "per_action" is the
// wall time of a step divided by the actions of its longest device.
//
//===----------------------------------------------------------------------===//
#include "TestSession.h"
#include <benchmark/benchmark.h>
#include <numeric>

using namespace mpcrt::test;

static constexpr int actions = 1000;

static void nothing(char *const *, const int64_t *, int64_t, int64_t) {}
static const Kernels kernels = {{"nothing", nothing}};

static std::vector<int> allOf(int devices) {
  std::vector<int> list(devices);
  std::iota(list.begin(), list.end(), 0);
  return list;
}

/// Steps a session; reports time by `divisor` actions or bytes moved.
static void runSteps(benchmark::State &state, const json &manifest,
                     int actionsPerStep, int64_t bytes = 0) {
  TestSession session(manifest, kernels);
  for (auto step : state)
    if (mpcrt_status *status =
            mpcrt_session_run(session.get(), 0, nullptr, 0, nullptr, 0)) {
      state.SkipWithError(mpcrt_status_message(status));
      mpcrt_status_destroy(status);
      return;
    }
  using benchmark::Counter;
  state.counters["per_action"] = Counter(
      actionsPerStep, Counter::kIsIterationInvariantRate | Counter::kInvert);
  if (bytes)
    state.SetBytesProcessed(state.iterations() * bytes);
}

static void emptyStep(benchmark::State &state) {
  auto devices = static_cast<int>(state.range(0));
  ManifestBuilder b(devices);
  for (int d = 0; d < devices; ++d)
    b.act(d, b.body({}, json::array()), {});
  runSteps(state, b.manifest, 1);
}
BENCHMARK(emptyStep)->Arg(1)->Arg(2)->Arg(8)->UseRealTime();

/// One kernel of eight buffers an action.
static void kernelActions(benchmark::State &state) {
  auto devices = static_cast<int>(state.range(0));
  ManifestBuilder b(devices);
  b.kernel("nothing");
  int body =
      b.body(std::vector<int64_t>(8, 64),
             {kernelLaunch(0, {0, 1, 2, 3, 4, 5, 6, 7}, {0, 1}, 64, 64)});
  for (int d = 0; d < devices; ++d)
    for (int i = 0; i < actions; ++i)
      b.act(d, body, {0, 64, 128, 192, 256, 320, 384, 448}, {1, 2});
  runSteps(state, b.manifest, actions);
}
BENCHMARK(kernelActions)->Arg(1)->Arg(2)->UseRealTime();

/// A matmul of 16 x 16 x 16 an action: the cost of a library call.
static void matmulActions(benchmark::State &state) {
  ManifestBuilder b(1, 1 << 20, 1 << 18);
  json none = json::array();
  int body = b.body({1024, 1024, 1024}, {{{"op", "matmul"},
                                          {"dtype", "f32"},
                                          {"a", 0},
                                          {"b", 1},
                                          {"c", 2},
                                          {"batch", none},
                                          {"m", 16},
                                          {"n", 16},
                                          {"k", 16},
                                          {"a_batch", none},
                                          {"a_m", 16},
                                          {"a_k", 1},
                                          {"b_batch", none},
                                          {"b_k", 16},
                                          {"b_n", 1},
                                          {"c_batch", none},
                                          {"c_m", 16},
                                          {"c_n", 1}}});
  for (int i = 0; i < actions; ++i)
    b.act(0, body, {0, 1024, 2048});
  runSteps(state, b.manifest, actions);
}
BENCHMARK(matmulActions)->UseRealTime();

/// A message from device 0 to 1 and one back, `actions` times.
static void pingPong(benchmark::State &state) {
  ManifestBuilder b(2);
  b.channel(0, 1).channel(1, 0);
  for (int i = 0; i < actions; ++i) {
    b.message(0, "send", 0, i, 0, 1024).message(0, "recv", 1, i, 1024, 1024);
    b.message(1, "recv", 0, i, 0, 1024).message(1, "send", 1, i, 1024, 1024);
  }
  runSteps(state, b.manifest, 2 * actions);
}
BENCHMARK(pingPong)->UseRealTime();

/// In-place all_reduce of so many bytes on so many devices.
static void allReduces(benchmark::State &state) {
  auto devices = static_cast<int>(state.range(0));
  int64_t bytes = state.range(1);
  int repeats = bytes > (1 << 16) ? 10 : 200;
  ManifestBuilder b(devices, bytes);
  b.group(allOf(devices));
  int body = b.body({bytes}, {allReduce(0, 0, bytes / 4)});
  for (int d = 0; d < devices; ++d)
    for (int i = 0; i < repeats; ++i)
      b.act(d, body, {0}, {0});
  runSteps(state, b.manifest, repeats, repeats * bytes);
}
BENCHMARK(allReduces)
    ->ArgsProduct({{2, 4, 8}, {1 << 10, 1 << 16, 1 << 20, 8 << 20}})
    ->UseRealTime();

BENCHMARK_MAIN();
