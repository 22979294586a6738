#include "WorkGraph.h"
#include "mpc/Planner/ReducedProblem.h"
#include <algorithm>

using namespace mpc;

std::int64_t mpc::softCutOff(const ShardingProblem &problem) {
  return forbiddenCost / Cost(problem.nodeCount() + problem.edges.size() + 1);
}

static std::pair<int, int> edgeKey(int a, int b) {
  return a < b ? std::pair(a, b) : std::pair(b, a);
}

WorkGraph::WorkGraph(const ShardingProblem &problem)
    : problem(problem), nodes(int(problem.nodeCount())), memberIds(nodes) {}

int WorkGraph::addVariable(std::vector<Cost> unary,
                           std::vector<WorkMember> members) {
  variables.emplace_back();
  variables.back().unary = std::move(unary);
  variables.back().members = std::move(members);
  return int(variables.size()) - 1;
}

WorkGraph::WorkGraph(const ShardingProblem &problem, bool soft)
    : WorkGraph(problem) {
  Cost cutOff = soft ? softCutOff(problem) : forbiddenCost;
  auto cut = [&](llvm::ArrayRef<std::int64_t> costs) {
    std::vector<Cost> result(costs.begin(), costs.end());
    for (Cost &cost : result)
      cost = std::min(cost, cutOff);
    return result;
  };
  for (int node = 0; node < nodes; ++node)
    addVariable(cut(problem.nodeCosts[node]),
                {identityMember(node, int(problem.strategies(node)))});
  edges.reserve(problem.edges.size());
  for (std::size_t edge = 0; edge < problem.edges.size(); ++edge) {
    auto [first, second] = problem.edges[edge];
    std::vector<Cost> table = cut(problem.edgeCosts[edge]);
    if (first != second) {
      addEdge(first, second, std::move(table));
      continue;
    }
    WorkVariable &variable = variables[first];
    for (int s = 0; s < variable.size(); ++s)
      variable.unary[s] = addCosts(
          variable.unary[s], table[std::size_t(s) * (variable.size() + 1)]);
  }
}

WorkMember mpc::identityMember(int node, int values) {
  WorkMember member{node, {}};
  for (int s = 0; s < values; ++s)
    member.strategy.push_back(s);
  return member;
}

void WorkGraph::enqueueEdge(int edge) {
  if (edges[edge].queued || !edges[edge].alive)
    return;
  edges[edge].queued = true;
  edgeQueue.push_back(edge);
}

void WorkGraph::addEdge(int first, int second, std::vector<Cost> table) {
  auto [place, isNew] =
      edgeOf.try_emplace(edgeKey(first, second), int(edges.size()));
  if (isNew) {
    edges.push_back({{first, second}, std::move(table)});
    variables[first].edges.push_back(place->second);
    variables[second].edges.push_back(place->second);
  } else {
    WorkEdge &edge = edges[place->second];
    int side = edge.side(first);
    std::size_t at = 0;
    for (int a = 0; a < variables[first].size(); ++a)
      for (int b = 0; b < variables[second].size(); ++b, ++at) {
        Cost &sum = cost(edge, side, a, b);
        sum = addCosts(sum, table[at]);
      }
  }
  enqueueEdge(place->second);
}

void WorkGraph::removeEdge(int edge) {
  WorkEdge &e = edges[edge];
  e.alive = false;
  e.table = {};
  edgeOf.erase(edgeKey(e.ends[0], e.ends[1]));
  for (int end : e.ends) {
    variables[end].queued = true;
    llvm::erase(variables[end].edges, edge);
  }
}

