//===- MeasuredTrace.cpp - the latest run as a Chrome trace ---------------===//

#include "mpc/Driver/MeasuredTrace.h"
#include "mpc/Schedule/ChromeTrace.h"
#include "llvm/Support/MemoryBuffer.h"
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>

using namespace mlir;
using namespace mpc;

static constexpr double nanosecondsPerMicrosecond = 1e3;

static llvm::Expected<std::vector<mpcrt_trace_event>>
readEvents(mpcrt_session *session) {
  size_t count = 0;
  if (llvm::Error error =
          toError(mpcrt_session_trace(session, nullptr, 0, &count)))
    return error;
  std::vector<mpcrt_trace_event> events(count);
  if (llvm::Error error = toError(
          mpcrt_session_trace(session, events.data(), events.size(), &count)))
    return error;
  events.resize(std::min(count, events.size()));
  return events;
}

/// The actions of one program by (device, id).
static std::map<std::pair<int64_t, int64_t>, schedule::Action>
getActions(const ExecutableProgram &program) {
  std::map<std::pair<int64_t, int64_t>, schedule::Action> actions;
  for (auto [group, list] : llvm::enumerate(program.scheduled.schedule.lists))
    for (auto [index, action] : llvm::enumerate(list))
      for (auto [member, device] : llvm::enumerate(program.groups[group]))
        actions[{device, program.getActionId(group, index, member)}] = action;
  return actions;
}

namespace {
/// A machine, and its clock at a moment that all processes share.
struct MachineClock {
  char bootId[40] = "";
  int64_t nanoseconds = 0;
};
} // namespace

static MachineClock readClock() {
  MachineClock clock;
  if (auto file = llvm::MemoryBuffer::getFileAsStream(
          "/proc/sys/kernel/random/boot_id"))
    std::strncpy(clock.bootId, (*file)->getBuffer().str().c_str(),
                 sizeof clock.bootId - 1);
  clock.nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(
                          std::chrono::steady_clock::now().time_since_epoch())
                          .count();
  return clock;
}

/// The events of all processes, by the clock of rank 0's machine. Clocks of
/// different machines are compared right after a meeting.
static llvm::Expected<std::vector<mpcrt_trace_event>>
collectEvents(World &world, ArrayRef<mpcrt_trace_event> mine) {
  if (llvm::Error error = world.meet("the clocks"))
    return error;
  auto clocks = world.share("the clocks", readClock());
  if (!clocks)
    return clocks.takeError();
  auto lists = world.shareAll("the trace", mine);
  if (!lists)
    return lists.takeError();
  std::vector<mpcrt_trace_event> events;
  for (auto [clock, list] : llvm::zip_equal(*clocks, *lists)) {
    const MachineClock &first = clocks->front();
    int64_t ahead = StringRef(clock.bootId) == first.bootId
                        ? 0
                        : clock.nanoseconds - first.nanoseconds;
    for (mpcrt_trace_event event : list) {
      event.start_ns -= ahead;
      event.end_ns -= ahead;
      events.push_back(event);
    }
  }
  return events;
}

llvm::Expected<nlohmann::json> mpc::getMeasuredTrace(Setup &setup) {
  auto events = readEvents(setup.getSession().getRuntime());
  if (World *world = setup.getSession().getWorld(); world && events)
    events = collectEvents(*world, *events);
  if (!events)
    return events.takeError();
  nlohmann::json list = nlohmann::json::array();
  schedule::appendTracks(list, setup.getPlan().getNumDevices());
  if (!events->empty()) {
    const auto &programs = setup.getCompiled().getExecutable().programs;
    auto actions = getActions(programs[events->front().program]);
    int64_t start = events->front().start_ns;
    for (const mpcrt_trace_event &event : *events)
      start = std::min(start, event.start_ns);
    auto toMicroseconds = [](int64_t nanoseconds) {
      return static_cast<double>(nanoseconds) / nanosecondsPerMicrosecond;
    };
    for (const mpcrt_trace_event &event : *events)
      list.push_back(schedule::makeSlice(
          actions[{event.device, event.action}], event.device,
          toMicroseconds(event.start_ns - start),
          toMicroseconds(event.end_ns - event.start_ns),
          {{"id", event.action}}));
  }
  return nlohmann::json{{"traceEvents", std::move(list)},
                        {"displayTimeUnit", "ms"}};
}
