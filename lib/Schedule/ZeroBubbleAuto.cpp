//===- ZeroBubbleAuto.cpp - the automatic zero-bubble scheduler -----------===//
//
// The heuristic of Qi et al., arXiv 2401.10241, section 3.1, in our own terms:
//
//   warm-up  forwards, as memory allows, while the first backward is awaited;
//   then     a forward and an input-gradient in turn on every group;
//   W        where a gap is long enough for one; in a shorter gap when that
//            does not make this group the one with the largest bubble, or on
//            demand; and where memory is needed.
//
//===----------------------------------------------------------------------===//

#include "Builders.h"
#include "ChainTimes.h"
#include <algorithm>
#include <optional>

using namespace mpc::schedule;

/// For sums of shares of a micro-batch.
static constexpr double tolerance = 1e-9;

namespace {
/// What the heuristic leaves open; all combinations are tried.
struct Settings {
  /// One more forward in the warm-up although the first backward then waits.
  bool warmUpDelaysBackward;
  /// A forward may be left out of a turn where the next group would be late.
  bool prefersBackward;
  /// A W goes into a gap that is too short for it and costs nothing yet.
  bool fillsShortGaps;
};

/// One group while its list is written.
struct Group {
  int forwards = 0, inputs = 0, weights = 0;
  double clock = 0, bubble = 0;
  /// Ends of the actions that other groups wait for.
  std::vector<double> forwardEnds, inputEnds;
  bool hasWeight() const { return weights < inputs; }
};

/// Writes all lists together, one turn of F and I on every group at a time.
class TurnScheduler {
public:
  TurnScheduler(const AutoOptions &options, const Settings &settings)
      : options(options), times(options.times), settings(settings),
        groups(options.numGroups),
        schedule(makeEmpty(placeInRounds(options.numGroups, 1),
                           options.numGroups, options.numMicroBatches)) {}

  /// None where the limit is too small for these settings.
  std::optional<Schedule> run();

private:
  int last() const { return options.numGroups - 1; }
  double forwardArrival(int group) const {
    return group == 0 ? 0
                      : groups[group - 1].forwardEnds[groups[group].forwards] +
                            times.transfer;
  }
  double inputArrival(int group) const {
    return group == last() ? 0
                           : groups[group + 1].inputEnds[groups[group].inputs] +
                                 times.transfer;
  }
  void add(int group, ActionKind kind);
  void warmUp();
  std::vector<int> countWarmUp() const;
  bool wantsForward(int group) const;
  /// Micro-batches' activations that a group keeps.
  double kept(const Group &group) const {
    return group.forwards - group.inputs +
           options.keptAfterInput * (group.inputs - group.weights);
  }
  int countToFree(const Group &group) const;
  bool makeRoom(int group);
  void fillGap(int group, double until);
  bool runForwards();
  void runInputs();

  const AutoOptions &options;
  const ChunkTimes &times;
  const Settings &settings;
  std::vector<Group> groups;
  double largestBubble = 0;
  Schedule schedule;
};
} // namespace

void TurnScheduler::add(int index, ActionKind kind) {
  Group &group = groups[index];
  double arrival = 0, length = times.weightGrad;
  int *count = &group.weights;
  if (kind == ActionKind::Forward) {
    arrival = forwardArrival(index);
    length = times.forward;
    count = &group.forwards;
  } else if (kind == ActionKind::InputGrad) {
    arrival = inputArrival(index);
    length = times.inputGrad;
    count = &group.inputs;
  }
  // Before its first action a group is not late.
  if (group.forwards > 0)
    group.bubble += std::max(0.0, arrival - group.clock);
  largestBubble = std::max(largestBubble, group.bubble);
  group.clock = std::max(group.clock, arrival) + length;
  if (kind == ActionKind::Forward)
    group.forwardEnds.push_back(group.clock);
  if (kind == ActionKind::InputGrad)
    group.inputEnds.push_back(group.clock);
  schedule.lists[index].push_back({kind, index, (*count)++});
}

/// Forwards beyond the first that fit before the first backward arrives.
std::vector<int> TurnScheduler::countWarmUp() const {
  std::vector<int> more(options.numGroups);
  int most = std::min(options.limit, options.numMicroBatches) - 1;
  double backwardEnd = groups[last()].clock + times.inputGrad;
  for (int group = last() - 1; group >= 0; --group) {
    double arrival = backwardEnd + times.transfer, clock = groups[group].clock;
    auto fits = [&] {
      return settings.warmUpDelaysBackward ? clock < arrival
                                           : clock + times.forward <= arrival;
    };
    for (; more[group] < most && fits(); ++more[group])
      clock += times.forward;
    backwardEnd = std::max(clock, arrival) + times.inputGrad;
  }
  // A group that is as far ahead as the one before it would wait for it.
  for (int group = 1; group < options.numGroups; ++group)
    more[group] = std::min(more[group], std::max(0, more[group - 1] - 1));
  return more;
}

void TurnScheduler::warmUp() {
  for (int group = 0; group < options.numGroups; ++group)
    add(group, ActionKind::Forward);
  std::vector<int> more = countWarmUp();
  for (int group = 0; group < options.numGroups; ++group)
    for (int i = 0; i < more[group]; ++i)
      add(group, ActionKind::Forward);
  runInputs();
}

/// Whether this turn has a forward, as far as this group is concerned.
bool TurnScheduler::wantsForward(int index) const {
  const Group &group = groups[index];
  if (group.forwards == options.numMicroBatches)
    return false;
  if (!settings.prefersBackward || index == last() ||
      group.forwards < groups[index + 1].forwards + 2)
    return true;
  // The next group has work without it until `needed`.
  double needed = groups[index + 1].clock + times.forward + times.inputGrad +
                  times.transfer;
  if (group.clock >= needed)
    return false;
  if (group.clock + times.forward + countToFree(group) * times.weightGrad <=
      needed)
    return true;
  return needed - group.clock > largestBubble - group.bubble;
}

