#include "mpc/Schedule/Generators.h"
#include "Builders.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <limits>

using namespace llvm;
using namespace mpc::schedule;

static Schedule makeAuto(const GeneratorOptions &options) {
  AutoOptions automatic;
  automatic.numGroups = options.numGroups;
  automatic.numMicroBatches = options.numMicroBatches;
  // As much as 1F1B where nothing else is said.
  automatic.limit = options.number ? options.number : options.numGroups;
  return makeZeroBubbleAuto(automatic);
}

static std::vector<int> placeOneEach(const GeneratorOptions &options) {
  return placeInRounds(options.numGroups, 1);
}

static std::vector<int> placeSeveral(const GeneratorOptions &options) {
  return placeInRounds(options.numGroups,
                       options.numGroups == 1 ? 1 : options.number);
}

static std::vector<int> placeDownAndUp(const GeneratorOptions &options) {
  return placeInV(options.numGroups);
}

namespace {
struct Generator {
  StringRef name;
  /// The number behind a colon, as people read it; empty for none.
  StringRef number;
  bool needsNumber;
  bool splitsBackward;
  std::vector<int> (*place)(const GeneratorOptions &);
  Schedule (*make)(const GeneratorOptions &);
};

/// A name, taken apart.
struct Choice {
  const Generator *generator;
  int number;
};
} // namespace

static constexpr Generator generators[] = {
    {"gpipe", "", false, false, placeOneEach, makeGPipe},
    {"1f1b", "", false, false, placeOneEach, makeOneForwardOneBackward},
    {"interleaved", "V", true, false, placeSeveral, makeInterleaved},
    {"zb-h1", "", false, true, placeOneEach, makeZeroBubbleH1},
    {"zb-h2", "", false, true, placeOneEach, makeZeroBubbleH2},
    {"zb-v", "", false, true, placeDownAndUp, makeZeroBubbleV},
    {"zb-auto", "N", false, true, placeOneEach, makeAuto},
    {"dualpipev", "", false, true, placeDownAndUp, makeDualPipeV},
};

// One step of this many actions would not be a pipeline any more, and the
// lists would not fit into memory.
static constexpr int64_t maxActions = 1 << 26;
static constexpr int maxNumber = 4096;

std::vector<std::string> mpc::schedule::scheduleNames() {
  std::vector<std::string> names;
  for (const Generator &generator : generators) {
    std::string name = generator.name.str();
    if (!generator.number.empty())
      name += generator.needsNumber ? (":" + generator.number).str()
                                    : ("[:" + generator.number + "]").str();
    names.push_back(name);
  }
  return names;
}

static Expected<Choice> parseName(StringRef name) {
  auto [base, text] = name.split(':');
  const Generator *found =
      find_if(generators, [&, base = base](const Generator &generator) {
        return generator.name == base;
      });
  bool hasNumber = name.contains(':');
  if (found == std::end(generators) || (hasNumber && found->number.empty()))
    return createStringError(
        "unknown schedule '%s', expected one of '%s' or a file in CSV form, "
        "FILE.csv",
        name.str().c_str(), join(scheduleNames(), "', '").c_str());
  Choice choice{found, 0};
  bool isNumber = hasNumber && !text.getAsInteger(10, choice.number) &&
                  choice.number >= 1 && choice.number <= maxNumber;
  if (!isNumber && (hasNumber || found->needsNumber))
    return createStringError(
        "schedule '%s': expected '%s:%s' with %s from 1 to %d",
        name.str().c_str(), found->name.data(), found->number.data(),
        found->number.data(), maxNumber);
  return choice;
}

static Error checkCounts(int numGroups, int numMicroBatches) {
  if (numGroups < 1 || numMicroBatches < 1)
    return createStringError("a schedule needs at least one stage and one "
                             "micro-batch, found %d and %d",
                             numGroups, numMicroBatches);
  return Error::success();
}

/// `perChunk` actions for each chunk and micro-batch.
static Error checkSize(int64_t numChunks, int numMicroBatches, int perChunk) {
  if (numChunks > maxActions / perChunk / numMicroBatches)
    return createStringError("%lld stages times %d micro-batches is too much "
                             "for one step, at most %lld are supported",
                             static_cast<long long>(numChunks), numMicroBatches,
                             static_cast<long long>(maxActions / perChunk));
  return Error::success();
}

static Expected<Choice> parseChecked(StringRef name, int numGroups,
                                     int numMicroBatches) {
  if (Error error = checkCounts(numGroups, numMicroBatches))
    return error;
  Expected<Choice> choice = parseName(name);
  if (!choice)
    return choice;
  // No generator has more chunks a group, or runs more micro-batches than
  // there are, rounded up to what fills the pipeline once.
  int64_t chunks = int64_t(numGroups) * std::max(2, choice->number);
  int64_t micros = std::max<int64_t>(numMicroBatches, 2 * int64_t(numGroups));
  if (micros > std::numeric_limits<int>::max())
    micros = std::numeric_limits<int>::max();
  if (Error error = checkSize(chunks, int(micros), 3))
    return error;
  return choice;
}

Expected<Schedule> mpc::schedule::makeSchedule(StringRef name, int numGroups,
                                               int numMicroBatches,
                                               bool backward) {
  Expected<Choice> choice = parseChecked(name, numGroups, numMicroBatches);
  if (!choice)
    return choice.takeError();
  GeneratorOptions options{numGroups, numMicroBatches, choice->number};
  if (backward)
    return choice->generator->make(options);
  return makeForwardOnly(choice->generator->place(options), numGroups,
                         numMicroBatches);
}

bool mpc::schedule::isScheduleFile(StringRef nameOrFile) {
  return nameOrFile.ends_with(".csv");
}

static bool splitsBackward(const Schedule &schedule) {
  return any_of(schedule.lists, [](const std::vector<Action> &list) {
    return any_of(list, [](const Action &action) {
      return action.kind == ActionKind::InputGrad;
    });
  });
}

Expected<ScheduleNeeds> mpc::schedule::getScheduleNeeds(StringRef nameOrFile,
                                                        int numGroups) {
  if (isScheduleFile(nameOrFile)) {
    Expected<Schedule> read = readSchedule(nameOrFile.str());
    if (!read)
      return read.takeError();
    if (read->numGroups != numGroups)
      return createStringError(
          "schedule '%s' has %d rows, expected one for each of %d stage groups",
          nameOrFile.str().c_str(), read->numGroups, numGroups);
    return ScheduleNeeds{read->chunkToGroup, splitsBackward(*read)};
  }
  Expected<Choice> choice = parseChecked(nameOrFile, numGroups, 1);
  if (!choice)
    return choice.takeError();
  GeneratorOptions options{numGroups, 1, choice->number};
  return ScheduleNeeds{choice->generator->place(options),
                       choice->generator->splitsBackward};
}
