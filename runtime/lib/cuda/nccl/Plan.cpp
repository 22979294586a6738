//===- Plan.cpp - What a process does with the others in a run ------------===//
#include "Plan.h"
#include "Collectives.h"
#include <algorithm>

namespace mpcrt::cuda {

/// FNV-1a over numbers.
static void mix(uint64_t &digest, int64_t value) {
  for (int byte = 0; byte < 8; ++byte)
    digest = (digest ^ (value >> (8 * byte) & 0xff)) * 0x100000001b3;
}

static uint64_t digestOf(const Program &program,
                         const std::vector<MeetingList> &lists) {
  uint64_t digest = 0xcbf29ce484222325;
  for (const MeetingList &list : lists)
    for (const Meeting &meeting : list.meetings)
      mix(digest, meeting.isCollective ? -1 : meeting.parts);
  for (const std::vector<Action> &list : program.devices)
    for (const Action &action : list) {
      mix(digest, action.id);
      mix(digest, action.bytes);
    }
  return digest;
}

static std::vector<std::vector<int32_t>>
sendsOf(const std::vector<Action> &list, const MeetingList &meetings,
        size_t channels) {
  std::vector<std::vector<int32_t>> sends(channels);
  size_t number = 0;
  for (const Action &action : list)
    if (action.kind == ActionKind::Send)
      sends[action.channel].push_back(meetings.ofSend[number++]);
  return sends;
}

static int64_t scratchOf(const Program &program,
                         const CommunicatorConfig &config, Index self) {
  int64_t most = 0;
  for (const Action &action : program.devices[self]) {
    if (action.body < 0)
      continue;
    for (const Launch &launch : program.bodies[action.body].launches)
      if (auto *collective = std::get_if<CollectiveLaunch>(&launch)) {
        const std::vector<Index> &members =
            (*config.groups)[action.scalars[collective->group]];
        most = std::max(most,
                        scratchBytes(*collective, membership(members, self)));
      }
  }
  return most;
}

Plan::Plan(const Program &program, const CommunicatorConfig &config, Index self)
    : program(&program) {
  std::vector<MeetingList> lists =
      orderMeetings(program, *config.groups, *config.channels);
  digest = digestOf(program, lists);
  list = std::move(lists[self]);
  int32_t calls = 0;
  for (size_t i = 0; i < list.meetings.size(); ++i) {
    firstCall.push_back(calls);
    calls += list.meetings[i].parts;
    (list.meetings[i].isCollective ? collectives : messages)
        .push_back(static_cast<int32_t>(i));
  }
  firstCall.push_back(calls);
  sends = sendsOf(program.devices[self], list, config.channels->size());
  scratchBytes = scratchOf(program, config, self);
}

} // namespace mpcrt::cuda
