//===- Loopback.h - Processes that are threads, for tests -------*- C++ -*-===//
#ifndef MPCRT_TEST_LOOPBACK_H
#define MPCRT_TEST_LOOPBACK_H

#include "core/WorldAPI.h"
#include "mpcrt/transport.h"
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace mpcrt::test {

/// A transport within one process: one end for each rank. Sends are done once
/// they are received, as those of large messages over a real one.
class Loopback {
public:
  explicit Loopback(int ranks);
  ~Loopback();
  mpcrt_transport end(int rank);

private:
  struct Hub;
  struct End;
  std::unique_ptr<Hub> hub;
  std::vector<std::unique_ptr<End>> ends;
};

/// Calls task(rank, world) on a thread for each of `ranks` processes.
void onRanks(int ranks, std::chrono::milliseconds timeout, auto task) {
  Loopback loopback(ranks);
  std::vector<std::unique_ptr<mpcrt_world>> worlds;
  for (int rank = 0; rank < ranks; ++rank)
    worlds.emplace_back(new mpcrt_world{{loopback.end(rank), timeout}});
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank)
    threads.emplace_back([&, rank] { task(rank, worlds[rank].get()); });
  for (std::thread &thread : threads)
    thread.join();
}

/// Of a session in a world.
inline mpcrt_options inWorld(mpcrt_world *world, uint32_t timeout = 0) {
  mpcrt_options options = {};
  options.world = world;
  options.timeout_ms = timeout;
  return options;
}

} // namespace mpcrt::test

#endif // MPCRT_TEST_LOOPBACK_H
