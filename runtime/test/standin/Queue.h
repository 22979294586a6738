//===- Queue.h - Streams and events of the stand-in -------------*- C++ -*-===//
#ifndef MPCRT_TEST_STANDIN_QUEUE_H
#define MPCRT_TEST_STANDIN_QUEUE_H

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <vector>

namespace mpcrt::standin {

struct EventState {
  uint64_t recorded = 0, done = 0; // how often
};

/// Something in a stream: work, the end of a wait, or a record.
struct Operation {
  std::function<void()> work;
  /// What must hold before; empty: nothing.
  std::function<bool()> isReady;
};

struct StreamState {
  std::deque<Operation> operations;
  uint64_t asked = 0, done = 0;
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

  void ask(StreamState *stream, std::function<void()> work,
           std::function<bool()> isReady = {});
  void record(StreamState *stream, const std::shared_ptr<EventState> &event);
  void wait(StreamState *stream, const std::shared_ptr<EventState> &event);

  /// Return the error that has happened, or 0.
  int synchronize(StreamState *stream);
  int synchronize(const std::shared_ptr<EventState> &event);
  bool isIdle(StreamState *stream);

  /// The device stops: what is queued is dropped. Called by work.
  void stop(int error) { stopped = error; }
  int error();

private:
  void workALittle();
  bool doOne();
  template <typename Done>
  int workUntil(std::unique_lock<std::mutex> &lock, const Done &done);

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::unique_ptr<StreamState>> all;
  std::mt19937_64 random;
  double eagerness = 0;
  int stopped = 0;
};

} // namespace mpcrt::standin

#endif // MPCRT_TEST_STANDIN_QUEUE_H
