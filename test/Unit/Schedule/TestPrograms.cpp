#include "TestPrograms.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"
#include <algorithm>

using namespace mpc::schedule;
using namespace mpc::schedule::test;

using Kind = ActionKind;

static std::string numbered(const char *name, int stage) {
  return llvm::formatv("{0}{1}", name, stage);
}

int ProgramBuilder::body(ActionKind kind, int chunk, int part) {
  program.bodies.push_back({kind, chunk, part});
  return int(program.bodies.size()) - 1;
}

void ProgramBuilder::edge(std::string name, int producer,
                          std::vector<int> consumers, bool perMicro) {
  program.edges.push_back(
      {std::move(name), producer, std::move(consumers), 1024, perMicro});
}

namespace {
struct Chain : ProgramBuilder {
  Chain(int numStages, bool backward) {
    for (int stage = 0; stage < numStages; ++stage)
      forwards.push_back(body(Kind::Forward, stage));
    for (int stage = 0; backward && stage < numStages; ++stage)
      backwards.push_back(body(Kind::Backward, stage));
    for (int stage = 0; stage + 1 < numStages; ++stage)
      edge(numbered("h", stage), forwards[stage], {forwards[stage + 1]});
    for (int stage = 0; stage < int(backwards.size()); ++stage)
      edge(numbered("k", stage), forwards[stage], {backwards[stage]});
    for (int stage = 1; stage < int(backwards.size()); ++stage)
      edge(numbered("g", stage), backwards[stage], {backwards[stage - 1]});
  }
  std::vector<int> forwards, backwards;
};
} // namespace

Program mpc::schedule::test::makeChain(int numStages, bool backward) {
  return Chain(numStages, backward).program;
}

static Program makeSplitChain(int numStages) {
  ProgramBuilder chain;
  std::vector<int> forwards, inputs;
  for (int stage = 0; stage < numStages; ++stage) {
    forwards.push_back(chain.body(Kind::Forward, stage));
    inputs.push_back(chain.body(Kind::InputGrad, stage));
    int weights = chain.body(Kind::WeightGrad, stage);
    chain.edge(numbered("k", stage), forwards.back(), {inputs.back()});
    chain.edge(numbered("a", stage), forwards.back(), {weights});
    chain.edge(numbered("d", stage), inputs.back(), {weights});
  }
  for (int stage = 0; stage + 1 < numStages; ++stage) {
    chain.edge(numbered("h", stage), forwards[stage], {forwards[stage + 1]});
    chain.edge(numbered("g", stage), inputs[stage + 1], {inputs[stage]});
  }
  return chain.program;
}

Program mpc::schedule::test::makeChainFor(const Schedule &schedule) {
  auto has = [&](Kind kind) {
    for (const std::vector<Action> &list : schedule.lists)
      for (const Action &action : list)
        if (action.kind == kind)
          return true;
    return false;
  };
  return has(Kind::InputGrad)
             ? makeSplitChain(schedule.numChunks)
             : makeChain(schedule.numChunks, has(Kind::Backward));
}

Program mpc::schedule::test::makeTangle(int numStages) {
  Chain chain(numStages, true);
  int last = numStages - 1;
  chain.edge("skip", chain.forwards[0],
             {chain.forwards[last], chain.backwards[last]});
  int prepare = chain.body(Kind::Prepare, 0);
  int prepareLast = chain.body(Kind::Prepare, last, 1);
  chain.edge("weight", prepare, {chain.forwards[0], prepareLast}, false);
  chain.edge("cast", prepareLast, {chain.forwards[last]}, false);
  int total = chain.body(Kind::Update, 0, 1);
  std::vector<int> steps;
  for (int stage = 0; stage < numStages; ++stage) {
    int norm = chain.body(Kind::Update, stage, 0);
    chain.edge(numbered("norm", stage), norm, {total}, false);
    chain.edge(numbered("grad", stage), chain.backwards[stage], {norm}, false);
    steps.push_back(chain.body(Kind::Update, stage, 2));
    if (stage == 0)
      chain.edge("tied", chain.backwards[last], {norm}, false);
  }
  chain.edge("scale", total, steps, false);
  return chain.program;
}

