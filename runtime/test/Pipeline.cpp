//===- Pipeline.cpp - Stages, replicas and uneven blocks, for tests -------===//
#include "Pipeline.h"
#include "CUDARing.h"

namespace mpcrt::test {

namespace {

constexpr int64_t count = 96, bytes = count * 4, room = 512;
constexpr int micros = 4, devices = 4;
// Offsets in the arenas; those of micro-batches follow each other.
constexpr int64_t inputs = 0, activations = 4096, received = 8192,
                  gradient = 12288, others = 16384;

/// A collective by columns of a [3, 32] tensor over all devices.
json byColumns(const char *op, int src, int dst) {
  json launch = {{"op", op},   {"group", 2}, {"dtype", "f32"},
                 {"src", src}, {"dst", dst}, {"shape", {3, 32}},
                 {"dim", 1},   {"block", 9}};
  if (std::string(op) == "reduce_scatter")
    launch["reduce"] = "sum";
  return launch;
}

json moveSplit(int src, int dst, int from, int to) {
  int64_t blocks[] = {2, 3}; // of [8, 12] over four
  return {{"op", "all_to_all"}, {"group", 2},
          {"dtype", "f32"},     {"src", src},
          {"dst", dst},         {"shape", {8, 12}},
          {"src_dim", from},    {"src_block", blocks[from]},
          {"dst_dim", to},      {"dst_block", blocks[to]}};
}

class Builder {
public:
  Builder() : b(devices, 1 << 15) {
    b.kernel("twice_and_one").kernel("add_scaled");
    b.input("x", "f32", {micros, 2, count});
    b.output("reduced", "f32", {devices, count});
    b.output("gathered", "f32", {devices, count});
    b.group({0, 1}).group({2, 3}).group({3, 1, 0, 2});
    b.channel(0, 2).channel(1, 3).channel(2, 0).channel(3, 1);
    makeBodies();
    for (int d = 0; d < devices; ++d) {
      b.act(d, start, {gradient});
      d < 2 ? firstStage(d) : lastStage(d);
      b.act(d, update,
            {gradient, others, others + room, others + 2 * room,
             others + 3 * room, others + 4 * room, others + 5 * room},
            {d, 0, 2, d / 2});
    }
  }

  ManifestBuilder b;

private:
  void makeBodies() {
    start =
        b.body({bytes},
               {{{"op", "fill"}, {"dst", 0}, {"bytes", bytes}, {"value", 0}}});
    // input, activation
    forward = b.body({bytes, bytes}, {feed(0, 0, {0, 1, 2}, {1, 1, count}),
                                      kernelLaunch(0, {0, 1}, {}, count)});
    // activation, its successor, gradient of the activation, of all
    both = b.body({bytes, bytes, bytes, bytes},
                  {kernelLaunch(0, {0, 1}, {}, count),
                   kernelLaunch(1, {0, 1, 2}, {0}, count),
                   kernelLaunch(1, {3, 1, 3}, {0}, count)});
    // gradient received, of all
    backward = b.body({bytes, bytes}, {kernelLaunch(1, {1, 0, 1}, {0}, count)});
    // gradient, reduced, beside it, scattered, gathered, moved, moved back
    json reduce = allReduce(0, 1, count);
    reduce["group"] = 3;
    update = b.body(std::vector<int64_t>(7, bytes),
                    {reduce,
                     kernelLaunch(0, {4, 2}, {}, count), // of the step before
                     {{"op", "await"}, {"launch", 0}},
                     fetch(0, 1, {0, 1}, {1, count}),
                     byColumns("reduce_scatter", 1, 3),
                     byColumns("all_gather", 3, 4),
                     moveSplit(2, 5, 0, 1),
                     moveSplit(5, 6, 1, 0),
                     kernelLaunch(1, {4, 6, 4}, {2}, 24),
                     fetch(1, 4, {0, 1}, {1, count})});
  }

  void firstStage(int d) {
    auto runForward = [&](int m) {
      b.act(d, forward, {inputs + m * room, activations + m * room}, {m, d, 0},
            m);
      b.message(d, "send", d, m, activations + m * room, bytes);
      b.message(d, "recv", d + 2, m, received + m * room, bytes);
    };
    auto runBackward = [&](int m) {
      b.act(d, backward, {received + m * room, gradient}, {m + 1}, m);
    };
    runForward(0);
    for (int m = 1; m < micros; ++m) {
      runForward(m);
      runBackward(m - 1);
    }
    runBackward(micros - 1);
    for (int m = 0; m < micros; ++m)
      b.message(d, "wait_send", d, m);
  }

  void lastStage(int d) {
    auto receive = [&](int m) {
      b.message(d, "recv", d - 2, m, received + m * room, bytes);
    };
    receive(0);
    for (int m = 0; m < micros; ++m) {
      if (m + 1 < micros)
        receive(m + 1);
      // One buffer after the other takes what is sent.
      if (m >= 2)
        b.message(d, "wait_send", d, m - 2);
      int64_t given = activations + m % 2 * room;
      b.act(d, both, {received + m * room, others, given, gradient}, {d + m},
            m);
      b.message(d, "send", d, m, given, bytes);
    }
    for (int m = micros - 2; m < micros; ++m)
      b.message(d, "wait_send", d, m);
  }

  int start = 0, forward = 0, both = 0, backward = 0, update = 0;
};

} // namespace

json pipelineManifest() { return Builder().b.manifest; }

PipelineResults runPipeline(const json &manifest, mpcrt_options options,
                            const std::function<void()> &beforeTheLastStep) {
  PipelineResults results = {std::vector<float>(devices * count),
                             std::vector<float>(devices * count), ""};
  TestSession session(manifest, ringKernels, options);
  std::vector<float> x(micros * 2 * count);
  for (int step = 0; step < 2 && results.error.empty(); ++step) {
    if (step == 1)
      beforeTheLastStep();
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = 0.37f * static_cast<float>((i * 11 + step) % 29) - 4;
    results.error = session
                        .run({bufferOf(x)}, {bufferOf(results.reduced),
                                             bufferOf(results.gathered)})
                        .message;
  }
  return results;
}

} // namespace mpcrt::test
