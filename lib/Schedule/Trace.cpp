#include "mpc/Schedule/ChromeTrace.h"
#include "mpc/Schedule/Simulator.h"
#include "llvm/ADT/STLExtras.h"
#include <nlohmann/json.hpp>

using namespace llvm;
using namespace mpc::schedule;

static constexpr double microsecondsPerSecond = 1e6;

static nlohmann::json slice(const Action &action, const Span &span, double turn,
                            int64_t device, nlohmann::json args) {
  if (isTransfer(action.kind))
    args["waited_us"] = (span.start - turn) * microsecondsPerSecond;
  return makeSlice(action, device, turn * microsecondsPerSecond,
                   (span.end - turn) * microsecondsPerSecond, std::move(args));
}

/// When it is the turn of each action of a list: when it is reached, and for a
/// receive not before the one that was posted before it has ended.
static std::vector<double> getTurns(ArrayRef<Action> list,
                                    ArrayRef<Span> spans) {
  std::vector<double> turns;
  double received = 0;
  for (auto [action, span] : zip_equal(list, spans)) {
    bool isReceive = action.kind == ActionKind::Recv;
    turns.push_back(isReceive ? std::max(span.reach, received) : span.reach);
    if (isReceive)
      received = span.end;
  }
  return turns;
}

nlohmann::json
mpc::schedule::toChromeTrace(const Schedule &schedule, const Timeline &timeline,
                             const std::vector<std::vector<int64_t>> &groups) {
  nlohmann::json events = nlohmann::json::array();
  int64_t deviceCount = 0;
  for (const std::vector<int64_t> &devices : groups)
    deviceCount += int64_t(devices.size());
  appendTracks(events, deviceCount);
  for (auto [group, devices] : enumerate(groups)) {
    const std::vector<Action> &list = schedule.lists[group];
    std::vector<double> turns = getTurns(list, timeline.spans[group]);
    for (auto [member, device] : enumerate(devices))
      for (auto [index, span] : enumerate(timeline.spans[group])) {
        int64_t id = actionId(schedule, int(group), int(index),
                              int64_t(devices.size()), int64_t(member));
        events.push_back(
            slice(list[index], span, turns[index], device,
                  {{"group", group}, {"index", index}, {"id", id}}));
      }
  }
  return {{"traceEvents", std::move(events)}, {"displayTimeUnit", "ms"}};
}
