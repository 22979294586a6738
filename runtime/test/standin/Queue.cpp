//===- Queue.cpp - Streams and events of the stand-in ---------------------===//
#include "Queue.h"
#include <algorithm>
#include <utility>

namespace mpcrt::standin {

// CUDA_ERROR_STREAM_CAPTURE_*, and that of an event.
static constexpr int captureUnsupported = 900, captureInvalidated = 901,
                     captureUnmatched = 903, captureUnjoined = 904,
                     captureIsolation = 905, capturedEvent = 907;

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
  launches.clear();
  std::erase_if(all, [](const auto &stream) { return !stream; });
}

static thread_local int ownOwner = 0;

void setOwner(int owner) { ownOwner = owner; }

StreamState *Queue::createStream() {
  std::lock_guard lock(mutex);
  all.push_back(std::make_unique<StreamState>());
  all.back()->owner = ownOwner;
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

StreamState *Queue::stream(int owner, int number) {
  std::lock_guard lock(mutex);
  for (const auto &stream : all)
    if (stream && stream->owner == owner && number-- == 0)
      return stream.get();
  return nullptr;
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

int Queue::ask(StreamState *stream, std::function<void()> work,
               std::function<bool()> condition) {
  std::lock_guard lock(mutex);
  if (!stream->capture) {
    push(stream, {std::move(work), {}, {}, {}, {}, 0, std::move(condition)});
    return stopped;
  }
  std::vector<Graph::Node> &nodes = stream->capture->graph.nodes;
  nodes.push_back({std::move(work), stream->place});
  stream->place = {nodes.size() - 1};
  return 0;
}

int Queue::record(StreamState *stream,
                  const std::shared_ptr<EventState> &event) {
  std::lock_guard lock(mutex);
  event->capture = stream->capture;
  event->place = stream->place;
  if (!stream->capture)
    push(stream, {{}, {}, {event, ++event->recorded}, {}, {}});
  return stopped;
}

int Queue::wait(StreamState *stream, const std::shared_ptr<EventState> &event) {
  std::lock_guard lock(mutex);
  if (stream->waits++ == stream->ignored)
    return stopped;
  if (!event->capture && !stream->capture) {
    push(stream, {{}, {event, event->recorded}, {}, {}, {}}); // as by now
    return stopped;
  }
  if (event->capture && event->capture->isOver)
    return capturedEvent;
  if (!event->capture ||
      (stream->capture && stream->capture != event->capture)) {
    for (auto &capture : {event->capture, stream->capture})
      if (capture)
        capture->error = captureInvalidated;
    return captureIsolation;
  }
  stream->capture = event->capture; // joins it
  stream->place.insert(event->place.begin(), event->place.end());
  return 0;
}

int Queue::refuse(StreamState *stream) {
  if (!stream->capture)
    return 0;
  stream->capture->error = captureInvalidated;
  return captureUnsupported;
}

int Queue::beginCapture(StreamState *stream) {
  std::lock_guard lock(mutex);
  if (int error = refuse(stream))
    return error;
  stream->capture = std::make_shared<Capture>();
  stream->capture->origin = stream;
  return stopped;
}

int Queue::endCapture(StreamState *origin, Graph &graph) {
  std::lock_guard lock(mutex);
  std::shared_ptr<Capture> capture = origin->capture;
  if (!capture || capture->origin != origin)
    return captureUnmatched;
  Nodes joined = capture->graph.before(origin->place);
  int error = capture->error;
  for (auto &stream : all) {
    if (!stream || stream->capture != capture)
      continue;
    for (size_t node : std::exchange(stream->place, {}))
      if (!joined.count(node) && !error)
        error = captureUnjoined;
    stream->capture = nullptr;
  }
  capture->isOver = true;
  if (!error)
    graph = std::move(capture->graph);
  return error;
}

int Queue::launch(StreamState *stream, std::shared_ptr<const Graph> graph) {
  std::lock_guard lock(mutex);
  if (int error = refuse(stream))
    return error;
  auto launch = std::make_shared<GraphLaunch>();
  launch->graph = std::move(graph);
  push(stream, {{}, {}, {}, launch, {}});
  push(stream, {{}, {}, {}, {}, launch});
  return stopped;
}

std::optional<Time> Queue::timeOf(const EventState &event) {
  std::lock_guard lock(mutex);
  auto found = event.times.find(event.recorded);
  if (found == event.times.end())
    return std::nullopt;
  return found->second;
}

/// Of work, 1 to 50 microseconds; all else takes no time.
Time Queue::duration() {
  return std::uniform_real_distribution<Time>(1e3, 5e4)(random);
}

void Queue::performNode(GraphRun &run, size_t node) {
  const std::function<void()> &work = run.perform(node, duration());
  if (!stopped)
    work();
}

void Queue::perform(StreamState &stream, const Operation &operation) {
  stream.time = std::max(stream.time, operation.asked);
  if (const Moment &before = operation.awaited; before.event && before.number)
    stream.time = std::max(stream.time, before.event->times.at(before.number));
  if (operation.work) {
    stream.time += duration();
    if (!stopped)
      operation.work();
  }
  if (const Moment &moment = operation.recorded; moment.event)
    moment.event->times[moment.number] = stream.time;
  if (operation.begins) {
    std::vector<double> weights(operation.begins->graph->nodes.size());
    for (double &weight : weights)
      weight = someWeight();
    operation.begins->run.emplace(*operation.begins->graph, stream.time,
                                  std::move(weights));
    launches.push_back(operation.begins);
  }
  if (operation.ends) {
    stream.time = std::max(stream.time, operation.ends->run->end());
    std::erase(launches, operation.ends);
  }
  ++stream.done;
}

double Queue::someWeight() {
  return random() % 4 ? 1 : random() % 2 ? 1e-4 : 1e4;
}

/// Does one operation that may be done; false where there is none. Some
/// streams, and parts of graphs, are fast and some slow, for a while.
bool Queue::doOne() {
  if (random() % 16 == 0)
    for (auto &stream : all)
      if (stream)
        stream->weight = someWeight();
  struct Choice {
    double weight;
    StreamState *stream;
    GraphRun *run;
    size_t node;
  };
  std::vector<Choice> choices;
  for (const auto &stream : all)
    if (stream && !stream->operations.empty() &&
        stream->operations.front().isReady())
      choices.push_back({stream->weight, stream.get(), nullptr, 0});
  for (const auto &launch : launches)
    for (size_t node : launch->run->ready())
      choices.push_back(
          {launch->run->weight(node), nullptr, &*launch->run, node});
  if (choices.empty())
    return false;
  double total = 0;
  for (const Choice &choice : choices)
    total += choice.weight;
  double at = std::uniform_real_distribution<double>(0, total)(random);
  size_t chosen = 0;
  while (chosen + 1 < choices.size() && (at -= choices[chosen].weight) >= 0)
    ++chosen;
  const Choice &choice = choices[chosen];
  if (choice.run) {
    performNode(*choice.run, choice.node);
    return true;
  }
  Operation operation = std::move(choice.stream->operations.front());
  choice.stream->operations.pop_front();
  perform(*choice.stream, operation);
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
    // Operations may wait for other processes, who notify nobody.
    if (!doOne())
      changed.wait_for(lock, std::chrono::microseconds(200));
    else
      changed.notify_all();
  }
  return stopped;
}

int Queue::synchronize(StreamState *stream) {
  std::unique_lock lock(mutex);
  if (int error = refuse(stream))
    return error;
  uint64_t target = stream->asked;
  int error = workUntil(lock, [&] { return stream->done >= target; });
  hostTime = std::max(hostTime, stream->time);
  return error;
}

int Queue::synchronize(const std::shared_ptr<EventState> &event) {
  std::unique_lock lock(mutex);
  if (event->capture)
    return capturedEvent;
  uint64_t target = event->recorded;
  int error = workUntil(lock, [&] { return event->isDone(target); });
  if (auto found = event->times.find(target); found != event->times.end())
    hostTime = std::max(hostTime, found->second);
  return error;
}

int Queue::draw(int count) {
  std::lock_guard lock(mutex);
  return static_cast<int>(random() % count);
}

void Queue::workIfAsked() {
  for (uint64_t i = random() % 4; i > 0; --i)
    doOne();
  changed.notify_all();
}

int Queue::query(StreamState *stream, bool &isIdle) {
  std::lock_guard lock(mutex);
  if (int error = refuse(stream))
    return error;
  workIfAsked();
  isIdle = stream->operations.empty();
  return stopped;
}

bool Queue::isOver(const std::shared_ptr<EventState> &event) {
  std::lock_guard lock(mutex);
  workIfAsked();
  return event->isDone(event->recorded);
}

} // namespace mpcrt::standin
