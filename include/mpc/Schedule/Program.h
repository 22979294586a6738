//===- Program.h - What a schedule schedules --------------------*- C++ -*-===//
//
// The partitioned program as the schedule layer sees it: bodies (pieces of
// straight-line code) and edges (values that one body hands to others). Chunks
// belong to device groups by Schedule::chunkToGroup; an edge whose consumer
// lives on another group needs a transfer, whichever stages they are.
//
//===----------------------------------------------------------------------===//
#ifndef MPC_SCHEDULE_PROGRAM_H
#define MPC_SCHEDULE_PROGRAM_H

#include "mpc/Schedule/Actions.h"
#include "llvm/ADT/DenseMap.h"
#include <tuple>

namespace mpc::schedule {

/// Code of one chunk. Forward, backward, input- and weight-gradient bodies run
/// once for each micro-batch, prepare and update bodies once a step.
struct Body {
  ActionKind kind = ActionKind::Forward;
  int chunk = 0;
  /// Level of a prepare or update body, 0 for the others.
  int part = 0;
  /// Expected time in any unit common to all bodies. It only decides where
  /// receives and waits go; 0 means a guess by kind (backward 2, others 1).
  double time = 0;
};

/// A value: one producer, any number of consumers on any groups.
///
/// | edge      | producer       | the value |
/// |-----------|----------------|----------------------------------------------|
/// | per micro | per micro      | one for each micro-batch | | once      |
/// prepare/update | one a step: cast weights, a gradient norm    | | once | per
/// micro      | accumulated; complete after the last         | |           | |
/// micro-batch: gradients of a tied weight      |
///
/// A per-micro consumer of a per-micro edge needs its own micro-batch; a
/// once-a-step consumer needs all of them.
struct Edge {
  std::string name;
  int producer = 0;
  std::vector<int> consumers;
  /// Bytes of one transfer.
  int64_t bytes = 0;
  bool perMicro = true;
};

struct Program {
  std::vector<Body> bodies;
  std::vector<Edge> edges;
  /// Expected time of a transfer, in the unit of Body::time.
  double transferTime = 0;
};

/// Kinds, indices and byte counts make sense, no body appears twice, and no
/// edge asks for what its producer cannot give.
llvm::Error checkProgram(const Program &program, int numChunks);

/// Look-ups in a checked program on the groups of a checked schedule.
class ProgramIndex {
public:
  ProgramIndex(const Program &program, const Schedule &schedule);

  /// Body that a compute action runs, or -1.
  int bodyOf(const Action &action) const;
  /// Device group of a body.
  int groupOf(int body) const;
  /// Edges that a body reads, or writes, in ascending order.
  const std::vector<int> &inputs(int body) const { return bodyInputs[body]; }
  const std::vector<int> &outputs(int body) const { return bodyOutputs[body]; }
  /// Other groups that read an edge, in ascending order.
  const std::vector<int> &targets(int edge) const { return edgeTargets[edge]; }
  /// Actions that a body becomes in a step.
  int instances(int body) const;
  /// Values that an edge carries in a step.
  int values(int edge) const;
  /// The action that runs `body` for `micro` (ignored by once-a-step bodies).
  Action actionOf(int body, int micro) const;

  const Program &program;
  const Schedule &schedule;

private:
  llvm::DenseMap<std::tuple<int, int, int>, int> bodies;
  std::vector<std::vector<int>> bodyInputs, bodyOutputs, edgeTargets;
};

} // namespace mpc::schedule

#endif // MPC_SCHEDULE_PROGRAM_H
