//===- CommunicationThread.h - Communication beside compute -----*- C++ -*-===//
#ifndef MPCRT_CORE_COMMUNICATIONTHREAD_H
#define MPCRT_CORE_COMMUNICATIONTHREAD_H

#include "Communicator.h"
#include <exception>
#include <functional>

namespace mpcrt {

/// Communicates for a device while its worker computes, like another stream.
/// What is started is done in that order: a device's collectives, or its
/// receives, keep the order of its list.
///
///   worker   | backward ... start(all_reduce) | backward ... | wait |
///   thread   |                 all_reduce ------------->|
class CommunicationThread {
public:
  /// A collective of an action or, without `launch`, the receive that the
  /// action is. It is kept by value, but for what the manifest holds.
  struct Job {
    const Action *action = nullptr;
    const CollectiveLaunch *launch = nullptr;
    Index group = 0;
    const char *src = nullptr;
    char *dst = nullptr;
    /// Where its begin and end are noted, in slots `slot` and `slot` + 1; null:
    /// nowhere.
    Stamps *stamps = nullptr;
    size_t slot = 0;
  };
  /// The number of a started job, ascending from 1.
  using Ticket = uint64_t;

  /// Marks where a job may begin and where it has ended.
  struct Marks {
    std::unique_ptr<Mark> start, end;
  };

  static void perform(const Caller &caller, Communicator &communicator,
                      const Job &job);

  /// `failed` gets the error of a job, once, on this object's thread.
  CommunicationThread(Index index, Device &device, Lane lane,
                      Communicator &communicator, SpinPolicy spin,
                      std::function<void(std::exception_ptr)> failed);
  /// What is under way ends or is aborted first.
  ~CommunicationThread();

  /// Returns at once unless very much is under way. Like the waits it fails
  /// with Cancelled after a job has failed. The job comes after all that the
  /// worker has asked its device for, and what the worker asks for after a wait
  /// comes after the job.
  Ticket start(const Job &job);
  void wait(Ticket ticket);
  void waitForAll() { wait(started.load()); }

private:
  static constexpr uint64_t capacity = 256;

  void loop();

  Index index;
  Device &device;
  Lane lane;
  Communicator &communicator;
  SpinPolicy spin;
  std::function<void(std::exception_ptr)> failed;
  std::vector<Job> jobs; // job t is at t % capacity
  std::vector<Marks> marks;
  Ticket followed = 0; // the worker has asked its device to wait until there
  std::atomic<Ticket> started{0}, finished{0};
  std::atomic<bool> hasFailed{false}, stopping{false};
  Need need;
  Event startEvent, finishEvent;
  std::thread thread; // last: it uses all the rest
};

} // namespace mpcrt

#endif // MPCRT_CORE_COMMUNICATIONTHREAD_H
