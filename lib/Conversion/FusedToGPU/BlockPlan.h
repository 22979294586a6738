//===- BlockPlan.h - threads and accesses of a GPU kernel -------*- C++ -*-===//
//
// What KernelPlan leaves open for a GPU. An *item* is a row (or whatever is
// reduced to one value), or one vector of elements where nothing is reduced. A
// *team* of threads works on one item; its *points* are the vectors of the row.
// A block has several teams.
//
//   softmax of [4096, 768]: items 4096 rows, points 192 vectors of 4, a team is
//     a warp, each thread keeps 6 points in registers; 8 teams a block
//   column sums of [4096, 768]: items 192 vectors of 4 columns, points 4096
//     rows, 64 threads a team; neighbours in a warp are of neighbouring teams
//   gelu of [4096, 768]: items 786432 vectors of 4, no teams
//
//===----------------------------------------------------------------------===//

#ifndef MPC_CONVERSION_FUSEDTOGPU_BLOCKPLAN_H
#define MPC_CONVERSION_FUSEDTOGPU_BLOCKPLAN_H

#include "../FusedToVector/KernelPlan.h"

namespace mpc {

constexpr int64_t kWarp = 32;

struct BlockPlan {
  /// `alignment`: of every buffer, in bytes.
  BlockPlan(const KernelPlan &plan, int64_t alignment);

  int64_t getBlockSize() const { return team * teams; }
  int64_t getGridSize() const { return ceilDiv(items + tail, teams); }
  /// Whether every thread holds its points from the first phase to the last:
  /// one pass over memory.
  bool isResident() const { return copies > 0; }
  /// Warps that share a team's items: what shuffles leave to shared memory.
  int64_t getNumGroups() const {
    return ceilDiv(getBlockSize(),
                   membersAdjacent ? teams * kWarp : std::max(kWarp, teams));
  }

  /// Elements of the lane that move at once; 1: no vectors.
  int64_t width = 1;
  /// Vectors along the lane; 1 without one.
  int64_t laneSteps = 1;
  /// Elements behind the last whole vector, of a kernel over one line.
  int64_t tail = 0;
  int64_t items = 1, points = 1;
  int64_t team = 1, teams = 1;
  /// Neighbouring threads are of one team, not of neighbouring teams.
  bool membersAdjacent = true;
  /// Points that a thread holds; 0: it walks over them once a phase.
  int64_t copies = 1;

private:
  void setWidth(const KernelPlan &plan, int64_t alignment);
  void setTeam(const KernelPlan &plan);
  void setRowTeam(int64_t words);
  void setColumnTeam(int64_t words);
  void setTeams(int64_t most);
};

} // namespace mpc

#endif
