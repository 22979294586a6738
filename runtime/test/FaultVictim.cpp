//===- FaultVictim.cpp - One process of a run that goes wrong -------------===//
//
//   mpirun -n 4 FaultVictim DIRECTORY RANK KERNEL SIGNAL TIMEOUT_MS [cuda]
//
// Four devices, two stages of two replicas, do steps without end. Before its
// KERNEL-th kernel process RANK sends itself SIGNAL, or is slow for some
// time-outs where SIGNAL is 0. The error of each process
// goes to DIRECTORY/rank-N; the first one ends it with exit code 1.
//
//===----------------------------------------------------------------------===//
#include "CUDAStandin.h"
#include "TestSession.h"
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <unistd.h>

using namespace mpcrt::test;

namespace {

int kernelsLeft = 0, deadlySignal = 0, timeoutMs = 0;

void suffer() {
  if (deadlySignal)
    raise(deadlySignal);
  else
    usleep(4000 * timeoutMs);
}

/// One thread at a time calls it: each process has one device.
void work(char *const *buffers, const int64_t *, int64_t begin, int64_t end) {
  if (begin == 0 && kernelsLeft && --kernelsLeft == 0)
    suffer();
  for (int64_t i = begin; i < end; ++i)
    reinterpret_cast<float *>(buffers[0])[i] += 1;
}

class Pipeline {
public:
  static constexpr int microBatches = 3;
  static constexpr int64_t bytes = 4096;

  Pipeline() : b(4) {
    b.kernel("work").group({0, 1}).group({2, 3});
    b.channel(0, 2).channel(1, 3).channel(2, 0).channel(3, 1);
    int compute = b.body({bytes}, {kernelLaunch(0, {0}, {}, bytes / 4)});
    int update = b.body({bytes}, {kernelLaunch(0, {0}, {}, bytes / 4),
                                  allReduce(0, 0, bytes / 4)});
    for (int d : {0, 1}) {
      for (int m = 0; m < microBatches; ++m) {
        act(d, compute, "forward", m);
        message(d, "send", d, m);
      }
      for (int m = 0; m < microBatches; ++m) {
        message(d, "wait_send", d, m);
        message(d, "recv", d + 2, m);
        act(d, compute, "backward", m);
      }
    }
    for (int d : {2, 3}) {
      for (int m = 0; m < microBatches; ++m) {
        message(d, "recv", d - 2, m);
        act(d, compute, "forward", m);
        act(d, compute, "backward", m);
        message(d, "send", d, m);
      }
      for (int m = 0; m < microBatches; ++m)
        message(d, "wait_send", d, m);
    }
    for (int d = 0; d < 4; ++d)
      act(d, update, "update", -1, {d / 2});
  }

  const json &manifest() const { return b.manifest; }

private:
  json &last(int device) {
    return b.manifest["programs"][0]["devices"][device]["actions"].back();
  }
  void act(int device, int body, const char *kind, int micro,
           std::vector<int64_t> scalars = {0}) {
    b.act(device, body, {micro < 0 ? 0 : bytes * micro}, scalars, micro);
    last(device)["kind"] = kind;
    last(device)["chunk"] = device / 2;
  }
  void message(int device, const char *kind, int channel, int micro) {
    bool waits = std::string(kind) == "wait_send";
    b.message(device, kind, channel, micro, waits ? -1 : bytes * micro, bytes);
    last(device)["chunk"] = device / 2;
    last(device)["micro"] = micro;
  }
  ManifestBuilder b;
};

void write(const std::string &directory, int rank, const std::string &message) {
  std::ofstream(directory + "/rank-" + std::to_string(rank))
      << message << std::endl;
}

/// mpirun ends all processes when the first one has ended: the others have a
/// moment to say what they know.
[[noreturn]] void end(mpcrt_world *world, int victim) {
  for (int wait = 0; wait < 50; ++wait) {
    int silent = 0;
    for (int rank = 0; rank < mpcrt_world_size(world); ++rank) {
      char text[8] = "";
      mpcrt_world_failure(world, rank, text, sizeof text);
      silent += rank != victim && rank != mpcrt_world_rank(world) && !*text;
    }
    if (!silent)
      break;
    usleep(10000);
  }
  usleep(100000);
  _exit(1);
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 6)
    return 2;
  timeoutMs = std::atoi(argv[5]);
  mpcrt_world_options options = {sizeof options,
                                 static_cast<uint32_t>(timeoutMs), nullptr};
  mpcrt_world *world = nullptr;
  if (Outcome opened(mpcrt_world_open(&options, &world)); !opened.ok()) {
    write(argv[1], 0, opened.message);
    return 1;
  }
  int rank = mpcrt_world_rank(world);
  mpcrt_options session = {};
  session.world = world;
  session.timeout_ms = options.timeout_ms;
  const Kernels kernels = {{"work", work}};
  json manifest = Pipeline().manifest();
  if (argc > 6)
    manifest = forStandin(manifest, kernels);
  TestSession run(manifest, kernels, session);
  // Before the first step all have come as far as this.
  mpcrt_status_destroy(
      mpcrt_world_share(world, "the start", nullptr, 0, nullptr, 1));
  if (rank == std::atoi(argv[2])) {
    kernelsLeft = std::atoi(argv[3]);
    deadlySignal = std::atoi(argv[4]);
  }
  for (;;)
    if (Outcome outcome = run.run(); !outcome.ok()) {
      write(argv[1], rank, outcome.message);
      end(world, std::atoi(argv[2]));
    }
}
