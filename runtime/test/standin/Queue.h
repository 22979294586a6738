//===- Queue.h - Streams and events of the stand-in -------------*- C++ -*-===//
#ifndef MPCRT_TEST_STANDIN_QUEUE_H
#define MPCRT_TEST_STANDIN_QUEUE_H

#include "Graph.h"
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

struct EventState {
  uint64_t recorded = 0;          // how often
  std::map<uint64_t, Time> times; // by number of the record, when it is done
  bool hasTime = true;            // that callers may ask for
  /// Where it was recorded last, if that was a capture, and behind what.
  std::shared_ptr<Capture> capture;
  Nodes place;

  bool isDone(uint64_t number) const { return !number || times.count(number); }
};

/// One record of an event.
struct Moment {
  std::shared_ptr<EventState> event;
  uint64_t number = 0;
};

/// A launch of a graph, from when the stream gets there.
struct GraphLaunch {
  std::shared_ptr<const Graph> graph;
  std::optional<GraphRun> run;
};

/// Something in a stream: work, a wait, a record, or begin and end of a graph.
struct Operation {
  std::function<void()> work;
  Moment awaited, recorded;
  std::shared_ptr<GraphLaunch> begins, ends;
  Time asked = 0;
  /// Of work: what must hold before; empty: nothing.
  std::function<bool()> condition = {};

  bool isReady() const {
    if (condition && !condition())
      return false;
    if (ends)
      return ends->run->isOver();
    return !awaited.event || awaited.event->isDone(awaited.number);
  }
};

struct StreamState {
  std::deque<Operation> operations;
  uint64_t asked = 0, done = 0;
  Time time = 0; // of the end of what is done
  double weight = 1;
  int owner = 0; // of the thread that made it
  int waits = 0, ignored = -1;
  /// While it is captured: into what, and behind what.
  std::shared_ptr<Capture> capture;
  Nodes place;
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
  StreamState *stream(int owner, int number);

  // Return an error of what is asked, or 0.
  int ask(StreamState *stream, std::function<void()> work,
          std::function<bool()> condition = {});
  int record(StreamState *stream, const std::shared_ptr<EventState> &event);
  int wait(StreamState *stream, const std::shared_ptr<EventState> &event);
  int beginCapture(StreamState *stream);
  int endCapture(StreamState *stream, Graph &graph);
  int launch(StreamState *stream, std::shared_ptr<const Graph> graph);

  /// When an event was there, or nothing if it is not yet.
  std::optional<Time> timeOf(const EventState &event);

  /// A number below `count`, as the seed decides.
  int draw(int count);
  /// Something outside of the queue has changed that operations wait for.
  void wake() { changed.notify_all(); }

  /// Return the error that has happened, or 0.
  int synchronize(StreamState *stream);
  int synchronize(const std::shared_ptr<EventState> &event);
  int query(StreamState *stream, bool &isIdle);
  bool isOver(const std::shared_ptr<EventState> &event);

  /// The device stops: what is queued is dropped. Called by work.
  void stop(int error) { stopped = error; }
  int error();

private:
  void push(StreamState *stream, Operation operation);
  void perform(StreamState &stream, const Operation &operation);
  void performNode(GraphRun &run, size_t node);
  Time duration();
  double someWeight();
  void workALittle();
  /// A call that a capture does not allow spoils it.
  int refuse(StreamState *stream);
  void workIfAsked();
  bool doOne();
  template <typename Done>
  int workUntil(std::unique_lock<std::mutex> &lock, const Done &done);

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::unique_ptr<StreamState>> all;
  std::vector<std::shared_ptr<GraphLaunch>> launches; // under way
  std::mt19937_64 random;
  double eagerness = 0;
  Time hostTime = 0; // the latest end that somebody has waited for
  int stopped = 0;
};

} // namespace mpcrt::standin

#endif // MPCRT_TEST_STANDIN_QUEUE_H
