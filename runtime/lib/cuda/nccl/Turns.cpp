//===- Turns.cpp - What is asked for in the order of all ------------------===//
#include "Turns.h"
#include <algorithm>

namespace mpcrt::cuda {

static void grow(std::vector<std::unique_ptr<EventMark>> &marks, size_t count) {
  while (marks.size() < count)
    marks.push_back(std::make_unique<EventMark>());
}

void Turns::prepare(const Plan &plan) {
  size_t meetings = plan.list.meetings.size(), all = plan.firstCall.back();
  grow(ready, all);
  grow(ends, 2 * meetings);
  calls.resize(std::max(calls.size(), all));
  posted.resize(std::max(posted.size(), meetings));
}

void Turns::begin(const Plan &newPlan) {
  prepare(newPlan); // has nothing to do where that was known before
  plan = &newPlan;
  std::fill(posted.begin(), posted.end(), 0);
  next.store(0);
}

bool Turns::isComplete(size_t meeting) const {
  return meeting < plan->list.meetings.size() &&
         posted[meeting] == plan->list.meetings[meeting].parts;
}

void Turns::post(size_t meeting, const Call &call) {
  std::lock_guard lock(mutex);
  size_t number = plan->firstCall[meeting] + posted[meeting];
  calls[number] = call;
  if (!call.launch) // a collective comes in the thread's own stream
    MPCRT_CUDA_CALL(cuEventRecord, *ready[number], call.stream);
  ++posted[meeting];
  for (size_t turn = next.load(); isComplete(turn); ++turn) {
    asking.store(true);
    perform(turn);
    asking.store(false);
    next.store(turn + 1);
  }
  event.signal();
}

void Turns::waitFor(size_t meeting) {
  waiting.fetch_add(1);
  event.wait([&] { return next.load() > meeting || context.aborted.load(); },
             Clock::time_point::max(), context.spin);
  waiting.fetch_sub(1);
  if (context.aborted.load())
    throw Cancelled();
}

std::span<const Turns::Call> Turns::callsOf(size_t meeting) const {
  return {calls.data() + plan->firstCall[meeting],
          static_cast<size_t>(plan->list.meetings[meeting].parts)};
}

std::string describeCall(const Turns::Call &call,
                         const std::vector<Channel> &channels) {
  if (call.launch)
    return text(collectiveName(call.launch->kind), " of group ", call.group);
  Index channel = call.action->channel;
  return describeChannel(call.src ? "send" : "recv", channel,
                         channels[channel]);
}

} // namespace mpcrt::cuda
