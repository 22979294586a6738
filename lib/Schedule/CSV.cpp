#include "mpc/Schedule/Actions.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>

using namespace llvm;
using namespace mpc::schedule;

//===----------------------------------------------------------------------===//
// Cells
//===----------------------------------------------------------------------===//

namespace {
struct KindWord {
  StringRef word;
  ActionKind kind;
};
} // namespace

// Longer words first: "WAIT_" must not be read as "W".
static constexpr KindWord transferWords[] = {
    {"SEND_", ActionKind::Send},
    {"RECV_", ActionKind::Recv},
    {"WAIT_", ActionKind::WaitSend},
};
static constexpr KindWord computeWords[] = {
    {"PREPARE", ActionKind::Prepare}, {"UPDATE", ActionKind::Update},
    {"F", ActionKind::Forward},       {"B", ActionKind::Backward},
    {"I", ActionKind::InputGrad},     {"W", ActionKind::WeightGrad},
};
static constexpr KindWord payloadWords[] = {
    {"P", ActionKind::Prepare},   {"U", ActionKind::Update},
    {"F", ActionKind::Forward},   {"B", ActionKind::Backward},
    {"I", ActionKind::InputGrad}, {"W", ActionKind::WeightGrad},
};

// Far above any real schedule; a stray number costs little memory before its
// gap is reported.
static constexpr int maxNumber = 1 << 20;

static StringRef wordOf(ArrayRef<KindWord> words, ActionKind kind) {
  for (const KindWord &entry : words)
    if (entry.kind == kind)
      return entry.word;
  return "?";
}

static bool consumeWord(StringRef &rest, ArrayRef<KindWord> words,
                        ActionKind &kind) {
  for (const KindWord &entry : words)
    if (rest.consume_front(entry.word)) {
      kind = entry.kind;
      return true;
    }
  return false;
}

static bool consumeNumber(StringRef &rest, int &number) {
  return !rest.consumeInteger(10, number) && number >= 0 && number <= maxNumber;
}

std::string mpc::schedule::toText(const Action &action) {
  std::string text;
  raw_string_ostream os(text);
  os << action.chunk;
  if (!isTransfer(action.kind)) {
    os << wordOf(computeWords, action.kind);
    if (action.micro >= 0)
      os << action.micro;
    if (action.part != 0)
      os << '.' << action.part;
    return text;
  }
  os << wordOf(transferWords, action.kind)
     << wordOf(payloadWords, action.payload);
  if (action.micro >= 0)
    os << action.micro;
  os << ':' << action.edge;
  if (action.kind == ActionKind::Recv)
    os << '<' << action.fromGroup;
  else
    os << '>' << action.toGroup;
  return text;
}

/// The rest of a transfer's cell after SEND_, RECV_ or WAIT_.
static bool parseTransfer(StringRef rest, int group, Action &action) {
  if (!consumeWord(rest, payloadWords, action.payload))
    return false;
  if (!rest.starts_with(":") && !consumeNumber(rest, action.micro))
    return false;
  bool receives = action.kind == ActionKind::Recv;
  int peer;
  if (!rest.consume_front(":") || !consumeNumber(rest, action.edge) ||
      !rest.consume_front(receives ? "<" : ">") || !consumeNumber(rest, peer))
    return false;
  action.fromGroup = receives ? peer : group;
  action.toGroup = receives ? group : peer;
  return rest.empty();
}

static bool parseCompute(StringRef rest, Action &action) {
  if (!consumeWord(rest, computeWords, action.kind))
    return false;
  if (isPerMicro(action.kind) && !consumeNumber(rest, action.micro))
    return false;
  if (rest.consume_front(".") && !consumeNumber(rest, action.part))
    return false;
  return rest.empty();
}

