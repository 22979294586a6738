//===- Group.cpp - Rendezvous and collectives of one group ----------------===//
#include "Group.h"
#include "../core/Collective.h"
#include "../core/DType.h"
#include "Slices.h"
#include <algorithm>
#include <cstring>

namespace mpcrt {

Group::Group(Index number, const std::vector<Index> &members,
             std::span<Device *const> devices, WaitContext &context)
    : number(number), members(members), context(context),
      slots(members.size()) {
  for (size_t i = 0; i < slots.size(); ++i) {
    Slot &slot = slots[i];
    Device &device = *devices[members[i]];
    slot.scratch.resize(device.smallReductionBytes());
    for (auto &mark : slot.marks)
      mark = device.createMark();
    slot.sources.resize(members.size());
    slot.results.resize(members.size());
  }
}

//===----------------------------------------------------------------------===//
// Meetings
//===----------------------------------------------------------------------===//

void Group::reportMissing(const Call &call, uint64_t meeting) const {
  std::string missing;
  for (size_t i = 0; i < slots.size(); ++i)
    if (slots[i].meetings.load() < meeting)
      missing += text(missing.empty() ? "" : ", ", members[i]);
  failTimeout(context, call.caller,
              text(collectiveName(call.launch.kind), " of group ", number),
              text("missing: device ", missing));
}

void Group::meet(const Call &call) {
  uint64_t meeting = call.slot.meetings.load(std::memory_order_relaxed) + 1;
  Device &device = *call.caller.device;
  device.set(call.slot.marks[meeting % 2].get());
  call.slot.meetings.store(meeting);
  event.signal();
  auto done = [&] {
    return std::all_of(slots.begin(), slots.end(), [&](const Slot &slot) {
      return slot.meetings.load() >= meeting;
    });
  };
  waitOrFail(context, event, call.caller, done,
             [&] { reportMissing(call, meeting); });
  for (const Slot &slot : slots)
    if (&slot != &call.slot)
      device.follow(slot.marks[meeting % 2].get());
}

void Group::checkSame(const Call &call) const {
  for (size_t i = 0; i < slots.size(); ++i)
    if (!sameCollective(*slots[i].launch, call.launch))
      failDifferentCollective(call.caller, number, call.launch.kind, members[i],
                              slots[i].launch->kind);
}

void Group::run(const Caller &caller, const CollectiveLaunch &launch,
                const char *src, char *dst) {
  auto self = static_cast<Index>(
      std::find(members.begin(), members.end(), caller.index) -
      members.begin());
  Call call{caller, launch, self, slots[self]};
  call.slot.src = src;
  call.slot.dst = dst;
  call.slot.launch = &launch;
  meet(call);
  checkSame(call);
  for (size_t i = 0; i < slots.size(); ++i) {
    call.slot.sources[i] = slots[i].src;
    call.slot.results[i] = slots[i].dst;
  }
  switch (launch.kind) {
  case MPCRT_ALL_REDUCE:
    return fullBytes(launch) <= static_cast<int64_t>(call.slot.scratch.size())
               ? allReduceSmall(call)
               : allReduceLarge(call);
  case MPCRT_REDUCE_SCATTER:
    return reduceScatter(call);
  case MPCRT_ALL_GATHER:
    return allGather(call);
  default:
    return allToAll(call);
  }
}

//===----------------------------------------------------------------------===//
// all_reduce
//===----------------------------------------------------------------------===//

void Group::allReduceSmall(const Call &call) {
  int64_t count = call.launch.shape[0];
  bool inPlace = call.slot.src == call.slot.dst;
  char *result = inPlace ? call.slot.scratch.data() : call.slot.dst;
  {
    GateScope scope(context.gate);
    call.caller.device->reduce(call.launch, call.slot.sources, 0,
                               {{&result, 1}}, count);
  }
  meet(call);
  if (!inPlace)
    return;
  GateScope scope(context.gate);
  std::memcpy(call.slot.dst, result, fullBytes(call.launch));
}

void Group::allReduceLarge(const Call &call) {
  int64_t count = call.launch.shape[0];
  int64_t elem = dtypeBytes(call.launch.dtype);
  Block own = blockOf(count, sliceOf(count, static_cast<int64_t>(slots.size())),
                      call.self);
  {
    GateScope scope(context.gate);
    call.caller.device->reduce(call.launch, call.slot.sources, own.begin * elem,
                               {call.slot.results, own.begin * elem}, own.size);
  }
  meet(call);
}

//===----------------------------------------------------------------------===//
// The others
//===----------------------------------------------------------------------===//

namespace {
/// The local shape of a member's side, dense.
struct Local {
  std::array<int64_t, maxRank> sizes;
  size_t rank;