void WorkGraph::filter(int index, const std::vector<char> &keep) {
  WorkVariable &variable = variables[index];
  std::vector<int> kept;
  for (int s = 0; s < variable.size(); ++s)
    if (keep[s])
      kept.push_back(s);
  if (int(kept.size()) == variable.size())
    return;
  infeasible |= kept.empty();
  for (int edge : variable.edges) {
    WorkEdge &e = edges[edge];
    int side = e.side(index), others = variables[e.other(index)].size();
    std::vector<Cost> table;
    table.reserve(kept.size() * others);
    if (side == 0)
      for (int s : kept)
        table.insert(table.end(), e.table.begin() + std::size_t(s) * others,
                     e.table.begin() + std::size_t(s + 1) * others);
    else
      for (int o = 0; o < others; ++o)
        for (int s : kept)
          table.push_back(e.table[std::size_t(o) * variable.size() + s]);
    e.table = std::move(table);
    enqueueEdge(edge);
    variables[e.other(index)].queued = true;
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    variable.unary[i] = variable.unary[kept[i]];
    for (WorkMember &member : variable.members)
      member.strategy[i] = member.strategy[kept[i]];
  }
  variable.unary.resize(kept.size());
  for (WorkMember &member : variable.members)
    member.strategy.resize(kept.size());
  variable.queued = true;
}

bool WorkGraph::dropForbiddenValues(int index) {
  const std::vector<Cost> &unary = variables[index].unary;
  if (llvm::none_of(unary, [](Cost c) { return c >= forbiddenCost; }))
    return false;
  std::vector<char> keep;
  for (Cost cost : unary)
    keep.push_back(cost < forbiddenCost);
  filter(index, keep);
  return true;
}

/// Moves the least unary cost into the constant; drops forbidden values.
void WorkGraph::normalizeVariable(int index) {
  dropForbiddenValues(index);
  std::vector<Cost> &unary = variables[index].unary;
  if (unary.empty())
    return;
  Cost least = *std::min_element(unary.begin(), unary.end());
  constant += least;
  for (Cost &cost : unary)
    cost -= least;
}

/// Moves the least cost of each value on \p side into its unary cost.
void WorkGraph::pullMinima(WorkEdge &edge, int side) {
  WorkVariable &variable = variables[edge.ends[side]];
  int others = variables[edge.ends[!side]].size();
  bool changed = false;
  for (int s = 0; s < variable.size(); ++s) {
    Cost least = forbiddenCost;
    for (int o = 0; o < others; ++o)
      least = std::min(least, cost(edge, side, s, o));
    if (least == 0)
      continue;
    changed = true;
    variable.unary[s] = addCosts(variable.unary[s], least);
    if (least < forbiddenCost)
      for (int o = 0; o < others; ++o)
        if (Cost &c = cost(edge, side, s, o); c < forbiddenCost)
          c -= least;
  }
  variable.queued |= changed;
}

bool WorkGraph::isZero(const WorkEdge &edge) const {
  return llvm::all_of(edge.table, [](Cost c) { return c == 0; });
}

/// Whether each value on \p side allows just one on the other; \p map says
/// which.
bool WorkGraph::functional(const WorkEdge &edge, int side,
                           std::vector<int> &map) const {
  int mine = variables[edge.ends[side]].size();
  int others = variables[edge.ends[!side]].size();
  map.assign(mine, -1);
  for (int s = 0; s < mine; ++s)
    for (int o = 0; o < others; ++o) {
      if (cost(edge, side, s, o) >= forbiddenCost)
        continue;
      if (map[s] >= 0)
        return false;
      map[s] = o;
    }
  return true;
}

void WorkGraph::normalizeEdge(int index) {
  int ends[2] = {edges[index].ends[0], edges[index].ends[1]};
  pullMinima(edges[index], 0);
  pullMinima(edges[index], 1);
  for (int end : ends)
    normalizeVariable(end);
  if (infeasible || edges[index].queued)
    return; // It has lost values and comes again.
  if (isZero(edges[index]))
    return removeEdge(index);
  std::vector<int> maps[2];
  bool determines[2];
  for (int side : {0, 1})
    determines[side] = functional(edges[index], side, maps[side]);
  if (!determines[0] && !determines[1])
    return;
  bool second =
      !determines[0] || (determines[1] && degree(ends[1]) > degree(ends[0]));
  merge(index, second, maps[second]);
}

