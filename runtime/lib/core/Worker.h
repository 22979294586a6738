//===- Worker.h - The thread of one device ----------------------*- C++ -*-===//
#ifndef MPCRT_CORE_WORKER_H
#define MPCRT_CORE_WORKER_H

#include "Event.h"
#include <thread>

namespace mpcrt {

/// One thread that does one task at a time. A task must not throw.
class Worker {
public:
  using Task = void (*)(void *context, int32_t device);

  explicit Worker(int32_t device, SpinPolicy spin);
  ~Worker();

  /// Starts a task; the one before has been waited for.
  void start(Task task, void *context);
  void wait();

private:
  void loop();

  int32_t device;
  SpinPolicy spin;
  Task task = nullptr; // null: the thread ends
  void *context = nullptr;
  std::atomic<uint64_t> started{0}, finished{0};
  Event startEvent, finishEvent;
  std::thread thread;
};

} // namespace mpcrt

#endif // MPCRT_CORE_WORKER_H
