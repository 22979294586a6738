#include "mpc/Schedule/Check.h"
#include "CheckTransfers.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mpc::schedule;

//===----------------------------------------------------------------------===//
// Compute rules
//===----------------------------------------------------------------------===//

namespace {
/// Positions of one chunk's actions for each micro-batch, -1 for none.
class ChunkTable {
public:
  explicit ChunkTable(int numMicroBatches)
      : positions(4, std::vector<int>(numMicroBatches, -1)) {}

  int &at(const Action &action) {
    return positions[row(action.kind)][action.micro];
  }
  int at(const Action &action) const {
    return positions[row(action.kind)][action.micro];
  }
  bool has(const Action &action) const { return at(action) >= 0; }

  /// Micro-batch that was accumulated last.
  int accumulated = -1;
  bool hasBackward = false;

private:
  static int row(ActionKind kind) {
    return static_cast<int>(kind) - static_cast<int>(ActionKind::Forward);
  }
  std::vector<std::vector<int>> positions;
};
} // namespace

static Error recordAction(const Action &action, int position, int group,
                          ChunkTable &table) {
  int &found = table.at(action);
  if (found >= 0)
    return createStringError("group %d: '%s' appears twice, at positions %d "
                             "and %d",
                             group, toText(action).c_str(), found, position);
  found = position;
  table.hasBackward |= action.kind != ActionKind::Forward;
  if (!accumulatesGradients(action.kind))
    return Error::success();
  if (action.micro < table.accumulated)
    return createStringError(
        "group %d: '%s' accumulates gradients after micro-batch %d, expected "
        "ascending micro-batches",
        group, toText(action).c_str(), table.accumulated);
  table.accumulated = action.micro;
  return Error::success();
}

static Error missingAction(int group, const Action &action) {
  return createStringError("group %d: '%s' is missing", group,
                           toText(action).c_str());
}

static Error checkPair(const ChunkTable &table, int group, const Action &early,
                       const Action &late) {
  if (!table.has(late))
    return Error::success();
  if (!table.has(early))
    return missingAction(group, early);
  if (table.at(late) < table.at(early))
    return createStringError("group %d: '%s' must come after '%s'", group,
                             toText(late).c_str(), toText(early).c_str());
  return Error::success();
}

static Error checkMicroBatch(const ChunkTable &table, int group, int chunk,
                             int micro, bool backward) {
  Action f{ActionKind::Forward, chunk, micro};
  Action b{ActionKind::Backward, chunk, micro};
  Action i{ActionKind::InputGrad, chunk, micro};
  Action w{ActionKind::WeightGrad, chunk, micro};
  if (!table.has(f))
    return missingAction(group, f);
  if (table.has(b) && (table.has(i) || table.has(w)))
    return createStringError("group %d: '%s' repeats a part of '%s'", group,
                             toText(table.has(i) ? i : w).c_str(),
                             toText(b).c_str());
  if (backward && !table.has(b) && !table.has(i) && !table.has(w))
    return createStringError("group %d: the backward of '%s' is missing, "
                             "expected '%s', or '%s' and '%s'",
                             group, toText(f).c_str(), toText(b).c_str(),
                             toText(i).c_str(), toText(w).c_str());
  if (table.has(i) && !table.has(w))
    return missingAction(group, w);
  for (auto [early, late] : {std::pair(f, b), std::pair(f, i), std::pair(i, w)})
    if (Error error = checkPair(table, group, early, late))
      return error;
  return Error::success();
}