std::vector<Cost> WorkGraph::tableFrom(const WorkEdge &edge, int side) const {
  if (side == 0)
    return edge.table;
  int mine = variables[edge.ends[1]].size(),
      others = variables[edge.ends[0]].size();
  std::vector<Cost> table;
  table.reserve(edge.table.size());
  for (int s = 0; s < mine; ++s)
    for (int o = 0; o < others; ++o)
      table.push_back(edge.table[std::size_t(o) * mine + s]);
  return table;
}

/// Lets \p edge end at \p to, whose value s means map[s] of \p from.
void WorkGraph::reroute(int index, int from, int to,
                        const std::vector<int> &map) {
  int other = edges[index].other(from);
  int others = variables[other].size();
  std::vector<Cost> old = tableFrom(edges[index], edges[index].side(from)),
                    table;
  table.reserve(map.size() * others);
  for (int s : map)
    table.insert(table.end(), old.begin() + std::size_t(s) * others,
                 old.begin() + std::size_t(s + 1) * others);
  removeEdge(index);
  addEdge(to, other, std::move(table));
}

/// Makes the end that is not kept a part of the one that is.
void WorkGraph::merge(int edge, int keptSide, const std::vector<int> &map) {
  int kept = edges[edge].ends[keptSide], gone = edges[edge].ends[!keptSide];
  // Variables do not move while edges are added.
  WorkVariable &to = variables[kept], &from = variables[gone];
  for (int s = 0; s < to.size(); ++s)
    to.unary[s] = addCosts(addCosts(to.unary[s], from.unary[map[s]]),
                           cost(edges[edge], keptSide, s, map[s]));
  removeEdge(edge);
  for (int other : std::vector<int>(from.edges))
    reroute(other, gone, kept, map);
  for (WorkMember &member : from.members) {
    WorkMember moved{member.node, {}};
    for (int s : map)
      moved.strategy.push_back(member.strategy[s]);
    to.members.push_back(std::move(moved));
  }
  from = WorkVariable();
  from.alive = false;
  to.queued = true;
  normalizeVariable(kept);
}

void WorkGraph::eliminateDegreeTwo(int index) {
  assert(degree(index) == 2 && "needs two neighbours");
  EliminatedVariable record;
  int neighbours[2];
  for (int side : {0, 1}) {
    int edge = variables[index].edges[side];
    neighbours[side] = edges[edge].other(index);
    record.tables[side] =
        tableFrom(edges[edge], edges[edge].side(neighbours[side]));
    record.links[side] = memberIds++;
    WorkVariable &neighbour = variables[neighbours[side]];
    neighbour.members.push_back(
        identityMember(record.links[side], neighbour.size()));
  }
  for (int edge : std::vector<int>(variables[index].edges))
    removeEdge(edge);
  record.variable = std::move(variables[index]);
  variables[index] = WorkVariable();
  variables[index].alive = false;

  const std::vector<Cost> &unary = record.variable.unary;
  std::size_t size = unary.size();
  std::vector<Cost> table;
  for (int a = 0; a < variables[neighbours[0]].size(); ++a)
    for (int b = 0; b < variables[neighbours[1]].size(); ++b) {
      Cost least = forbiddenCost;
      for (std::size_t s = 0; s < size; ++s)
        least = std::min(
            least, addCosts(addCosts(unary[s], record.tables[0][a * size + s]),
                            record.tables[1][b * size + s]));
      table.push_back(least);
    }
  eliminated.push_back(std::move(record));
  addEdge(neighbours[0], neighbours[1], std::move(table));
}

bool WorkGraph::propagate(Deadline deadline) {
  if (!started)
    for (int variable = 0; variable < int(variables.size()); ++variable)
      normalizeVariable(variable);
  started = true;
  // Most edges take a microsecond: look at the clock now and then.
  for (unsigned done = 0; !edgeQueue.empty() && !infeasible; ++done) {
    if (done % 64 == 0 && std::chrono::steady_clock::now() >= deadline)
      return false;
    int edge = edgeQueue.back();
    edgeQueue.pop_back();
    edges[edge].queued = false;
    if (edges[edge].alive)
      normalizeEdge(edge);
  }
  return true;
}
