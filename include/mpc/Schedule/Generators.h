//===- Generators.h - Named pipeline schedules ------------------*- C++ -*-===//
//
// Generators write compute-only lists: forward and backward actions in order,
// no transfers, no prepare or update. complete() adds the rest.
//
// With p groups, m micro-batches, v chunks a group, and F, I, W the times of a
// group's forward, input-gradient and weight-gradient of one micro-batch
// (B = I + W), transfers free:
//
//   name           chunks  bubble                  activations of group r
//   gpipe          p       (p-1)(F+B)              m
//   1f1b           p       (p-1)(F+B)              min(m, p-r)
//   interleaved:V  p V     (p-1)(F+B)/v            p + (p-1-2r)/v
//   zb-h1          p       (p-1)(F+I-W)            p, until W
//   zb-h2          p       (p-1)F, the skew only   2p-1, until W
//   zb-v           2p      (p-1)F/2, the skew      p, in halves, until W
//   zb-auto:N      p       searched for            N, until W
//   dualpipev      2p      (p-1)(F+I-W)/2          p + 1/2, in halves
//
// Chunk c of interleaved:V is on group c mod p; zb-v and dualpipev go down the
// groups and up again: group r has chunks r and 2p-1-r. The zb ones and
// dualpipev split the backward. The skew rows hold for F = I = W.
//
// All take any number of groups and micro-batches. Where an order is made for
// rounds of micro-batches (interleaved, zb-v, dualpipev), it is made for more
// of them than there are, and those are left out: what remains of legal lists
// is legal, takes no longer and keeps no more. A group alone has one chunk.
//
// A chunk accumulates gradients in ascending micro-batch order under every
// generator, so that schedules agree bit for bit. check() enforces it.
//
//===----------------------------------------------------------------------===//
#ifndef MPC_SCHEDULE_GENERATORS_H
#define MPC_SCHEDULE_GENERATORS_H

#include "mpc/Schedule/Actions.h"

namespace mpc::schedule {

/// The schedule called `name`, one of scheduleNames(), for p groups and m
/// micro-batches; without `backward` all forwards on the chunks of that
/// schedule, for inference. Fails on an unknown name, a number after the colon
/// that is missing or out of range, and counts below 1 or absurdly high.
llvm::Expected<Schedule> makeSchedule(llvm::StringRef name, int numGroups,
                                      int numMicroBatches,
                                      bool backward = true);

/// Names as users type them, for help texts and errors: "gpipe",
/// "interleaved:V", ...
std::vector<std::string> scheduleNames();

/// What a schedule asks of the program that it runs.
struct ScheduleNeeds {
  /// Number of chunks, and where each of them is.
  std::vector<int> chunkToGroup;
  /// Whether the backward comes in two halves, I and W.
  bool splitsBackward = false;
};

/// The needs of a name or a CSV file (".csv") on `numGroups` groups.
llvm::Expected<ScheduleNeeds> getScheduleNeeds(llvm::StringRef nameOrFile,
                                               int numGroups);

/// Reads a schedule in CSV form. Where some backwards are split and others are
/// not, the others become an I followed by its W. Errors name the file.
llvm::Expected<Schedule> readSchedule(const std::string &path);

/// True for a name that readSchedule reads.
bool isScheduleFile(llvm::StringRef nameOrFile);

/// The compute-only lists of a program: those of a name, or of a file, whose
/// numbers must fit. A file is one of training, of as many micro-batches or more
/// (the last batch of an epoch may be smaller); without `backward` all forwards
/// on its chunks.
llvm::Expected<Schedule> makeProgramSchedule(llvm::StringRef nameOrFile,
                                             int numGroups, int numMicroBatches,
                                             bool backward);

/// Leaves out what belongs to micro-batches from `numMicroBatches` on. A legal
/// compute-only schedule stays legal: nothing else waits for those.
void keepMicroBatches(Schedule &schedule, int numMicroBatches);

/// Forward actions only, on any placement. A group runs its deepest chunk that
/// has an input: values wait for as short as possible.
Schedule makeForwardOnly(const std::vector<int> &chunkToGroup, int numGroups,
                         int numMicroBatches);

//===----------------------------------------------------------------------===//
// The automatic scheduler
//===----------------------------------------------------------------------===//

/// Times of the actions of a chunk, and of a transfer, in any one unit.
struct ChunkTimes {
  double forward = 1, inputGrad = 1, weightGrad = 1, transfer = 0;
};

struct AutoOptions {
  int numGroups = 1;
  int numMicroBatches = 1;
  /// Micro-batches whose activations a group may keep; at least 1.
  /// p is what 1F1B keeps on its first group (published as ZB-1p), 2p leaves
  /// almost no bubble (ZB-2p).
  int limit = 1;
  /// The part of them that is left after I, for W.
  double keptAfterInput = 1;
  ChunkTimes times;
  /// What is to be short: the whole step or, for an optimizer that does not
  /// wait for all groups, the longest time that a group is occupied.
  bool isSynchronised = true;
};

/// Searches: greedy list scheduling with several settings for every limit up to
/// the one given, and the best of all is taken. So more memory is never worse.
Schedule makeZeroBubbleAuto(const AutoOptions &options);

} // namespace mpc::schedule

#endif // MPC_SCHEDULE_GENERATORS_H
