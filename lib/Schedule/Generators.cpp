#include "mpc/Schedule/Generators.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace mpc::schedule;

namespace {
struct Generator {
  StringRef name;
  Schedule (*make)(const GeneratorOptions &);
};
} // namespace

static constexpr Generator generators[] = {
    {"gpipe", makeGPipe},
    {"1f1b", makeOneForwardOneBackward},
};

// Known from the literature; their generators need chunk placements that the
// two above do not.
static constexpr StringRef reservedNames[] = {"interleaved", "zb-h1", "zb-h2",
                                              "zb-v", "dualpipev"};

// One step of this many actions would not be a pipeline any more, and the
// lists would not fit into memory.
static constexpr int64_t maxActions = 1 << 26;

std::vector<std::string> mpc::schedule::scheduleNames() {
  std::vector<std::string> names;
  for (const Generator &generator : generators)
    names.push_back(generator.name.str());
  return names;
}

static Error checkCounts(int numStages, int numMicroBatches) {
  if (numStages < 1 || numMicroBatches < 1)
    return createStringError("a schedule needs at least one stage and one "
                             "micro-batch, found %d and %d",
                             numStages, numMicroBatches);
  if (int64_t(numStages) * numMicroBatches > maxActions / 2)
    return createStringError("%d stages times %d micro-batches is too much for "
                             "one step, at most %lld are supported",
                             numStages, numMicroBatches,
                             static_cast<long long>(maxActions / 2));
  return Error::success();
}

Expected<Schedule> mpc::schedule::makeSchedule(StringRef name, int numStages,
                                               int numMicroBatches,
                                               bool backward) {
  if (Error error = checkCounts(numStages, numMicroBatches))
    return error;
  for (const Generator &generator : generators)
    if (generator.name == name)
      return generator.make({numStages, numMicroBatches, backward});
  std::string known = join(scheduleNames(), "', '");
  bool reserved = is_contained(reservedNames, name.split(':').first);
  return createStringError(
      "%s schedule '%s', expected one of '%s' or a schedule in CSV form",
      reserved ? "there is no generator yet for" : "unknown",
      name.str().c_str(), known.c_str());
}
