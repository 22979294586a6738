//===- Queue.h - Streams and events of the stand-in -------------*- C++ -*-===//
#ifndef MPCRT_TEST_STANDIN_QUEUE_H
#define MPCRT_TEST_STANDIN_QUEUE_H

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <vector>

namespace mpcrt::standin {

/// Nanoseconds of a clock that only work moves: what streams and events order
/// comes one after the other there, all else at the same time.
using Time = double;

struct EventState {
  uint64_t recorded = 0;          // how often
  std::map<uint64_t, Time> times; // by number of the record, when it is done
  bool hasTime = true;            // that callers may ask for

  bool isDone(uint64_t number) const { return !number || times.count(number); }
};

/// One record of an event.
struct Moment {
  std::shared_ptr<EventState> event;
  uint64_t number = 0;
};

/// Something in a stream: work, a wait, or a record.
struct Operation {
  std::function<void()> work;
  Moment awaited, recorded;
  Time asked = 0;

  bool isReady() const {
    return !awaited.event || awaited.event->isDone(awaited.number);
  }
};

struct StreamState {
  std::deque<Operation> operations;
  uint64_t asked = 0, done = 0;
  Time time = 0; // of the end of what is done
  double weight = 1;
  int waits = 0, ignored = -1;
};

/// All streams of the process. Whoever waits does the work, one operation at a
/// time.
class Queue {
public:
  static Queue &get();

  void reset(uint64_t seed);

  StreamState *createStream();
  void destroyStream(StreamState *stream);
  int streams();
  StreamState *stream(int number);

  void ask(StreamState *stream, std::function<void()> work);
  void record(StreamState *stream, const std::shared_ptr<EventState> &event);
  void wait(StreamState *stream, const std::shared_ptr<EventState> &event);

  /// When an event was there, or nothing if it is not yet.
  std::optional<Time> timeOf(const EventState &event);

  /// Return the error that has happened, or 0.
  int synchronize(StreamState *stream);
  int synchronize(const std::shared_ptr<EventState> &event);
  bool isIdle(StreamState *stream);

  /// The device stops: what is queued is dropped. Called by work.
  void stop(int error) { stopped = error; }
  int error();

private:
  void push(StreamState *stream, Operation operation);
  void perform(StreamState &stream, const Operation &operation);
  void workALittle();
  bool doOne();
  template <typename Done>
  int workUntil(std::unique_lock<std::mutex> &lock, const Done &done);

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::unique_ptr<StreamState>> all;
  std::mt19937_64 random;
  double eagerness = 0;
  Time hostTime = 0; // the latest end that somebody has waited for
  int stopped = 0;
};

} // namespace mpcrt::standin

#endif // MPCRT_TEST_STANDIN_QUEUE_H
