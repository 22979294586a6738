//===- Transfers.cpp - Messages to other processes, under way -------------===//
#include "Transfers.h"
#include "World.h"
#include <algorithm>

namespace mpcrt {

// MPI counts in int.
static constexpr size_t largestPiece = size_t{1} << 30;

/// Calls call(offset, bytes, request) for each piece.
template <typename Start>
void Transfers::start(Peer peer, size_t bytes, Start call) {
  std::lock_guard lock(world.mutex);
  for (size_t offset = 0; offset < bytes; offset += largestPiece) {
    mpcrt_request request = 0;
    size_t piece = std::min(largestPiece, bytes - offset);
    if (int32_t error = call(offset, piece, &request)) {
      problem = world.describeError(error);
      continue;
    }
    pending.push_back({request, peer});
    ++world.underWay;
  }
}

void Transfers::send(Peer peer, int32_t tag, const void *data, size_t bytes) {
  const mpcrt_transport &t = world.transport;
  start(peer, bytes, [&](size_t offset, size_t piece, mpcrt_request *request) {
    return t.send(t.state, peer.rank, tag,
                  static_cast<const char *>(data) + offset, piece, request);
  });
}

void Transfers::receive(Peer peer, int32_t tag, void *data, size_t bytes) {
  const mpcrt_transport &t = world.transport;
  start(peer, bytes, [&](size_t offset, size_t piece, mpcrt_request *request) {
    return t.receive(t.state, peer.rank, tag,
                     static_cast<char *>(data) + offset, piece, request);
  });
}

bool Transfers::progress() {
  if (pending.empty())
    return problem.empty();
  std::lock_guard lock(world.mutex);
  const mpcrt_transport &t = world.transport;
  world.underWay -= std::erase_if(pending, [&](Pending &entry) {
    int32_t done = 0;
    int32_t error = t.test(t.state, &entry.request, &done);
    if (error)
      problem = world.describeError(error);
    return done || error;
  });
  return pending.empty() && problem.empty();
}

void Transfers::cancel() {
  if (pending.empty())
    return;
  std::lock_guard lock(world.mutex);
  for (Pending &entry : pending)
    world.transport.cancel(world.transport.state, &entry.request);
  world.underWay -= pending.size();
  pending.clear();
}

std::vector<Peer> Transfers::missing() const {
  std::vector<Peer> list;
  for (const Pending &entry : pending)
    if (std::none_of(list.begin(), list.end(), [&](const Peer &peer) {
          return peer.name == entry.peer.name;
        }))
      list.push_back(entry.peer);
  return list;
}

} // namespace mpcrt
