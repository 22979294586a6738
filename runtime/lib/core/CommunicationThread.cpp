//===- CommunicationThread.cpp - Communication beside compute -------------===//
#include "CommunicationThread.h"

namespace mpcrt {

// The jobs themselves time out.
static constexpr Clock::time_point never = Clock::time_point::max();

CommunicationThread::CommunicationThread(
    Index index, Device &device, Communicator &communicator, SpinPolicy spin,
    std::function<void(std::exception_ptr)> failed)
    : index(index), device(device), communicator(communicator), spin(spin),
      failed(std::move(failed)), jobs(capacity), thread([this] { loop(); }) {}

CommunicationThread::~CommunicationThread() {
  stopping.store(true);
  startEvent.signal();
  thread.join();
}

CommunicationThread::Ticket CommunicationThread::start(const Job &job) {
  Ticket ticket = started.load(std::memory_order_relaxed) + 1;
  if (ticket > capacity)
    wait(ticket - capacity);
  if (hasFailed.load())
    throw Cancelled();
  jobs[ticket % capacity] = job;
  started.store(ticket);
  startEvent.signal();
  return ticket;
}

void CommunicationThread::wait(Ticket ticket) {
  auto isOver = [&] { return finished.load() >= ticket || hasFailed.load(); };
  if (!isOver()) {
    need.begin();
    finishEvent.wait(isOver, never, spin);
    need.end();
  }
  if (hasFailed.load())
    throw Cancelled();
}

void CommunicationThread::perform(const Caller &caller,
                                  Communicator &communicator, const Job &job) {
  if (job.launch)
    communicator.collective(caller, *job.launch, job.group, job.src, job.dst);
  else
    communicator.receive(caller, job.dst);
}

void CommunicationThread::loop() {
  device.bindCommunicationThread();
  for (Ticket ticket = 1;; ++ticket) {
    startEvent.wait([&] { return started.load() >= ticket || stopping.load(); },
                    never, spin);
    if (started.load() < ticket)
      return;
    try {
      const Job &job = jobs[ticket % capacity];
      perform({index, &device, job.action, &need}, communicator, job);
    } catch (...) {
      failed(std::current_exception());
      hasFailed.store(true);
      finishEvent.signal();
      return;
    }
    finished.store(ticket);
    finishEvent.signal();
  }
}

} // namespace mpcrt