Expected<Action> mpc::schedule::parseAction(StringRef cell, int group) {
  Action action;
  StringRef rest = cell;
  if (consumeNumber(rest, action.chunk)) {
    bool parsed = consumeWord(rest, transferWords, action.kind)
                      ? parseTransfer(rest, group, action)
                      : parseCompute(rest, action);
    if (parsed)
      return action;
  }
  if (cell.contains("OVERLAP"))
    return createStringError("overlapped actions such as '%s' are not "
                             "supported, write them as two cells",
                             cell.str().c_str());
  return createStringError(
      "unknown action '%s', expected a stage, a kind and a micro-batch such as "
      "'2F0' (F, B, I or W), '2PREPARE', '2UPDATE.1', '0SEND_F1:3>2', "
      "'0RECV_F1:3<0' or '0WAIT_F1:3>2'",
      cell.str().c_str());
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

std::string mpc::schedule::printCSV(const Schedule &schedule) {
  std::string text;
  raw_string_ostream os(text);
  for (const std::vector<Action> &list : schedule.lists) {
    ListSeparator separator(",");
    for (const Action &action : list)
      os << separator << toText(action);
    os << (list.empty() ? ",\n" : "\n");
  }
  return text;
}

namespace {
/// Collects rows and the counts that follow from them.
class TableReader {
public:
  Error readRow(StringRef line, size_t row);
  Expected<Schedule> finish();

private:
  Error readCell(StringRef cell, std::vector<Action> &list);
  Error claimChunk(int chunk, int group);

  Schedule schedule;
  size_t numCells = 0;
};
} // namespace

Error TableReader::claimChunk(int chunk, int group) {
  if (size_t(chunk) >= schedule.chunkToGroup.size())
    schedule.chunkToGroup.resize(chunk + 1, -1);
  int &owner = schedule.chunkToGroup[chunk];
  if (owner != -1 && owner != group)
    return createStringError("chunk %d is already on row %d, a chunk belongs "
                             "to one group",
                             chunk, owner + 1);
  owner = group;
  return Error::success();
}

Error TableReader::readCell(StringRef cell, std::vector<Action> &list) {
  int group = int(schedule.lists.size()) - 1;
  Expected<Action> action = parseAction(cell, group);
  if (!action)
    return action.takeError();
  if (!isTransfer(action->kind))
    if (Error error = claimChunk(action->chunk, group))
      return error;
  schedule.numMicroBatches =
      std::max(schedule.numMicroBatches, action->micro + 1);
  list.push_back(*action);
  ++numCells;
  return Error::success();
}

Error TableReader::readRow(StringRef line, size_t row) {
  std::vector<Action> &list = schedule.lists.emplace_back();
  SmallVector<StringRef> cells;
  line.split(cells, ',');
  for (auto [column, cell] : enumerate(cells)) {
    if (cell.trim().empty())
      continue;
    if (Error error = readCell(cell.trim(), list))
      return createStringError("row %zu, column %zu: %s", row,
                               size_t(column) + 1,
                               toString(std::move(error)).c_str());
  }
  return Error::success();
}

Expected<Schedule> TableReader::finish() {
  schedule.numGroups = int(schedule.lists.size());
  schedule.numChunks = int(schedule.chunkToGroup.size());
  if (numCells == 0)
    return createStringError("the schedule is empty, expected one row a group");
  for (auto [chunk, owner] : enumerate(schedule.chunkToGroup))
    if (owner == -1)
      return createStringError("chunk %zu has no action, chunks 0..%d must all "
                               "appear",
                               size_t(chunk), schedule.numChunks - 1);
  if (size_t(schedule.numMicroBatches) > numCells)
    return createStringError("micro-batch %d is used but %zu cells cannot "
                             "hold all before it",
                             schedule.numMicroBatches - 1, numCells);
  if (Error error = checkShape(schedule))
    return error;
  return std::move(schedule);
}

Expected<Schedule> mpc::schedule::parseCSV(StringRef text) {
  TableReader reader;
  size_t row = 0;
  while (!text.empty()) {
    StringRef line;
    std::tie(line, text) = text.split('\n');
    ++row;
    line = line.trim();
    if (line.empty() || line.starts_with("#"))
      continue;
    if (Error error = reader.readRow(line, row))
      return error;
  }
  return reader.finish();
}
