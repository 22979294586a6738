//===- Turns.h - What is asked for in the order of all ----------*- C++ -*-===//
#ifndef MPCRT_CUDA_NCCL_TURNS_H
#define MPCRT_CUDA_NCCL_TURNS_H

#include "../../comm/Waiting.h"
#include "../Handles.h"
#include "Plan.h"
#include <mutex>

namespace mpcrt::cuda {

/// The meetings of this process in one run. Its threads post their calls when
/// they come to them; a meeting is asked for when all its calls are posted and
/// all meetings before it have been asked for, by whoever posts the last call.
/// So NCCL gets everything in the order of the plan, whatever the threads'
/// timing.
///
///   worker       | post(send 0) | post(collective 0) ......... |
///   messages     |         post(receive 0) .                   |
///   asked for    |                         send 0, receive 0 | collective 0
class Turns {
public:
  struct Call {
    const Action *action = nullptr;
    const CollectiveLaunch *launch = nullptr; ///< null: a message
    Index group = 0;
    const char *src = nullptr; ///< null: a receive
    char *dst = nullptr;       ///< null: a send
    Stream stream = nullptr;   ///< of the calling thread
  };

  /// perform(meeting) asks NCCL for it.
  Turns(WaitContext &context, std::function<void(size_t)> perform)
      : context(context), perform(std::move(perform)) {}

  /// Makes room for a plan.
  void prepare(const Plan &plan);
  void begin(const Plan &plan);

  /// What the calling thread's stream holds by now comes before the call.
  void post(size_t meeting, const Call &call);
  /// Until it has been asked for. Fails with Cancelled.
  void waitFor(size_t meeting);
  void wake() { event.signal(); }

  /// The posted calls of a meeting.
  std::span<const Call> callsOf(size_t meeting) const;
  /// Where a message of a meeting may begin.
  Event readyOf(size_t meeting, size_t call) const {
    return *ready[plan->firstCall[meeting] + call];
  }
  /// In the meeting's stream, before and after it.
  Event beginOf(size_t meeting) const { return *ends[2 * meeting]; }
  Event endOf(size_t meeting) const { return *ends[2 * meeting + 1]; }
  const EventMark &endMark(size_t meeting) const {
    return *ends[2 * meeting + 1];
  }

  /// How many meetings have been asked for, and whether somebody asks for the
  /// next one right now. Any thread may look.
  size_t asked() const { return next.load(); }
  bool isAsking() const { return asking.load(); }
  /// Whether a thread waits for its turn.
  bool isWaitedFor() const { return waiting.load() > 0; }

private:
  bool isComplete(size_t meeting) const;

  WaitContext &context;
  std::function<void(size_t)> perform;
  const Plan *plan = nullptr;
  std::vector<std::unique_ptr<EventMark>> ready, ends;
  std::vector<Call> calls;
  std::vector<int32_t> posted; // by meeting
  std::mutex mutex;            // of who asks
  std::atomic<size_t> next{0};
  std::atomic<bool> asking{false};
  std::atomic<int> waiting{0};
  mpcrt::Event event;
};

/// "all_reduce of group 0", "recv on channel 2 from device 0 to 1".
std::string describeCall(const Turns::Call &call,
                         const std::vector<Channel> &channels);

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_NCCL_TURNS_H
