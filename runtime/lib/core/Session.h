//===- Session.h - Devices, their workers, and runs -------------*- C++ -*-===//
#ifndef MPCRT_CORE_SESSION_H
#define MPCRT_CORE_SESSION_H

#include "Executable.h"
#include "Executor.h"
#include "Results.h"
#include "Worker.h"
#include <mutex>
#include <optional>

namespace mpcrt {

class VariableBox;

class Session {
public:
  Session(std::shared_ptr<const Executable> executable,
          const mpcrt_options &options);
  ~Session();

  /// In a world every process runs the same programs in the same order; outputs
  /// are rank 0's.
  void run(Index program, std::span<const mpcrt_buffer> inputs,
           std::span<const mpcrt_buffer> outputs);

  /// A dense box of a variable's global tensor; `begin` and `size` may be null.
  void write(std::string_view name, const int64_t *begin, const int64_t *size,
             const void *data, size_t bytes);
  /// In a world all processes read together, and rank 0 gets the box.
  void read(std::string_view name, const int64_t *begin, const int64_t *size,
            void *data, size_t bytes);
  /// The same for a box that devices of this process hold.
  void readHere(std::string_view name, const int64_t *begin,
                const int64_t *size, void *data, size_t bytes);
  /// Marks the rows (of dimension 0) of an input that this process reads.
  void markRows(Index program, Index input, std::span<uint8_t> rows) const;
  /// Number `index` of the variable's disjoint shards; false past the last.
  bool shard(std::string_view name, Index index, mpcrt_shard &out) const;

  mpcrt_memory memory(Index device) const;
  const mpcrt_counters &counters(Index device) const;
  size_t trace(mpcrt_trace_event *events, size_t capacity) const;

private:
  /// Calls task(device) on every worker and waits; rethrows the first error.
  template <typename Task> void onAllWorkers(const Task &task);
  /// Keeps the first error and makes all devices stop.
  void giveUp(const std::exception_ptr &error);
  /// The same for an error that the communicator has found by itself.
  void failBeside(const std::exception_ptr &error);
  void checkUsable() const;
  void checkDevice(Index device) const;
  void place(World *world);
  void beginTraces();
  /// The devices do their lists.
  void perform(const Run &run);
  void noteLastAction(const Program &program);
  void createDevices(const mpcrt_options &options, const DeviceDriver &driver,
                     int threads);
  void createRepeater(const mpcrt_options &options, const DeviceDriver &driver);
  void collectBox(const VariableBox &box, char *data);

  std::shared_ptr<const Executable> executable;
  Placement placement;
  // Before all that has threads, which may fail to the very end.
  std::atomic<bool> cancelled{false};
  mutable std::mutex errorMutex;
  std::exception_ptr firstError;
  std::optional<std::string> poison; // the error that ended this session
  // By number; null: another process's.
  std::vector<std::unique_ptr<Device>> devices;
  std::unique_ptr<MemoryGate> gate;
  std::unique_ptr<Communicator> communicator;
  std::unique_ptr<Repeater> repeater; // null: everything is asked every time
  std::vector<std::unique_ptr<Executor>> executors;
  std::vector<char> staging;
  std::optional<Results> results;               // in a world
  std::vector<std::unique_ptr<Worker>> workers; // last: they use all the rest
};

} // namespace mpcrt

#endif // MPCRT_CORE_SESSION_H
