#include "mpc/Schedule/Simulator.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <nlohmann/json.hpp>

using namespace llvm;
using namespace mpc::schedule;

static constexpr double microsecondsPerSecond = 1e6;

static nlohmann::json trackName(int64_t device) {
  return {{"name", "thread_name"},
          {"ph", "M"},
          {"pid", 0},
          {"tid", device},
          {"args", {{"name", "device " + itostr(device)}}}};
}

static nlohmann::json slice(const Action &action, const Span &span,
                            int64_t device, nlohmann::json args) {
  if (isTransfer(action.kind))
    args["waited_us"] = (span.start - span.reach) * microsecondsPerSecond;
  return {{"name", toText(action)},
          {"cat", kindName(action.kind).str()},
          {"ph", "X"},
          {"pid", 0},
          {"tid", device},
          {"ts", span.reach * microsecondsPerSecond},
          {"dur", (span.end - span.reach) * microsecondsPerSecond},
          {"args", std::move(args)}};
}

nlohmann::json
mpc::schedule::toChromeTrace(const Schedule &schedule, const Timeline &timeline,
                             const std::vector<std::vector<int64_t>> &groups) {
  nlohmann::json events = nlohmann::json::array();
  for (auto [group, devices] : enumerate(groups))
    for (auto [member, device] : enumerate(devices)) {
      events.push_back(trackName(device));
      for (auto [index, span] : enumerate(timeline.spans[group])) {
        int64_t id = actionId(schedule, int(group), int(index),
                              int64_t(devices.size()), int64_t(member));
        events.push_back(
            slice(schedule.lists[group][index], span, device,
                  {{"group", group}, {"index", index}, {"id", id}}));
      }
    }
  return {{"traceEvents", std::move(events)}, {"displayTimeUnit", "ms"}};
}
