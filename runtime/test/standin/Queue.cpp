//===- Queue.cpp - Streams and events of the stand-in ---------------------===//
#include "Queue.h"
#include <algorithm>

namespace mpcrt::standin {

Queue &Queue::get() {
  static Queue queue;
  return queue;
}

void Queue::reset(uint64_t seed) {
  std::lock_guard lock(mutex);
  random.seed(seed);
  stopped = 0;
  static constexpr double choices[] = {0, 0.05, 0.3, 0.9};
  eagerness = choices[random() % 4];
  std::erase_if(all, [](const auto &stream) { return !stream; });
}

StreamState *Queue::createStream() {
  std::lock_guard lock(mutex);
  all.push_back(std::make_unique<StreamState>());
  return all.back().get();
}

void Queue::destroyStream(StreamState *stream) {
  std::lock_guard lock(mutex);
  for (auto &owner : all)
    if (owner.get() == stream)
      owner.reset(); // the others keep their numbers
}

int Queue::streams() {
  std::lock_guard lock(mutex);
  return static_cast<int>(all.size());
}

StreamState *Queue::stream(int number) {
  std::lock_guard lock(mutex);
  return all[number].get();
}

int Queue::error() {
  std::lock_guard lock(mutex);
  return stopped;
}

void Queue::push(StreamState *stream, Operation operation) {
  operation.asked = hostTime;
  stream->operations.push_back(std::move(operation));
  ++stream->asked;
  workALittle();
  changed.notify_all();
}

void Queue::ask(StreamState *stream, std::function<void()> work) {
  std::lock_guard lock(mutex);
  push(stream, {std::move(work), {}, {}});
}

void Queue::record(StreamState *stream,
                   const std::shared_ptr<EventState> &event) {
  std::lock_guard lock(mutex);
  push(stream, {{}, {}, {event, ++event->recorded}});
}

void Queue::wait(StreamState *stream,
                 const std::shared_ptr<EventState> &event) {
  std::lock_guard lock(mutex);
  if (stream->waits++ != stream->ignored)
    push(stream, {{}, {event, event->recorded}, {}}); // as recorded by now
}

std::optional<Time> Queue::timeOf(const EventState &event) {
  std::lock_guard lock(mutex);
  auto found = event.times.find(event.recorded);
  if (found == event.times.end())
    return std::nullopt;
  return found->second;
}

/// Work takes 1 to 50 microseconds; all else takes no time.
void Queue::perform(StreamState &stream, const Operation &operation) {
  stream.time = std::max(stream.time, operation.asked);
  if (const Moment &before = operation.awaited; before.event && before.number)
    stream.time = std::max(stream.time, before.event->times.at(before.number));
  if (operation.work) {
    stream.time += std::uniform_real_distribution<Time>(1e3, 5e4)(random);
    if (!stopped)
      operation.work();
  }
  if (const Moment &moment = operation.recorded; moment.event)
    moment.event->times[moment.number] = stream.time;
  ++stream.done;
}

/// Does one operation that may be done; false where there is none. Some
/// streams are fast and some slow, for a while.
bool Queue::doOne() {
  if (random() % 16 == 0)
    for (auto &stream : all)
      if (stream)
        stream->weight = random() % 4 ? 1 : random() % 2 ? 1e-4 : 1e4;
  double total = 0;
  auto weightOf = [](const std::unique_ptr<StreamState> &stream) {
    if (!stream || stream->operations.empty())
      return 0.0;
    const Operation &next = stream->operations.front();
    return next.isReady() ? stream->weight : 0.0;
  };
  for (const auto &stream : all)
    total += weightOf(stream);
  if (total == 0)
    return false;
  double at = std::uniform_real_distribution<double>(0, total)(random);
  StreamState *chosen = nullptr;
  for (const auto &stream : all)
    if (double weight = weightOf(stream); weight > 0) {
      chosen = stream.get();
      if ((at -= weight) < 0)
        break;
    }
  Operation operation = std::move(chosen->operations.front());
  chosen->operations.pop_front();
  perform(*chosen, operation);
  return true;
}

void Queue::workALittle() {
  while (std::uniform_real_distribution<double>(0, 1)(random) < eagerness)
    if (!doOne())
      return;
}

template <typename Done>
int Queue::workUntil(std::unique_lock<std::mutex> &lock, const Done &done) {
  while (!stopped && !done()) {
    if (!doOne())
      changed.wait(lock);
    else
      changed.notify_all();
  }
  return stopped;
}

int Queue::synchronize(StreamState *stream) {
  std::unique_lock lock(mutex);
  uint64_t target = stream->asked;
  int error = workUntil(lock, [&] { return stream->done >= target; });
  hostTime = std::max(hostTime, stream->time);
  return error;
}

int Queue::synchronize(const std::shared_ptr<EventState> &event) {
  std::unique_lock lock(mutex);
  uint64_t target = event->recorded;
  int error = workUntil(lock, [&] { return event->isDone(target); });
  if (auto found = event->times.find(target); found != event->times.end())
    hostTime = std::max(hostTime, found->second);
  return error;
}

bool Queue::isIdle(StreamState *stream) {
  std::lock_guard lock(mutex);
  for (uint64_t i = random() % 4; i > 0; --i)
    doOne();
  changed.notify_all();
  return stream->operations.empty();
}

} // namespace mpcrt::standin
