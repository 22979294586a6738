//===- Builders.h - what the generators share -------------------*- C++ -*-===//
#ifndef MPC_LIB_SCHEDULE_BUILDERS_H
#define MPC_LIB_SCHEDULE_BUILDERS_H

#include "mpc/Schedule/Generators.h"

namespace mpc::schedule {

/// What a generator is asked for.
struct GeneratorOptions {
  int numGroups = 1;
  int numMicroBatches = 1;
  /// What stands after the colon of "interleaved:V" and "zb-auto:N".
  int number = 1;
};

/// Group c mod p for each of p * v chunks.
std::vector<int> placeInRounds(int numGroups, int chunksPerGroup);
/// Down the groups and up again: 0 1 2 2 1 0. A group alone has one chunk.
std::vector<int> placeInV(int numGroups);

/// Empty lists.
Schedule makeEmpty(std::vector<int> chunkToGroup, int numGroups,
                   int numMicroBatches);

Schedule makeGPipe(const GeneratorOptions &options);
Schedule makeOneForwardOneBackward(const GeneratorOptions &options);
Schedule makeInterleaved(const GeneratorOptions &options);
Schedule makeZeroBubbleH1(const GeneratorOptions &options);
Schedule makeZeroBubbleH2(const GeneratorOptions &options);
Schedule makeZeroBubbleV(const GeneratorOptions &options);
Schedule makeDualPipeV(const GeneratorOptions &options);

/// Group r runs `ahead[r]` forwards ahead, then F I W in turn, with each W
/// `delay[r]` micro-batches behind its I. Legal where `ahead` never grows with
/// r. Keeps at most ahead + 1 + delay activations.
Schedule makeDelayed(const std::vector<int> &ahead,
                     const std::vector<int> &delay, int numMicroBatches);

} // namespace mpc::schedule

#endif // MPC_LIB_SCHEDULE_BUILDERS_H
