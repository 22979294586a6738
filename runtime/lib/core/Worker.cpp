//===- Worker.cpp - The thread of one device ------------------------------===//
#include "Worker.h"

namespace mpcrt {

static constexpr Clock::time_point never = Clock::time_point::max();

Worker::Worker(int32_t device, SpinPolicy spin)
    : device(device), spin(spin), thread([this] { loop(); }) {}

Worker::~Worker() {
  start(nullptr, nullptr);
  thread.join();
}

void Worker::start(Task newTask, void *newContext) {
  task = newTask;
  context = newContext;
  started.fetch_add(1);
  startEvent.signal();
}

void Worker::wait() {
  finishEvent.wait([&] { return finished.load() == started.load(); }, never,
                   spin);
}

void Worker::loop() {
  for (uint64_t number = 1;; ++number) {
    startEvent.wait([&] { return started.load() >= number; }, never, spin);
    if (!task)
      return;
    task(context, device);
    finished.fetch_add(1);
    finishEvent.signal();
  }
}

} // namespace mpcrt
