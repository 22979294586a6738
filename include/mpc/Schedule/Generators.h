//===- Generators.h - Named pipeline schedules ------------------*- C++ -*-===//
//
// Generators write compute-only lists: forward and backward actions in order,
// no transfers, no prepare or update. complete() adds the rest.
//
// Both generators run a chunk's backward actions in ascending micro-batch
// order, so that gradients accumulate in the same order under every schedule
// and schedules agree bit for bit. check() enforces it on any schedule.
//
//===----------------------------------------------------------------------===//
#ifndef MPC_SCHEDULE_GENERATORS_H
#define MPC_SCHEDULE_GENERATORS_H

#include "mpc/Schedule/Actions.h"

namespace mpc::schedule {

/// What a generator is asked for: one chunk a group, any number of both.
struct GeneratorOptions {
  int numStages = 1;
  int numMicroBatches = 1;
  /// False for inference: forward actions only.
  bool backward = true;
};

/// All forwards, then all backwards. Keeps m activations on every group.
///   bubble: (p-1)(F+B)
Schedule makeGPipe(const GeneratorOptions &options);

/// Group r of p runs min(m, p-1-r) forwards ahead, then alternates one forward
/// and one backward. Keeps min(m, p-r) activations; with free communication it
/// takes as long as GPipe.
Schedule makeOneForwardOneBackward(const GeneratorOptions &options);

/// The schedule called `name` for p stages and m micro-batches: "gpipe" or
/// "1f1b". Fails on an unknown name, on names that are reserved but have no
/// generator yet ("interleaved:V", "zb-h1", "zb-h2", "zb-v", "dualpipev") and
/// on counts below 1 or absurdly high.
llvm::Expected<Schedule> makeSchedule(llvm::StringRef name, int numStages,
                                      int numMicroBatches,
                                      bool backward = true);

/// Names that makeSchedule accepts, for help texts.
std::vector<std::string> scheduleNames();

} // namespace mpc::schedule

#endif // MPC_SCHEDULE_GENERATORS_H
