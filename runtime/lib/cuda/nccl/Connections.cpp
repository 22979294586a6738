//===- Connections.cpp - The communicators of NCCL ------------------------===//
#include "Connections.h"
#include "../../comm/World.h"
#include <algorithm>
#include <thread>

namespace mpcrt::cuda {

static constexpr auto pause = std::chrono::microseconds(50);

static NcclConfig nonBlocking() {
  NcclConfig config;
  config.isBlocking = 0;
  return config;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

void Connections::check(int result, const char *call) const {
  if (result != NcclSuccess && result != NcclInProgress)
    throw DeviceError(MPCRT_INTERNAL,
                      text(call, ": ", describeNccl(result),
                           result == NcclInvalidUsage
                               ? "; each process needs a GPU of its own"
                               : ""),
                      std::source_location::current());
}

void Connections::checkUsable() const {
  if (context.aborted.load())
    throw Cancelled();
}

int Connections::stateOf(NcclComm comm) {
  std::lock_guard lock(mutex);
  checkUsable();
  int state = NcclSuccess;
  check(nccl().ncclCommGetAsyncError(comm, &state), "ncclCommGetAsyncError");
  return state;
}

/// Waits until NCCL has taken over what it was asked for. The watch looks at
/// the time.
void Connections::settle(NcclComm comm) {
  int state = NcclInProgress;
  while ((state = stateOf(comm)) == NcclInProgress)
    std::this_thread::sleep_for(pause);
  check(state, "NCCL");
}

/// The same while there is no watch.
void Connections::settleWithin(NcclComm comm, const char *what) {
  Clock::time_point start = Clock::now();
  int state = NcclInProgress;
  while ((state = stateOf(comm)) == NcclInProgress) {
    auto failed = [&](int32_t code, const std::string &reason) {
      auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(
          Clock::now() - start);
      fail(code, text("rank ", placement.rank, " waited ", waited.count(),
                      " ms in ", what, "; ", reason));
    };
    if (std::string failure = placement.world->failure(); !failure.empty())
      failed(MPCRT_PEER_FAILED, failure);
    if (Clock::now() >= start + context.timeout)
      failed(MPCRT_TIMEOUT, "NCCL_DEBUG=INFO makes NCCL say what it does");
    std::this_thread::sleep_for(pause);
  }
  check(state, what);
}

std::string Connections::asyncError() {
  std::lock_guard lock(mutex);
  if (context.aborted.load())
    return "";
  for (NcclComm comm : comms) {
    int state = NcclSuccess;
    nccl().ncclCommGetAsyncError(comm, &state);
    if (state != NcclSuccess && state != NcclInProgress)
      return describeNccl(state);
  }
  return "";
}

//===----------------------------------------------------------------------===//
// Beginning and end
//===----------------------------------------------------------------------===//

Connections::Connections(const CommunicatorConfig &config, WaitContext &context)
    : groups(*config.groups), placement(config.placement), context(context),
      byGroup(groups.size(), 0) {
  try {
    connect();
    if (nccl().ncclCommSplit)
      split();
    else
      connectGroups();
  } catch (...) {
    abort();
    throw;
  }
}

void Connections::connect() {
  World &world = *placement.world;
  NcclId id = {};
  if (placement.rank == 0)
    check(nccl().ncclGetUniqueId(&id), "ncclGetUniqueId");
  world.broadcast("NCCL's communicators", &id, sizeof id);
  NcclConfig config = nonBlocking();
  comms.emplace_back();
  check(nccl().ncclCommInitRankConfig(&comms[0], world.size(), id,
                                      placement.rank, &config),
        "ncclCommInitRankConfig");
  settleWithin(comms[0], "ncclCommInitRankConfig");
}

/// Groups without a common member, as those over one axis of a mesh, are made
/// together.
void Connections::split() {
  std::vector<std::vector<Index>> families;
  std::vector<std::vector<bool>> taken; // by family, devices
  for (size_t g = 0; g < groups.size(); ++g) {
    const std::vector<Index> &members = groups[g];
    if (members.size() < 2)
      continue;
    size_t f = 0;
    auto isFree = [&](Index device) { return !taken[f][device]; };
    while (f < families.size() &&
           !std::all_of(members.begin(), members.end(), isFree))
      ++f;
    if (f == families.size()) {
      families.emplace_back();
      taken.emplace_back(placement.world->size());
    }
    families[f].push_back(static_cast<Index>(g));
    for (Index device : members)
      taken[f][device] = true;
  }
  for (const std::vector<Index> &family : families)
    splitFamily(family);
}

void Connections::splitFamily(const std::vector<Index> &family) {
  int color = NcclNoColor, key = 0;
  for (Index group : family) {
    const std::vector<Index> &members = groups[group];
    auto self = std::find(members.begin(), members.end(), placement.rank);
    if (self == members.end())
      continue;
    color = group;
    key = static_cast<int>(self - members.begin());
    byGroup[group] = comms.size();
  }
  NcclConfig config = nonBlocking();
  NcclComm part = nullptr;
  check(nccl().ncclCommSplit(comms[0], color, key, &part, &config),
        "ncclCommSplit");
  // Only then `part` is set.
  settleWithin(comms[0], "ncclCommSplit");
  if (color == NcclNoColor)
    return;
  comms.push_back(part);
  settleWithin(part, "ncclCommSplit");
}

/// For versions that cannot split.
void Connections::connectGroups() {
  for (size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].size() < 2)
      continue;
    NcclId id = {};
    if (placement.rank == 0)
      check(nccl().ncclGetUniqueId(&id), "ncclGetUniqueId");
    placement.world->broadcast("NCCL's communicators", &id, sizeof id);
    auto self = std::find(groups[g].begin(), groups[g].end(), placement.rank);
    if (self == groups[g].end())
      continue;
    NcclConfig config = nonBlocking();
    byGroup[g] = comms.size();
    comms.emplace_back();
    check(nccl().ncclCommInitRankConfig(
              &comms.back(), static_cast<int>(groups[g].size()), id,
              static_cast<int>(self - groups[g].begin()), &config),
          "ncclCommInitRankConfig");
    settleWithin(comms.back(), "ncclCommInitRankConfig");
  }
}

void Connections::abort() {
  std::lock_guard lock(mutex);
  context.aborted.store(true);
  for (; !comms.empty(); comms.pop_back()) // those made last first
    if (comms.back())
      nccl().ncclCommAbort(comms.back());
}

/// Whether a communicator has been finished in time.
static bool isOver(NcclComm comm, Clock::time_point deadline) {
  nccl().ncclCommFinalize(comm);
  int state = NcclInProgress;
  while (!nccl().ncclCommGetAsyncError(comm, &state) &&
         state == NcclInProgress && Clock::now() < deadline)
    std::this_thread::sleep_for(pause);
  return state == NcclSuccess;
}

void Connections::close() {
  Clock::time_point deadline = Clock::now() + context.timeout;
  for (; !comms.empty() && !context.aborted.load(); comms.pop_back())
    if (isOver(comms.back(), deadline))
      nccl().ncclCommDestroy(comms.back());
    else
      nccl().ncclCommAbort(comms.back());
  abort();
}

} // namespace mpcrt::cuda
