//===- Graph.h - Captured work of the stand-in ------------------*- C++ -*-===//
#ifndef MPCRT_TEST_STANDIN_GRAPH_H
#define MPCRT_TEST_STANDIN_GRAPH_H

#include <cstddef>
#include <functional>
#include <set>
#include <vector>

namespace mpcrt::standin {

/// Nanoseconds of a clock that only work moves: what streams and events order
/// comes one after the other there, all else at the same time.
using Time = double;

/// Work and what it comes after, by number.
using Nodes = std::set<size_t>;
struct Graph {
  struct Node {
    std::function<void()> work;
    Nodes after;
  };
  std::vector<Node> nodes;

  /// These and all that they come after.
  Nodes before(const Nodes &ends) const;
};

struct StreamState;

/// A graph that streams write down at the moment.
struct Capture {
  Graph graph;
  StreamState *origin = nullptr;
  bool isOver = false;
  int error = 0; // that it cannot end well any more
};

/// A launch that is under way.
class GraphRun {
public:
  GraphRun(const Graph &graph, Time start, std::vector<double> weights);

  bool isOver() const { return left == 0; }
  Time end() const { return latest; }
  /// Nodes that may be done now.
  const Nodes &ready() const { return isReady; }
  double weight(size_t node) const { return weights[node]; }
  /// Returns the work of a ready node, which then takes that long.
  const std::function<void()> &perform(size_t node, Time duration);

private:
  Graph graph;
  std::vector<double> weights; // the heavier, the earlier
  std::vector<Time> starts;
  std::vector<size_t> waitsFor; // of the nodes before it
  std::vector<Nodes> next;
  Nodes isReady;
  size_t left;
  Time latest;
};

} // namespace mpcrt::standin

#endif // MPCRT_TEST_STANDIN_GRAPH_H
