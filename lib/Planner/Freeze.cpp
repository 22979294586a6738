#include "Freeze.h"
#include <algorithm>
#include <map>

using namespace mpc;

/// Members of the variables that are left, of those that are fixed, and the
/// eliminated ones in the order in which they went.
struct ReducedProblem::Expansion {
  std::vector<std::vector<WorkMember>> members;
  std::vector<WorkMember> fixed;
  std::vector<EliminatedVariable> eliminated;
  int nodes, memberIds;
};

namespace {

class Freezer {
public:
  Freezer(WorkGraph &graph, const MemoryProfile &profile)
      : graph(graph), profile(profile),
        reduced(std::make_unique<ReducedProblem>()) {}
  std::unique_ptr<ReducedProblem> run();

private:
  void addVariables();
  void addEdges();
  void addArcs();
  const double *intern(std::vector<double> table);
  void chooseForbidden();

  WorkGraph &graph;
  const MemoryProfile &profile;
  std::unique_ptr<ReducedProblem> reduced;
  std::vector<int> newIndex;
  std::map<std::vector<double>, const double *> tables;
};

} // namespace

void Freezer::addVariables() {
  auto expansion = std::make_shared<ReducedProblem::Expansion>();
  newIndex.assign(graph.variables.size(), -1);
  std::vector<std::size_t> excessOffsets;
  for (int v = 0; v < int(graph.variables.size()); ++v) {
    WorkVariable &variable = graph.variables[v];
    if (!variable.alive)
      continue;
    if (variable.size() == 1) {
      graph.constant += variable.unary[0];
      llvm::move(variable.members, std::back_inserter(expansion->fixed));
      continue;
    }
    newIndex[v] = reduced->size();
    reduced->unary.insert(reduced->unary.end(), variable.unary.begin(),
                          variable.unary.end());
    reduced->valueOffset.push_back(int(reduced->unary.size()));
    expansion->members.push_back(std::move(variable.members));
    for (const ExcessPiece &piece : profile.pieces(v)) {
      excessOffsets.push_back(reduced->excesses.size());
      reduced->pieceList.push_back({piece.begin, piece.end, nullptr});
      reduced->excesses.insert(reduced->excesses.end(), piece.excess.begin(),
                               piece.excess.end());
    }
    reduced->pieceOffset.push_back(reduced->pieceList.size());
  }
  for (std::size_t i = 0; i < excessOffsets.size(); ++i)
    reduced->pieceList[i].excess = reduced->excesses.data() + excessOffsets[i];
  expansion->eliminated = std::move(graph.eliminated);
  expansion->nodes = graph.nodes;
  expansion->memberIds = graph.memberIds;
  reduced->expansion = expansion;
}

const double *Freezer::intern(std::vector<double> table) {
  auto [place, isNew] = tables.try_emplace(std::move(table), nullptr);
  if (isNew) {
    reduced->tables.push_back(place->first);
    place->second = reduced->tables.back().data();
  }
  return place->second;
}

/// A small number keeps the low digits of sums. All that is not forbidden
/// together makes an upper bound on any cost worth having.
void Freezer::chooseForbidden() {
  double sum = 1;
  auto add = [&](const std::vector<Cost> &costs) {
    Cost most = 0;
    for (Cost cost : costs)
      most = cost < forbiddenCost ? std::max(most, cost) : most;
    sum += double(most);
  };
  for (const WorkVariable &variable : graph.variables)
    add(variable.unary);
  for (const WorkEdge &edge : graph.edges)
    add(edge.table);
  reduced->forbidden = std::min(double(forbiddenCost), sum);
}

void Freezer::addEdges() {
  for (const WorkEdge &edge : graph.edges) {
    if (!edge.alive)
      continue;
    int rows = graph.variables[edge.ends[0]].size();
    int columns = graph.variables[edge.ends[1]].size();
    if (rows == 1 || columns == 1)
      continue; // Only where time ran out: normalised, so nothing is left of
                // it.
    std::vector<double> table;
    for (Cost cost : edge.table)
      table.push_back(std::min(double(cost), reduced->forbidden));
    std::vector<double> transposed(table.size());
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c)
        transposed[std::size_t(c) * rows + r] =
            table[std::size_t(r) * columns + c];
    // Tables of different shape may hold the same numbers.
    reduced->edges.push_back({newIndex[edge.ends[0]], newIndex[edge.ends[1]],
                              intern(std::move(table)),
                              intern(std::move(transposed))});
  }
}

void Freezer::addArcs() {
  std::vector<std::vector<ReducedProblem::Arc>> arcs(reduced->size());
  for (int e = 0; e < int(reduced->edges.size()); ++e) {
    const auto &edge = reduced->edges[e];
    arcs[edge.first].push_back({edge.second, e, edge.table});
    arcs[edge.second].push_back({edge.first, e, edge.transposed});
  }
  for (const auto &list : arcs) {
    reduced->arcList.insert(reduced->arcList.end(), list.begin(), list.end());
    reduced->arcOffset.push_back(reduced->arcList.size());
  }
}

std::unique_ptr<ReducedProblem> Freezer::run() {
  reduced->capacity = profile.capacity();
  chooseForbidden();
  addVariables();
  reduced->constant = double(graph.constant);
  addEdges();
  addArcs();
  return std::move(reduced);
}

std::unique_ptr<ReducedProblem> mpc::freeze(WorkGraph &graph,
                                            const MemoryProfile &profile) {
  return Freezer(graph, profile).run();
}

double ReducedProblem::cost(const Assignment &assignment) const {
  double sum = constant;
  for (int v = 0; v < size(); ++v)
    sum += unaryOf(v)[assignment[v]];
  for (const Edge &edge : edges)
    sum +=
        edge.table[std::size_t(assignment[edge.first]) * domain(edge.second) +
                   assignment[edge.second]];
  return sum;
}

static int cheapestBetween(const EliminatedVariable &record, int a, int b) {
  const std::vector<Cost> &unary = record.variable.unary;
  std::size_t size = unary.size(), best = 0;
  Cost least = INT64_MAX;
  for (std::size_t s = 0; s < size; ++s) {
    Cost cost = addCosts(addCosts(unary[s], record.tables[0][a * size + s]),
                         record.tables[1][b * size + s]);
    if (cost < least) {
      least = cost;
      best = s;
    }
  }
  return int(best);
}

ShardingSolution ReducedProblem::expand(const Assignment &assignment) const {
  const Expansion &e = *expansion;
  std::vector<std::int32_t> strategy(e.memberIds);
  auto set = [&](const std::vector<WorkMember> &members, int value) {
    for (const WorkMember &member : members)
      strategy[member.node] = member.strategy[value];
  };
  set(e.fixed, 0);
  for (int v = 0; v < size(); ++v)
    set(e.members[v], assignment[v]);
  for (auto record = e.eliminated.rbegin(); record != e.eliminated.rend();
       ++record)
    set(record->variable.members,
        cheapestBetween(*record, strategy[record->links[0]],
                        strategy[record->links[1]]));
  strategy.resize(e.nodes);
  return strategy;
}

Assignment ReducedProblem::project(const ShardingSolution &solution) const {
  Assignment assignment;
  for (int v = 0; v < size(); ++v) {
    std::vector<int> agree(domain(v));
    for (const WorkMember &member : expansion->members[v])
      for (int y = 0; y < domain(v) && member.node < expansion->nodes; ++y)
        agree[y] += member.strategy[y] == solution[member.node];
    assignment.push_back(
        int(std::max_element(agree.begin(), agree.end()) - agree.begin()));
  }
  return assignment;
}