  explicit Local(const std::vector<int64_t> &full) : rank(full.size()) {
    std::copy(full.begin(), full.end(), sizes.begin());
  }
  std::span<const int64_t> shape() const { return {sizes.data(), rank}; }
  Strides strides() const { return denseStrides(shape()); }
  void restrict(int32_t dim, Block block) { sizes[dim] = block.size; }
};
} // namespace

/// Every member hands out its part: it has just been computed, so that it is
/// read from a cache, which a part that others fetch would not be.
void Group::allGather(const Call &call) {
  const CollectiveLaunch &launch = call.launch;
  int64_t elem = dtypeBytes(launch.dtype);
  Local whole(launch.shape), part(launch.shape);
  Block mine = blockOf(launch.shape[launch.srcDim], launch.srcBlock, call.self);
  part.restrict(launch.srcDim, mine);
  StridedCopy copy(elem, part.shape(), part.strides(), whole.strides());
  int64_t offset = mine.begin * whole.strides()[launch.srcDim] * elem;
  {
    GateScope scope(context.gate);
    for (size_t i = 0; i < slots.size(); ++i) {
      char *to = call.slot.results[(call.self + i) % slots.size()] + offset;
      if (to != call.slot.src) // else it stands there already
        call.caller.device->copy(copy, call.slot.src, to);
    }
  }
  meet(call);
}

/// Copies to my result what member `peer` has of it.
void Group::fetchBox(const Call &call, Index peer) {
  const CollectiveLaunch &launch = call.launch;
  int64_t elem = dtypeBytes(launch.dtype);
  Local source(launch.shape), result(launch.shape), box(launch.shape);
  Block theirs = blockOf(launch.shape[launch.srcDim], launch.srcBlock, peer);
  Block mine = blockOf(launch.shape[launch.dstDim], launch.dstBlock, call.self);
  source.restrict(launch.srcDim, theirs);
  box.restrict(launch.srcDim, theirs);
  result.restrict(launch.dstDim, mine);
  box.restrict(launch.dstDim, mine);
  int64_t fromOffset = mine.begin * source.strides()[launch.dstDim];
  int64_t toOffset = theirs.begin * result.strides()[launch.srcDim];
  call.caller.device->copy(
      StridedCopy(elem, box.shape(), source.strides(), result.strides()),
      slots[peer].src + fromOffset * elem, call.slot.dst + toOffset * elem);
}

void Group::allToAll(const Call &call) {
  {
    GateScope scope(context.gate);
    for (size_t i = 0; i < slots.size(); ++i)
      fetchBox(call, static_cast<Index>(i));
  }
  meet(call);
}

void Group::reduceScatter(const Call &call) {
  const CollectiveLaunch &launch = call.launch;
  std::span<const int64_t> shape(launch.shape);
  int64_t elem = dtypeBytes(launch.dtype);
  int64_t extent = shape[launch.dstDim];
  Block mine = blockOf(extent, launch.dstBlock, call.self);
  int64_t outer = elementCount(shape.first(launch.dstDim));
  int64_t inner = elementCount(shape.subspan(launch.dstDim + 1));
  int64_t run = mine.size * inner;
  {
    GateScope scope(context.gate);
    for (int64_t i = 0; i < outer; ++i)
      call.caller.device->reduce(call.launch, call.slot.sources,
                                 (i * extent + mine.begin) * inner * elem,
                                 {{&call.slot.dst, 1}, i * run * elem}, run);
  }
  meet(call);
}

} // namespace mpcrt
