//===- TestPrograms.h - Programs that the schedule tests share --*- C++ -*-===//
#ifndef MPC_TEST_UNIT_SCHEDULE_TESTPROGRAMS_H
#define MPC_TEST_UNIT_SCHEDULE_TESTPROGRAMS_H

#include "mpc/Schedule/Complete.h"
#include "mpc/Schedule/Simulator.h"
#include <random>

namespace mpc::schedule::test {

/// Builds programs; body() returns the index that edge() takes.
class ProgramBuilder {
public:
  int body(ActionKind kind, int chunk, int part = 0);
  void edge(std::string name, int producer, std::vector<int> consumers,
            bool perMicro = true);
  Program program;
};

/// A chain of stages: h<i> goes forward, g<i> back, k<i> from a stage's forward
/// to its own backward.
Program makeChain(int numStages, bool backward);

/// The chain that `schedule` is for: as many stages as it has chunks, with
/// whole backwards, halves or none. With halves, a<i> and d<i> go to the
/// weight-gradient, from the stage's forward and input-gradient.
Program makeChainFor(const Schedule &schedule);

/// The chain with everything that crosses groups in unusual ways: a skip from
/// the first forward to the last, a weight of stage 0 that the last stage uses
/// too (prepared once, its gradient accumulated and sent back once), and a
/// global gradient norm through three update levels. Needs two stages.
Program makeTangle(int numStages);

/// A random legal order of compute actions of `numStages` stages on
/// `numGroups` groups, with ascending backward order.
Schedule randomSchedule(std::mt19937 &random, int numStages, int numGroups,
                        int numMicroBatches);

/// Fails the test and returns an empty schedule on an error.
Schedule completed(const Schedule &compute, const Program &program);

/// F and B (I and W halve it) for every compute action, 0 for once-a-step ones.
Costs plainCosts(double forward, double backward);

/// Each kind's own time; a chunk takes its part of a group's.
Costs splitCosts(double forward, double inputGrad, double weightGrad,
                 int chunksPerGroup);

Timeline simulated(const Schedule &schedule, const Program &program,
                   const Costs &costs);
Timeline simulated(const Schedule &schedule, const Costs &costs);

/// Completes `compute` for its chain, whose bodies take what `costs` says.
Schedule completedChain(const Schedule &compute, const Costs &costs,
                        double transferTime = 0);

/// Most activations of a chunk that a group keeps at once, from F to B or W.
int peakActivations(const std::vector<Action> &list);

std::string errorText(llvm::Error error);

template <typename T> std::string errorText(llvm::Expected<T> result) {
  return result ? "" : errorText(result.takeError());
}

} // namespace mpc::schedule::test

#endif // MPC_TEST_UNIT_SCHEDULE_TESTPROGRAMS_H
