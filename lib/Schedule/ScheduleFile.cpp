#include "mpc/Schedule/Check.h"
#include "mpc/Schedule/Generators.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace mpc::schedule;

static bool splitsSome(const Schedule &schedule) {
  return any_of(schedule.lists, [](const std::vector<Action> &list) {
    return any_of(list, [](const Action &action) {
      return action.kind == ActionKind::InputGrad ||
             action.kind == ActionKind::WeightGrad;
    });
  });
}

/// A program has whole backwards or halves, not both.
static void splitAll(Schedule &schedule) {
  for (std::vector<Action> &list : schedule.lists) {
    std::vector<Action> split;
    for (Action action : list) {
      bool isWhole = action.kind == ActionKind::Backward;
      if (isWhole)
        action.kind = ActionKind::InputGrad;
      split.push_back(action);
      if (isWhole) {
        action.kind = ActionKind::WeightGrad;
        split.push_back(action);
      }
    }
    list = std::move(split);
  }
}

Expected<Schedule> mpc::schedule::readSchedule(const std::string &path) {
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return createStringError("cannot read schedule '" + path +
                             "': " + buffer.getError().message());
  Expected<Schedule> read = parseCSV((*buffer)->getBuffer());
  if (!read)
    return createStringError("schedule '" + path +
                             "': " + toString(read.takeError()));
  if (Error error = checkCompute(*read))
    return createStringError("schedule '" + path +
                             "': " + toString(std::move(error)));
  if (splitsSome(*read))
    splitAll(*read);
  return read;
}

Expected<Schedule> mpc::schedule::makeProgramSchedule(StringRef nameOrFile,
                                                      int numGroups,
                                                      int numMicroBatches,
                                                      bool backward) {
  if (!isScheduleFile(nameOrFile))
    return makeSchedule(nameOrFile, numGroups, numMicroBatches, backward);
  Expected<Schedule> read = readSchedule(nameOrFile.str());
  if (!read)
    return read;
  if (!backward && read->numGroups == numGroups)
    return makeForwardOnly(read->chunkToGroup, numGroups, numMicroBatches);
  if (read->numGroups != numGroups || read->numMicroBatches < numMicroBatches)
    return createStringError("schedule '" + nameOrFile + "' has " +
                             Twine(read->numGroups) + " groups and " +
                             Twine(read->numMicroBatches) +
                             " micro-batches, expected " + Twine(numGroups) +
                             " and " + Twine(numMicroBatches));
  keepMicroBatches(*read, numMicroBatches);
  return read;
}
