#include "mpc/Schedule/Simulator.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <nlohmann/json.hpp>

using namespace llvm;
using namespace mpc::schedule;

static constexpr double microsecondsPerSecond = 1e6;

static nlohmann::json trackName(int group) {
  return {{"name", "thread_name"},
          {"ph", "M"},
          {"pid", 0},
          {"tid", group},
          {"args", {{"name", "group " + itostr(group)}}}};
}

static nlohmann::json slice(const Schedule &schedule, int group, int index,
                            int64_t id, const Span &span) {
  const Action &action = schedule.lists[group][index];
  nlohmann::json args = {{"group", group}, {"index", index}, {"id", id}};
  if (isTransfer(action.kind))
    args["waited_us"] = (span.start - span.reach) * microsecondsPerSecond;
  return {{"name", toText(action)},
          {"cat", kindName(action.kind).str()},
          {"ph", "X"},
          {"pid", 0},
          {"tid", group},
          {"ts", span.reach * microsecondsPerSecond},
          {"dur", (span.end - span.reach) * microsecondsPerSecond},
          {"args", std::move(args)}};
}

nlohmann::json mpc::schedule::toChromeTrace(const Schedule &schedule,
                                            const Timeline &timeline) {
  nlohmann::json events = nlohmann::json::array();
  int64_t id = 0;
  for (auto [group, spans] : enumerate(timeline.spans)) {
    events.push_back(trackName(int(group)));
    for (auto [index, span] : enumerate(spans))
      events.push_back(slice(schedule, int(group), int(index), id++, span));
  }
  return {{"traceEvents", std::move(events)}, {"displayTimeUnit", "ms"}};
}
