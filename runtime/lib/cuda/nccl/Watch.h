//===- Watch.h - Sees to it that waiting for NCCL ends ----------*- C++ -*-===//
#ifndef MPCRT_CUDA_NCCL_WATCH_H
#define MPCRT_CUDA_NCCL_WATCH_H

#include "../../comm/World.h"
#include "../CUDADevice.h"
#include "Connections.h"
#include "Turns.h"

namespace mpcrt::cuda {

/// A thread that looks at a run while the others may stand still in calls of
/// the driver: kernels of NCCL wait for other processes without end. It fails
/// for the device, with the action and who is missing, when
///
/// - a meeting has begun, is not over, and neither an action nor a meeting of
///   this device has begun or ended for as long as a wait may last;
/// - NCCL has met an error;
/// - the device waits, and another process has announced that it has failed.
///
/// Then, or when another thread has given up, it aborts NCCL's communicators,
/// which ends their kernels. It also tells the others how far this process is.
class Watch {
public:
  Watch(const CommunicatorConfig &config, Index self, const CUDADevice &device,
        Turns &turns, Connections &connections, WaitContext &context);
  ~Watch() { stop(); }

  /// A run, of the turns too.
  void begin(const Plan &plan);
  /// After WaitContext::aborted has been set.
  void wake();
  void stop();

private:
  /// Meetings of one kind: they begin and end in their order.
  struct Lane {
    const std::vector<int32_t> *meetings = nullptr;
    size_t over = 0;       // how many
    bool hasBegun = false; // the one after those
    bool isDone() const { return over == meetings->size(); }
    size_t begun() const { return over + hasBegun; }
  };

  void loop();
  bool isRunning() const {
    return plan && !(collectives.isDone() && messages.isDone());
  }
  void look();
  bool follow(Lane &lane);
  std::optional<size_t> standing() const;
  void judge(size_t meeting);
  [[noreturn]] void failWaiting(int32_t code, size_t meeting,
                                const std::string &reason) const;
  [[noreturn]] void failAsync(const std::string &reason) const;
  std::string missing(size_t meeting) const;
  bool isThere(Index device, size_t meeting,
               const std::vector<MeetingList> &lists) const;

  const CommunicatorConfig &config;
  Index self;
  const CUDADevice &device;
  Turns &turns;
  Connections &connections;
  WaitContext &context;

  std::mutex mutex; // of all below
  std::condition_variable changed;
  bool stopping = false;
  const Plan *plan = nullptr;
  int64_t run = 0;
  Lane collectives, messages;
  size_t actions = 0; // that the device has done
  Clock::time_point lastMove;
  std::thread thread; // last: it uses all the rest
};

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_NCCL_WATCH_H
