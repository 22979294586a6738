#include "mpc/Schedule/Actions.h"
#include "llvm/ADT/STLExtras.h"
#include <nlohmann/json.hpp>

using namespace llvm;
using namespace mpc::schedule;

static constexpr StringRef kindNames[] = {
    "prepare", "forward", "backward", "input_grad", "weight_grad",
    "update",  "send",    "recv",     "wait_send"};

bool mpc::schedule::isPerMicro(ActionKind kind) {
  return kind >= ActionKind::Forward && kind <= ActionKind::WeightGrad;
}

bool mpc::schedule::isTransfer(ActionKind kind) {
  return kind >= ActionKind::Send;
}

bool mpc::schedule::accumulatesGradients(ActionKind kind) {
  return kind == ActionKind::Backward || kind == ActionKind::WeightGrad;
}

StringRef mpc::schedule::kindName(ActionKind kind) {
  return kindNames[static_cast<size_t>(kind)];
}

int64_t mpc::schedule::countInFlight(const Schedule &schedule, int chunk,
                                     ActionKind from, ActionKind to) {
  int64_t now = 0, most = 1;
  for (const Action &action : schedule.lists[schedule.chunkToGroup[chunk]]) {
    if (action.chunk != chunk)
      continue;
    now += (action.kind == from) - (action.kind == to);
    most = std::max(most, now);
  }
  return most;
}

int64_t mpc::schedule::actionId(const Schedule &schedule, int group, int index,
                                int64_t members, int64_t member) {
  return actionId(schedule, group, index) * members + member;
}

int64_t mpc::schedule::actionId(const Schedule &schedule, int group,
                                int index) {
  int64_t id = index;
  for (int before = 0; before < group; ++before)
    id += schedule.lists[before].size();
  return id;
}

//===----------------------------------------------------------------------===//
// Shape
//===----------------------------------------------------------------------===//

static bool inRange(int value, int end) { return value >= 0 && value < end; }

static const char *actionDefect(const Schedule &schedule, const Action &action,
                                int group) {
  if (action.kind > ActionKind::WaitSend)
    return "has an unknown kind";
  if (!inRange(action.chunk, schedule.numChunks))
    return "names a chunk that does not exist";
  if (action.part < 0)
    return "has a negative part";
  if (isTransfer(action.kind)) {
    int own =
        action.kind == ActionKind::Recv ? action.toGroup : action.fromGroup;
    if (own != group)
      return "is in the list of another group";
    if (isTransfer(action.payload))
      return "has a transfer as payload";
    if (action.edge < 0)
      return "names no edge";
    if (!inRange(action.fromGroup, schedule.numGroups) ||
        !inRange(action.toGroup, schedule.numGroups))
      return "names a group that does not exist";
    if (action.fromGroup == action.toGroup)
      return "goes from a group to itself";
  } else if (schedule.chunkToGroup[action.chunk] != group) {
    return "is in the list of a group that does not own its chunk";
  }
  bool mayBeOnce = isTransfer(action.kind);
  if (isPerMicro(action.kind) || (mayBeOnce && action.micro != -1)) {
    if (!inRange(action.micro, schedule.numMicroBatches))
      return "names a micro-batch that does not exist";
  } else if (action.micro != -1) {
    return "happens once a step but names a micro-batch";
  }
  return nullptr;
}

static Error checkCounts(const Schedule &schedule) {
  if (schedule.numGroups < 1 || schedule.numChunks < 1 ||
      schedule.numMicroBatches < 1)
    return createStringError(
        "a schedule needs at least one group, chunk and micro-batch, found %d, "
        "%d and %d",
        schedule.numGroups, schedule.numChunks, schedule.numMicroBatches);
  if (schedule.lists.size() != size_t(schedule.numGroups))
    return createStringError("expected %d action lists, one a group, found %zu",
                             schedule.numGroups, schedule.lists.size());
  if (schedule.chunkToGroup.size() != size_t(schedule.numChunks))
    return createStringError("expected the groups of %d chunks, found %zu",
                             schedule.numChunks, schedule.chunkToGroup.size());
  for (int chunk = 0; chunk < schedule.numChunks; ++chunk)
    if (!inRange(schedule.chunkToGroup[chunk], schedule.numGroups))
      return createStringError("chunk %d is on group %d, expected 0..%d", chunk,
                               schedule.chunkToGroup[chunk],
                               schedule.numGroups - 1);
  return Error::success();
}

Error mpc::schedule::checkShape(const Schedule &schedule) {
  if (Error error = checkCounts(schedule))
    return error;
  for (int group = 0; group < schedule.numGroups; ++group)
    for (const Action &action : schedule.lists[group])
      if (const char *defect = actionDefect(schedule, action, group))
        return createStringError("group %d: action '%s' %s", group,
                                 toText(action).c_str(), defect);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

nlohmann::json mpc::schedule::toJSON(const Schedule &schedule) {
  nlohmann::json lists = nlohmann::json::array();
  for (const std::vector<Action> &list : schedule.lists) {
    nlohmann::json cells = nlohmann::json::array();
    for (const Action &action : list)
      cells.push_back(toText(action));
    lists.push_back(std::move(cells));
  }
  return {{"micro_batches", schedule.numMicroBatches},
          {"chunk_to_group", schedule.chunkToGroup},
          {"lists", std::move(lists)}};
}

static Error readLists(const std::vector<std::vector<std::string>> &lists,
                       Schedule &schedule) {
  for (auto [group, cells] : enumerate(lists)) {
    std::vector<Action> &list = schedule.lists.emplace_back();
    for (auto [index, cell] : enumerate(cells)) {
      Expected<Action> action = parseAction(cell, int(group));
      if (!action)
        return createStringError("list %zu, action %zu: %s", size_t(group),
                                 size_t(index),
                                 toString(action.takeError()).c_str());
      list.push_back(*action);
    }
  }
  return Error::success();
}

Expected<Schedule> mpc::schedule::fromJSON(const nlohmann::json &json) {
  Schedule schedule;
  try {
    schedule.numMicroBatches = json.at("micro_batches").get<int>();
    json.at("chunk_to_group").get_to(schedule.chunkToGroup);
    auto lists = json.at("lists").get<std::vector<std::vector<std::string>>>();
    if (Error error = readLists(lists, schedule))
      return error;
  } catch (const nlohmann::json::exception &exception) {
    return createStringError("malformed schedule: %s", exception.what());
  }
  schedule.numGroups = int(schedule.lists.size());
  schedule.numChunks = int(schedule.chunkToGroup.size());
  if (Error error = checkShape(schedule))
    return error;
  return schedule;
}
