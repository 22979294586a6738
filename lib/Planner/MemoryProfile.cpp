#include "MemoryProfile.h"
#include <algorithm>

using namespace mpc;

TimeSegments::TimeSegments(const ShardingProblem &problem) {
  std::vector<std::int64_t> times;
  for (LiveInterval live : problem.intervals)
    if (live.begin < live.end) {
      times.push_back(live.begin);
      times.push_back(live.end);
    }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  auto rank = [&](std::int64_t time) {
    return int(std::lower_bound(times.begin(), times.end(), time) -
               times.begin());
  };
  for (LiveInterval live : problem.intervals)
    ranks.push_back(live.begin < live.end
                        ? std::pair(rank(live.begin), rank(live.end))
                        : std::pair(0, 0));
  segments = times.empty() ? 0 : int(times.size()) - 1;
}

/// Usage by value over time: the sum of the members that live.
static std::vector<ExcessPiece> usagePieces(const WorkGraph &graph,
                                            const TimeSegments &time,
                                            const WorkVariable &variable) {
  struct Event {
    int at;
    int sign;
    const WorkMember *member;
  };
  std::vector<Event> events;
  for (const WorkMember &member : variable.members) {
    if (member.node >= graph.nodes)
      continue;
    auto [begin, end] = time.of(member.node);
    if (begin == end)
      continue;
    events.push_back({begin, 1, &member});
    events.push_back({end, -1, &member});
  }
  llvm::sort(events,
             [](const Event &a, const Event &b) { return a.at < b.at; });
  std::vector<std::int64_t> running(variable.size());
  std::vector<ExcessPiece> pieces;
  int live = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto usages = graph.problem.nodeUsages[events[i].member->node];
    for (int s = 0; s < variable.size(); ++s)
      running[s] += events[i].sign * usages[events[i].member->strategy[s]];
    live += events[i].sign;
    if (live > 0 && events[i + 1].at != events[i].at)
      pieces.push_back({events[i].at, events[i + 1].at, running});
  }
  return pieces;
}

void MemoryProfile::collectPieces(const WorkGraph &graph,
                                  const TimeSegments &time) {
  all.resize(graph.variables.size());
  for (int v = 0; v < int(all.size()); ++v)
    if (graph.variables[v].alive)
      all[v] = usagePieces(graph, time, graph.variables[v]);
  // What an eliminated variable chooses no longer matters, but its floor does.
  for (const EliminatedVariable &gone : graph.eliminated) {
    all.push_back(usagePieces(graph, time, gone.variable));
    for (ExcessPiece &piece : all.back())
      piece.excess = {*llvm::min_element(piece.excess)};
  }
}

/// Turns usages into excess over the floor, and segments into rows.
void MemoryProfile::keepExceedable(int segments, std::int64_t limit) {
  std::vector<std::int64_t> floor(segments + 1), most(segments + 1);
  for (auto &pieces : all)
    for (ExcessPiece &piece : pieces) {
      auto [low, high] =
          std::minmax_element(piece.excess.begin(), piece.excess.end());
      std::int64_t least = *low, range = *high - *low;
      floor[piece.begin] += least;
      floor[piece.end] -= least;
      most[piece.begin] += least + range;
      most[piece.end] -= least + range;
      for (std::int64_t &usage : piece.excess)
        usage -= least;
    }
  std::vector<char> keep(segments);
  capacities.resize(segments);
  std::int64_t floorNow = 0, mostNow = 0;
  for (int t = 0; t < segments; ++t) {
    floorNow += floor[t];
    mostNow += most[t];
    capacities[t] = limit - floorNow;
    keep[t] = mostNow > limit;
  }
  renumber(keep);
}

/// Keeps some rows; joins pieces that have become neighbours and are equal.
void MemoryProfile::renumber(const std::vector<char> &keepRow) {
  std::vector<int> before(keepRow.size() + 1);
  for (std::size_t row = 0; row < keepRow.size(); ++row) {
    before[row + 1] = before[row] + keepRow[row];
    if (keepRow[row])
      capacities[before[row]] = capacities[row];
  }
  capacities.resize(before.back());
  for (auto &pieces : all) {
    std::vector<ExcessPiece> kept;
    for (ExcessPiece &piece : pieces) {
      int begin = before[piece.begin], end = before[piece.end];
      if (begin == end ||
          llvm::all_of(piece.excess, [](auto e) { return e == 0; }))
        continue;
      if (!kept.empty() && kept.back().end == begin &&
          kept.back().excess == piece.excess)
        kept.back().end = end;
      else
        kept.push_back({begin, end, std::move(piece.excess)});
    }
    pieces = std::move(kept);
  }
}

static bool atMost(const std::vector<std::int64_t> &a,
                   const std::vector<std::int64_t> &b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] > b[i])
      return false;
  return true;
}

/// Compares each row with the next one; a row goes if a neighbour needs at
/// least as much of everything and has no more room.
bool MemoryProfile::dropDominatedRows() {
  int rows = int(capacities.size());
  // falls[r]: nothing grows from row r - 1 to row r; rises: nothing shrinks.
  std::vector<char> falls(rows + 1, 1), rises(rows + 1, 1), keep(rows, 1);
  for (const auto &pieces : all)
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const ExcessPiece &piece = pieces[i];
      if (i == 0 || pieces[i - 1].end != piece.begin) {
        falls[piece.begin] = 0;
      } else {
        falls[piece.begin] &= atMost(piece.excess, pieces[i - 1].excess);
        rises[piece.begin] &= atMost(pieces[i - 1].excess, piece.excess);
      }
      if (i + 1 == pieces.size() || pieces[i + 1].begin != piece.end)
        rises[piece.end] = 0;
    }
  bool changed = false;
  for (int row = 1; row < rows; ++row) {
    bool nextGoes = falls[row] && capacities[row] >= capacities[row - 1];
    bool thisGoes = rises[row] && capacities[row] <= capacities[row - 1];
    if (nextGoes)
      keep[row] = 0;
    else if (thisGoes)
      keep[row - 1] = 0;
    changed |= nextGoes || thisGoes;
  }
  if (changed)
    renumber(keep);
  return changed;
}

MemoryProfile::MemoryProfile(const WorkGraph &graph, const TimeSegments &time) {
  if (!graph.problem.usageLimit) {
    all.resize(graph.variables.size());
    return;
  }
  collectPieces(graph, time);
  keepExceedable(time.count(), *graph.problem.usageLimit);
  while (dropDominatedRows())
    ;
}

std::vector<char> MemoryProfile::fittingValues(int variable, int size) const {
  std::vector<char> fits(size, 1);
  for (const ExcessPiece &piece : all[variable]) {
    std::int64_t room = *std::min_element(capacities.begin() + piece.begin,
                                          capacities.begin() + piece.end);
    for (int s = 0; s < size; ++s)
      fits[s] &= piece.excess[s] <= room;
  }
  return fits;
}