namespace {
/// Draws actions of one group at a time until all are done.
struct RandomOrder {
  RandomOrder(std::mt19937 &random, int numStages, int numGroups, int micros)
      : random(random), forwards(numStages), backwards(numStages) {
    schedule.numGroups = numGroups;
    schedule.numChunks = numStages;
    schedule.numMicroBatches = micros;
    schedule.lists.resize(numGroups);
    for (int stage = 0; stage < numStages; ++stage)
      schedule.chunkToGroup.push_back(
          stage < numGroups ? stage : int(random() % numGroups));
  }

  bool ready(int stage, bool backward) const {
    int micro = backward ? backwards[stage] : forwards[stage];
    if (micro == schedule.numMicroBatches)
      return false;
    if (!backward)
      return stage == 0 || forwards[stage - 1] > micro;
    bool lossKnown = stage + 1 == schedule.numChunks;
    return forwards[stage] > micro &&
           (lossKnown || backwards[stage + 1] > micro);
  }

  bool step() {
    std::vector<std::pair<int, bool>> choices;
    for (int stage = 0; stage < schedule.numChunks; ++stage)
      for (bool backward : {false, true})
        if (ready(stage, backward))
          choices.push_back({stage, backward});
    if (choices.empty())
      return false;
    auto [stage, backward] = choices[random() % choices.size()];
    int &micro = backward ? backwards[stage] : forwards[stage];
    schedule.lists[schedule.chunkToGroup[stage]].push_back(
        {backward ? Kind::Backward : Kind::Forward, stage, micro++});
    return true;
  }

  std::mt19937 &random;
  std::vector<int> forwards, backwards;
  Schedule schedule;
};
} // namespace

Schedule mpc::schedule::test::randomSchedule(std::mt19937 &random,
                                             int numStages, int numGroups,
                                             int numMicroBatches) {
  RandomOrder order(random, numStages, numGroups, numMicroBatches);
  while (order.step()) {
  }
  return order.schedule;
}

Schedule mpc::schedule::test::completed(const Schedule &compute,
                                        const Program &program) {
  llvm::Expected<Schedule> result = complete(compute, program);
  if (result)
    return *result;
  ADD_FAILURE() << errorText(result.takeError());
  return {};
}

Costs mpc::schedule::test::plainCosts(double forward, double backward) {
  Costs costs;
  costs.compute = [=](int, const Action &action) {
    if (!isPerMicro(action.kind))
      return 0.0;
    if (action.kind == Kind::Forward)
      return forward;
    return action.kind == Kind::Backward ? backward : backward / 2;
  };
  return costs;
}

Costs mpc::schedule::test::splitCosts(double forward, double inputGrad,
                                      double weightGrad, int chunksPerGroup) {
  Costs costs;
  costs.compute = [=](int, const Action &action) {
    switch (action.kind) {
    case Kind::Forward:
      return forward / chunksPerGroup;
    case Kind::Backward:
      return (inputGrad + weightGrad) / chunksPerGroup;
    case Kind::InputGrad:
      return inputGrad / chunksPerGroup;
    case Kind::WeightGrad:
      return weightGrad / chunksPerGroup;
    default:
      return 0.0;
    }
  };
  return costs;
}

int mpc::schedule::test::peakActivations(const std::vector<Action> &list) {
  int live = 0, peak = 0;
  for (const Action &action : list) {
    live += action.kind == Kind::Forward;
    live -= accumulatesGradients(action.kind);
    peak = std::max(peak, live);
  }
  return peak;
}

Timeline mpc::schedule::test::simulated(const Schedule &schedule,
                                        const Program &program,
                                        const Costs &costs) {
  llvm::Expected<Timeline> timeline = simulate(schedule, program, costs);
  if (timeline)
    return *timeline;
  ADD_FAILURE() << errorText(timeline.takeError());
  return {};
}

Timeline mpc::schedule::test::simulated(const Schedule &schedule,
                                        const Costs &costs) {
  return simulated(schedule, makeChainFor(schedule), costs);
}

Schedule mpc::schedule::test::completedChain(const Schedule &compute,
                                             const Costs &costs,
                                             double transferTime) {
  Program program = makeChainFor(compute);
  program.transferTime = transferTime;
  for (Body &body : program.bodies)
    body.time = costs.compute(0, {body.kind, body.chunk, 0, body.part});
  return completed(compute, program);
}

std::string mpc::schedule::test::errorText(llvm::Error error) {
  return llvm::toString(std::move(error));
}
