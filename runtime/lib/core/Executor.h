//===- Executor.h - Interprets one device's action list ---------*- C++ -*-===//
#ifndef MPCRT_CORE_EXECUTOR_H
#define MPCRT_CORE_EXECUTOR_H

#include "CommunicationThread.h"
#include <optional>

namespace mpcrt {

/// What one run is about; the same for all devices.
struct Run {
  Index program = 0;
  const mpcrt_buffer *inputs = nullptr;
  const mpcrt_buffer *outputs = nullptr;
  char *staging = nullptr; // of accumulating fetches
};

/// What an executor works with.
struct ExecutorConfig {
  const Manifest &manifest;
  Index index;
  Device &device;
  Communicator &communicator;
  MemoryGate *gate;
  bool trace;
  SpinPolicy spin;
  /// Gets the error of communication beside compute, on its thread.
  std::function<void(std::exception_ptr)> failed;
};

/// Straight-line interpreter of one device. Runs on the device's worker and
/// allocates nothing after its construction.
class Executor {
public:
  explicit Executor(const ExecutorConfig &config);

  /// Before a run. Returns what the next device's executor gets; see
  /// Stamps::begin.
  const Stamps *beginTrace(const Stamps *leader);
  /// Executes the device's list of `run.program`.
  void run(const Run &run, const std::atomic<bool> &cancelled);
  /// Asks the device for the feeds and fetches of that list, and nothing else.
  void transfer(const Run &run);
  /// The same instead of a run: counts what such a run has counted before.
  void repeat(const Run &run);

  /// The latest run's events, when tracing; none after an error.
  const std::vector<mpcrt_trace_event> &events() const { return trace; }
  const mpcrt_counters &counters() const { return counts; }

private:
  friend struct LaunchRunner;
  void runActions(const Run &run, const std::atomic<bool> &cancelled);
  std::exception_ptr withAction(const std::exception_ptr &error) const;
  void perform(const Program &program, const Run &run, const Action &action);
  void communicate(std::optional<CommunicationThread> &before,
                   const CommunicationThread::Job &job);
  void receive(const Action &action);
  void collectTrace(Index program);

  const Manifest &manifest;
  Index index;
  Device &device;
  Communicator &communicator;
  MemoryGate *gate;
  /// Of begin and end of every action; null: no trace is wanted.
  std::unique_ptr<Stamps> stamps;
  /// The list under way and the position of the action under way, which errors
  /// of the other thread look at.
  std::atomic<const std::vector<Action> *> actions{nullptr};
  std::atomic<size_t> current{0};
  std::vector<mpcrt_trace_event> trace;
  mpcrt_counters counts = {};
  std::vector<mpcrt_counters> countsOf; // of a run, by program
  // Arguments of the launch under way.
  std::vector<char *> buffers;
  std::vector<int64_t> scalars;
  // By the number of a launch in the body under way.
  std::vector<CommunicationThread::Ticket> tickets;
  // Of this run's receives, in their order; 0: it did not run beside.
  std::vector<CommunicationThread::Ticket> receives;
  /// Each where something runs beside compute. They are two, as streams are: a
  /// receive that was posted early must not hold up the collectives of the
  /// action that it runs beside.
  std::optional<CommunicationThread> collectives, messages;
};

} // namespace mpcrt

#endif // MPCRT_CORE_EXECUTOR_H
