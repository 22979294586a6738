//===- Group.h - Rendezvous and collectives of one group --------*- C++ -*-===//
#ifndef MPCRT_COMM_GROUP_H
#define MPCRT_COMM_GROUP_H

#include "../core/Collective.h"
#include "../core/Reduction.h"
#include "Waiting.h"
#include <memory>

namespace mpcrt {

/// The members of one group. A collective is a sequence of meetings; between
/// them every member works on its own part, reading the others' buffers. The
/// threads meet; what their devices do later is ordered by marks.
///
///   small all_reduce   meet | reduce everything | meet
///   large all_reduce   meet | reduce own slice, for everybody | meet
///   all_gather         meet | write own part, for everybody | meet
///   all others         meet | read own result's parts | meet
///
/// The last meeting keeps sources untouched until everyone has read them.
class Group {
public:
  Group(Index number, const std::vector<Index> &members,
        std::span<Device *const> devices, WaitContext &context);

  void run(const Caller &caller, const CollectiveLaunch &launch,
           const char *src, char *dst);

  /// Wakes all who wait, after WaitContext::aborted has been set.
  void wake() { event.signal(); }

private:
  /// One member's side of the collective under way.
  struct alignas(64) Slot {
    std::atomic<uint64_t> meetings{0};
    const char *src = nullptr;
    char *dst = nullptr;
    const CollectiveLaunch *launch = nullptr;
    /// Where the device is at an even and at an odd meeting: while the others
    /// still look at one of them, the device may be at the next meeting.
    std::array<std::unique_ptr<Mark>, 2> marks;
    std::vector<char> scratch;         // for small in-place reductions
    std::vector<const char *> sources; // everybody's src
    std::vector<char *> results;       // everybody's dst
  };
  struct Call {
    const Caller &caller;
    const CollectiveLaunch &launch;
    Index self;
    Slot &slot;
  };

  void meet(const Call &call);
  [[noreturn]] void reportMissing(const Call &call, uint64_t meeting) const;
  void checkSame(const Call &call) const;

  void allReduceSmall(const Call &call);
  void allReduceLarge(const Call &call);
  void allGather(const Call &call);
  void allToAll(const Call &call);
  void reduceScatter(const Call &call);
  void fetchBox(const Call &call, Index peer);

  Index number;
  const std::vector<Index> &members;
  WaitContext &context;
  std::vector<Slot> slots;
  Event event;
};

} // namespace mpcrt

#endif // MPCRT_COMM_GROUP_H
