#include "mpc/Schedule/Program.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace llvm;
using namespace mpc::schedule;

static std::tuple<int, int, int> keyOf(ActionKind kind, int chunk, int part) {
  return {static_cast<int>(kind), chunk, part};
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

static const char *bodyDefect(const Body &body, int numChunks) {
  if (isTransfer(body.kind))
    return "is a transfer, only compute kinds have bodies";
  if (body.chunk < 0 || body.chunk >= numChunks)
    return "belongs to a chunk that does not exist";
  if (body.part < 0)
    return "has a negative part";
  if (isPerMicro(body.kind) && body.part != 0)
    return "has a level, which only prepare and update bodies have";
  if (!std::isfinite(body.time) || body.time < 0)
    return "has a time that is negative or not finite";
  return nullptr;
}

static const char *edgeDefect(const Edge &edge, const Program &program) {
  auto exists = [&](int body) {
    return body >= 0 && size_t(body) < program.bodies.size();
  };
  if (!exists(edge.producer))
    return "has a producer that does not exist";
  if (!all_of(edge.consumers, exists))
    return "has a consumer that does not exist";
  if (is_contained(edge.consumers, edge.producer))
    return "is consumed by its own producer";
  if (edge.bytes < 0)
    return "has negative bytes";
  if (edge.perMicro && !isPerMicro(program.bodies[edge.producer].kind))
    return "has a value for each micro-batch but a producer that runs once a "
           "step";
  return nullptr;
}

Error mpc::schedule::checkProgram(const Program &program, int numChunks) {
  if (!std::isfinite(program.transferTime) || program.transferTime < 0)
    return createStringError(
        "the time of a transfer is negative or not finite");
  DenseMap<std::tuple<int, int, int>, int> seen;
  for (auto [index, body] : enumerate(program.bodies)) {
    if (const char *defect = bodyDefect(body, numChunks))
      return createStringError("body %zu %s", size_t(index), defect);
    auto [first, isNew] =
        seen.try_emplace(keyOf(body.kind, body.chunk, body.part), int(index));
    if (!isNew)
      return createStringError(
          "bodies %d and %zu are both the %s of chunk %d, part %d",
          first->second, size_t(index), kindName(body.kind).data(), body.chunk,
          body.part);
  }
  for (auto [index, edge] : enumerate(program.edges))
    if (const char *defect = edgeDefect(edge, program))
      return createStringError("edge %zu ('%s') %s", size_t(index),
                               edge.name.c_str(), defect);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// ProgramIndex
//===----------------------------------------------------------------------===//

ProgramIndex::ProgramIndex(const Program &program, const Schedule &schedule)
    : program(program), schedule(schedule), bodyInputs(program.bodies.size()),
      bodyOutputs(program.bodies.size()), edgeTargets(program.edges.size()) {
  for (auto [index, body] : enumerate(program.bodies))
    bodies[keyOf(body.kind, body.chunk, body.part)] = int(index);
  for (auto [index, edge] : enumerate(program.edges)) {
    bodyOutputs[edge.producer].push_back(int(index));
    std::vector<int> &targets = edgeTargets[index];
    for (int consumer : edge.consumers) {
      if (!is_contained(bodyInputs[consumer], int(index)))
        bodyInputs[consumer].push_back(int(index));
      if (groupOf(consumer) != groupOf(edge.producer))
        targets.push_back(groupOf(consumer));
    }
    llvm::sort(targets);
    targets.erase(llvm::unique(targets), targets.end());
  }
}

int ProgramIndex::bodyOf(const Action &action) const {
  auto found = bodies.find(keyOf(action.kind, action.chunk, action.part));
  return found == bodies.end() ? -1 : found->second;
}

int ProgramIndex::groupOf(int body) const {
  return schedule.chunkToGroup[program.bodies[body].chunk];
}

int ProgramIndex::instances(int body) const {
  return isPerMicro(program.bodies[body].kind) ? schedule.numMicroBatches : 1;
}

int ProgramIndex::values(int edge) const {
  return program.edges[edge].perMicro ? schedule.numMicroBatches : 1;
}

Action ProgramIndex::actionOf(int body, int micro) const {
  const Body &entry = program.bodies[body];
  return {entry.kind, entry.chunk, isPerMicro(entry.kind) ? micro : -1,
          entry.part};
}
