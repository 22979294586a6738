//===- Graph.cpp - Captured work of the stand-in --------------------------===//
#include "Graph.h"
#include <algorithm>

namespace mpcrt::standin {

Nodes Graph::before(const Nodes &ends) const {
  Nodes found;
  std::vector<size_t> left(ends.begin(), ends.end());
  while (!left.empty()) {
    size_t node = left.back();
    left.pop_back();
    if (found.insert(node).second)
      left.insert(left.end(), nodes[node].after.begin(),
                  nodes[node].after.end());
  }
  return found;
}

GraphRun::GraphRun(const Graph &graph, Time start, std::vector<double> weights)
    : graph(graph), weights(std::move(weights)),
      starts(graph.nodes.size(), start), next(graph.nodes.size()),
      left(graph.nodes.size()), latest(start) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Nodes &after = graph.nodes[i].after;
    waitsFor.push_back(after.size());
    for (size_t before : after)
      next[before].insert(i);
    if (after.empty())
      isReady.insert(i);
  }
}

const std::function<void()> &GraphRun::perform(size_t node, Time duration) {
  Time end = starts[node] + duration;
  latest = std::max(latest, end);
  isReady.erase(node);
  --left;
  for (size_t other : next[node]) {
    starts[other] = std::max(starts[other], end);
    if (--waitsFor[other] == 0)
      isReady.insert(other);
  }
  return graph.nodes[node].work;
}

} // namespace mpcrt::standin
