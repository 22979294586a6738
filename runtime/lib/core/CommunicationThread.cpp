//===- CommunicationThread.cpp - Communication beside compute -------------===//
#include "CommunicationThread.h"

namespace mpcrt {

// The jobs themselves time out.
static constexpr Clock::time_point never = Clock::time_point::max();

CommunicationThread::CommunicationThread(
    Index index, Device &device, Lane lane, Communicator &communicator,
    SpinPolicy spin, std::function<void(std::exception_ptr)> failed)
    : index(index), device(device), lane(lane), communicator(communicator),
      spin(spin), failed(std::move(failed)), jobs(capacity), marks(capacity) {
  for (Marks &m : marks)
    m = {device.createMark(), device.createMark()};
  thread = std::thread([this] { loop(); });
}

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
  device.set(marks[ticket % capacity].start.get());
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
  if (ticket <= followed)
    return;
  device.follow(marks[ticket % capacity].end.get());
  followed = ticket;
}

void CommunicationThread::perform(const Caller &caller,
                                  Communicator &communicator, const Job &job) {
  WorkScope scope(*caller.device, *job.action,
                  job.launch ? Work::Collective : Work::Message);
  if (job.stamps)
    job.stamps->put(job.slot);
  if (job.launch)
    communicator.collective(caller, *job.launch, job.group, job.src, job.dst);
  else
    communicator.receive(caller, job.dst);
  if (job.stamps)
    job.stamps->put(job.slot + 1);
}

void CommunicationThread::loop() {
  device.bindCommunicationThread(lane);
  for (Ticket ticket = 1;; ++ticket) {
    startEvent.wait([&] { return started.load() >= ticket || stopping.load(); },
                    never, spin);
    if (started.load() < ticket)
      return;
    try {
      const Job &job = jobs[ticket % capacity];
      const Marks &around = marks[ticket % capacity];
      device.follow(around.start.get());
      perform({index, &device, job.action, &need}, communicator, job);
      device.set(around.end.get());
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