/// How many weight-gradients make room for one more micro-batch, at most all.
int TurnScheduler::countToFree(const Group &group) const {
  double excess = kept(group) + 1 - options.limit;
  int open = group.inputs - group.weights, count = 0;
  while (count < open && excess - count * options.keptAfterInput > tolerance)
    ++count;
  return count;
}

/// Frees memory for one more micro-batch; false where that is impossible.
bool TurnScheduler::makeRoom(int index) {
  for (int count = countToFree(groups[index]); count > 0; --count)
    add(index, ActionKind::WeightGrad);
  return kept(groups[index]) + 1 <= options.limit + tolerance;
}

void TurnScheduler::fillGap(int index, double until) {
  Group &group = groups[index];
  while (group.hasWeight() && group.clock + times.weightGrad <= until)
    add(index, ActionKind::WeightGrad);
  if (!group.hasWeight() || group.clock >= until)
    return;
  bool isHarmless = until - group.clock <= largestBubble - group.bubble;
  if (!isHarmless || settings.fillsShortGaps)
    add(index, ActionKind::WeightGrad);
}

bool TurnScheduler::runForwards() {
  std::vector<bool> isWanted(options.numGroups);
  bool wanted = true;
  for (int group = last(); group >= 0; --group) {
    wanted = wanted && wantsForward(group);
    isWanted[group] = wanted;
  }
  for (int group = 0; group < options.numGroups; ++group) {
    if (!isWanted[group])
      continue;
    if (!makeRoom(group))
      return false;
    if (group > 0)
      fillGap(group, forwardArrival(group));
    add(group, ActionKind::Forward);
  }
  return true;
}

void TurnScheduler::runInputs() {
  for (int group = last(); group >= 0; --group) {
    if (group < last())
      fillGap(group, inputArrival(group));
    // Nobody waits for the first group: all that is left may as well run now.
    bool isFree = group == 0 && groups[0].forwards == options.numMicroBatches;
    while (isFree && groups[0].hasWeight())
      add(0, ActionKind::WeightGrad);
    add(group, ActionKind::InputGrad);
  }
}

std::optional<Schedule> TurnScheduler::run() {
  warmUp();
  for (int micro = 1; micro < options.numMicroBatches; ++micro) {
    if (!runForwards())
      return std::nullopt;
    // A forward that was left out for good: these settings lead nowhere.
    for (const Group &group : groups)
      if (group.forwards <= micro)
        return std::nullopt;
    runInputs();
  }
  for (int group = 0; group < options.numGroups; ++group)
    while (groups[group].hasWeight())
      add(group, ActionKind::WeightGrad);
  return std::move(schedule);
}

namespace {
/// Keeps the best of several schedules, the first of equals.
class Contest {
public:
  explicit Contest(const AutoOptions &options) : options(options) {}

  void enter(Schedule schedule) {
    ChainResult result = timeChain(schedule, options.times);
    std::pair<double, double> key(result.makespan, result.longestSpan);
    if (!options.isSynchronised)
      std::swap(key.first, key.second);
    if (best.lists.empty() || key < bestKey) {
      best = std::move(schedule);
      bestKey = key;
    }
  }

  Schedule best;

private:
  const AutoOptions &options;
  std::pair<double, double> bestKey;
};
} // namespace

/// `factor` times as many forwards ahead as 1F1B, as far as memory allows.
static Schedule makeLimited(const AutoOptions &options, int factor) {
  std::vector<int> ahead, delay;
  for (int group = 0; group < options.numGroups; ++group) {
    int room = options.limit - 1;
    ahead.push_back(std::min(factor * (options.numGroups - 1 - group), room));
    delay.push_back(std::min(factor * group, room - ahead.back()));
  }
  return makeDelayed(ahead, delay, options.numMicroBatches);
}

/// A large schedule takes long to write: fewer limits are tried, and the
/// largest are made by hand only.
static int64_t getSize(const AutoOptions &options) {
  return int64_t(options.numGroups) * options.numMicroBatches;
}

static void enterLimit(Contest &contest, const AutoOptions &options) {
  for (int factor : {1, 2})
    contest.enter(makeLimited(options, factor));
  if (getSize(options) > 1 << 16)
    return;
  for (bool warmUpDelaysBackward : {true, false})
    for (bool prefersBackward : {true, false})
      for (bool fillsShortGaps : {true, false}) {
        Settings settings{warmUpDelaysBackward, prefersBackward,
                          fillsShortGaps};
        if (auto schedule = TurnScheduler(options, settings).run())
          contest.enter(std::move(*schedule));
      }
}

/// How many eighths of p are from one limit to the next.
static int getLimitStep(const AutoOptions &options) {
  return getSize(options) <= 1 << 14 ? 1 : getSize(options) <= 1 << 16 ? 4 : 8;
}

/// The limits that are tried do not depend on the one that is given, so that a
/// larger one tries all that a smaller one does. Beyond 2p more is no use.
Schedule mpc::schedule::makeZeroBubbleAuto(const AutoOptions &options) {
  Contest contest(options);
  AutoOptions limited = options;
  int64_t eighths = options.numGroups;
  int step = getLimitStep(options);
  for (int k = 0, before = 0; k <= 16 + step; k += step) {
    limited.limit = int(std::max<int64_t>(1, (k * eighths + 7) / 8));
    if (limited.limit > options.limit)
      break;
    if (limited.limit != before)
      enterLimit(contest, limited);
    before = limited.limit;
  }
  return std::move(contest.best);
}