Error mpc::schedule::checkCompute(const Schedule &schedule) {
  if (Error error = checkShape(schedule))
    return error;
  std::vector<ChunkTable> tables(schedule.numChunks,
                                 ChunkTable(schedule.numMicroBatches));
  for (auto [group, list] : enumerate(schedule.lists))
    for (auto [position, action] : enumerate(list))
      if (isPerMicro(action.kind))
        if (Error error = recordAction(action, int(position), int(group),
                                       tables[action.chunk]))
          return error;
  bool backward =
      any_of(tables, [](const ChunkTable &table) { return table.hasBackward; });
  for (auto [chunk, table] : enumerate(tables))
    for (int micro = 0; micro < schedule.numMicroBatches; ++micro)
      if (Error error = checkMicroBatch(table, schedule.chunkToGroup[chunk],
                                        int(chunk), micro, backward))
        return error;
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Complete lists
//===----------------------------------------------------------------------===//

static Error recordPosition(const Action &action, int group, int position,
                            const ProgramIndex &index, Positions &positions) {
  int body = index.bodyOf(action);
  if (body < 0)
    return createStringError("group %d: the program has no %s body for '%s'",
                             group, kindName(action.kind).data(),
                             toText(action).c_str());
  int &found = positions[body][std::max(action.micro, 0)];
  if (found >= 0)
    return createStringError("group %d: '%s' appears twice, at positions %d "
                             "and %d",
                             group, toText(action).c_str(), found, position);
  found = position;
  return Error::success();
}

/// Coverage: where each body runs, exactly once a micro-batch or once a step.
static Expected<Positions> findPositions(const ProgramIndex &index) {
  Positions positions;
  for (int body = 0; body < int(index.program.bodies.size()); ++body)
    positions.emplace_back(index.instances(body), -1);
  for (auto [group, list] : enumerate(index.schedule.lists))
    for (auto [position, action] : enumerate(list))
      if (!isTransfer(action.kind))
        if (Error error = recordPosition(action, int(group), int(position),
                                         index, positions))
          return error;
  for (auto [body, found] : enumerate(positions))
    for (auto [micro, position] : enumerate(found))
      if (position < 0)
        return createStringError(
            "group %d: '%s' is missing", index.groupOf(int(body)),
            toText(index.actionOf(int(body), int(micro))).c_str());
  return positions;
}

/// Prepare levels, then micro-batches, then update levels.
static std::pair<int, int> phaseOf(const Action &action) {
  if (isPerMicro(action.kind))
    return {1, 0};
  return {action.kind == ActionKind::Prepare ? 0 : 2, action.part};
}

static Error checkPhases(const Schedule &schedule) {
  for (auto [group, list] : enumerate(schedule.lists)) {
    const Action *latest = nullptr;
    for (const Action &action : list) {
      if (isTransfer(action.kind))
        continue;
      if (latest && phaseOf(action) < phaseOf(*latest))
        return createStringError("group %zu: '%s' must come before '%s'",
                                 size_t(group), toText(action).c_str(),
                                 toText(*latest).c_str());
      latest = &action;
    }
  }
  return Error::success();
}

static Error checkTransferAction(const Action &action, int group,
                                 const ProgramIndex &index) {
  const Program &program = index.program;
  if (size_t(action.edge) >= program.edges.size())
    return createStringError("group %d: '%s' names edge %d, the program has "
                             "%zu",
                             group, toText(action).c_str(), action.edge,
                             program.edges.size());
  const Edge &edge = program.edges[action.edge];
  const Body &producer = program.bodies[edge.producer];
  if (action.payload != producer.kind || action.chunk != producer.chunk ||
      edge.perMicro != (action.micro >= 0))
    return createStringError(
        "group %d: '%s' does not describe edge %d ('%s'), the %s result of "
        "chunk %d, %s",
        group, toText(action).c_str(), action.edge, edge.name.c_str(),
        kindName(producer.kind).data(), producer.chunk,
        edge.perMicro ? "for each micro-batch" : "once a step");
  if (action.fromGroup != index.groupOf(edge.producer))
    return createStringError("group %d: %s comes from group %d, where nothing "
                             "produces it",
                             group, describe(action, &program).c_str(),
                             action.fromGroup);
  if (!is_contained(index.targets(action.edge), action.toGroup))
    return createStringError("group %d: %s goes to group %d, where nothing "
                             "reads it",
                             group, describe(action, &program).c_str(),
                             action.toGroup);
  return Error::success();
}

/// Every transfer moves a value of an edge from where it is produced to where
/// it is read.
static Error checkTransferActions(const ProgramIndex &index) {
  for (auto [group, list] : enumerate(index.schedule.lists))
    for (const Action &action : list)
      if (isTransfer(action.kind))
        if (Error error = checkTransferAction(action, int(group), index))
          return error;
  return Error::success();
}

Error mpc::schedule::check(const Schedule &schedule, const Program &program) {
  if (Error error = checkShape(schedule))
    return error;
  if (Error error = checkProgram(program, schedule.numChunks))
    return error;
  ProgramIndex index(program, schedule);
  Expected<Positions> positions = findPositions(index);
  if (!positions)
    return positions.takeError();
  if (Error error = checkCompute(schedule))
    return error;
  if (Error error = checkPhases(schedule))
    return error;
  if (Error error = checkTransferActions(index))
    return error;
  Expected<MessageTable> messages = MessageTable::match(schedule, &program);
  if (!messages)
    return messages.takeError();
  if (Error error = checkDataFlow(index, *positions, *messages))
    return error;
  if (Error error = checkChannels(schedule, program, *messages))
    return error;
  return checkDeadlock(schedule, program, *messages);
}
