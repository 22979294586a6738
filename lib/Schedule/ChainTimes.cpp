#include "ChainTimes.h"
#include <algorithm>

using namespace mpc::schedule;

static constexpr double notYet = -1;

namespace {
class ChainClock {
public:
  ChainClock(const Schedule &schedule, const ChunkTimes &times)
      : schedule(schedule), times(times),
        forwards(schedule.numChunks,
                 std::vector<double>(schedule.numMicroBatches, notYet)),
        inputs(forwards), next(schedule.numGroups), starts(schedule.numGroups),
        clocks(schedule.numGroups) {}

  ChainResult run() {
    for (bool progress = true; progress;) {
      progress = false;
      for (int group = 0; group < schedule.numGroups; ++group)
        while (next[group] < schedule.lists[group].size() && step(group))
          progress = true;
    }
    ChainResult result;
    for (int group = 0; group < schedule.numGroups; ++group) {
      result.makespan = std::max(result.makespan, clocks[group]);
      result.longestSpan =
          std::max(result.longestSpan, clocks[group] - starts[group]);
    }
    return result;
  }

private:
  /// When the result of chunk `from` reaches chunk `to`, or notYet.
  double arrival(const std::vector<std::vector<double>> &ends, int from, int to,
                 int micro) const {
    if (from < 0 || from == schedule.numChunks)
      return 0;
    bool isOwn = schedule.chunkToGroup[from] == schedule.chunkToGroup[to];
    double end = ends[from][micro];
    return end == notYet || isOwn ? end : end + times.transfer;
  }

  bool step(int group) {
    const Action &action = schedule.lists[group][next[group]];
    auto [kind, chunk, micro] =
        std::tuple(action.kind, action.chunk, action.micro);
    double ready = 0, length = times.weightGrad;
    if (kind == ActionKind::Forward) {
      ready = arrival(forwards, chunk - 1, chunk, micro);
      length = times.forward;
    } else if (kind != ActionKind::WeightGrad) {
      ready = arrival(inputs, chunk + 1, chunk, micro);
      length = times.inputGrad;
      if (kind == ActionKind::Backward)
        length += times.weightGrad;
    }
    if (ready == notYet)
      return false;
    double start = std::max(ready, clocks[group]);
    if (next[group]++ == 0)
      starts[group] = start;
    clocks[group] = start + length;
    if (kind == ActionKind::Forward)
      forwards[chunk][micro] = clocks[group];
    else if (kind != ActionKind::WeightGrad)
      inputs[chunk][micro] = clocks[group];
    return true;
  }

  const Schedule &schedule;
  const ChunkTimes &times;
  /// When forwards and input-gradients ended, by chunk and micro-batch.
  std::vector<std::vector<double>> forwards, inputs;
  std::vector<size_t> next;
  std::vector<double> starts, clocks;
};
} // namespace

ChainResult mpc::schedule::timeChain(const Schedule &schedule,
                                     const ChunkTimes &times) {
  return ChainClock(schedule, times).run();
}
