//===- ProcessGroup.cpp - Collectives of several processes ----------------===//
#include "ProcessGroup.h"
#include "../core/DType.h"
#include "Piece.h"
#include "Slices.h"
#include <algorithm>
#include <cstring>

namespace mpcrt {

ProcessGroup::ProcessGroup(Index number, const std::vector<Index> &members,
                           const Placement &placement, WaitContext &context,
                           int32_t firstTag)
    : number(number), members(members), placement(placement), context(context),
      firstTag(firstTag) {
  for (Index device : members)
    here.push_back(
        placement.isMine(device)
            ? std::make_unique<Member>(*placement.world, members.size())
            : nullptr);
}

int64_t ProcessGroup::countTags(const std::vector<Index> &members) {
  auto size = static_cast<int64_t>(members.size());
  return size * size; // one for each ordered pair
}

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

Peer ProcessGroup::peer(Index position) const {
  return {placement.rankOf(members[position]), members[position]};
}

void ProcessGroup::sendTo(const Call &call, Index position, const void *data,
                          int64_t bytes) {
  call.member.transfers.send(
      peer(position), firstTag + call.self * size() + position, data, bytes);
}

void ProcessGroup::receiveFrom(const Call &call, Index position, void *data,
                               int64_t bytes) {
  call.member.transfers.receive(
      peer(position), firstTag + position * size() + call.self, data, bytes);
}

void ProcessGroup::wait(const Call &call) {
  waitFor(*placement.world, call.member.transfers, context, call.caller, [&] {
    return text(collectiveName(call.launch.kind), " of group ", number);
  });
}

ProcessGroup::Signature
ProcessGroup::signatureOf(const CollectiveLaunch &launch) {
  Signature s;
  s.kind = launch.kind;
  s.reduce = static_cast<int32_t>(launch.reduce);
  s.dtype = launch.dtype;
  s.srcDim = launch.srcDim;
  s.dstDim = launch.dstDim;
  s.rank = static_cast<int32_t>(launch.shape.size());
  s.srcBlock = launch.srcBlock;
  s.dstBlock = launch.dstBlock;
  std::copy(launch.shape.begin(), launch.shape.end(), s.shape);
  return s;
}

/// Compares what all members are about to do.
void ProcessGroup::greet(const Call &call) {
  Member &member = call.member;
  member.own = signatureOf(call.launch);
  for (Index p = 0; p < size(); ++p)
    if (p != call.self) {
      receiveFrom(call, p, &member.signatures[p], sizeof(Signature));
      sendTo(call, p, &member.own, sizeof(Signature));
    }
  wait(call);
  for (Index p = 0; p < size(); ++p)
    if (p != call.self &&
        std::memcmp(&member.signatures[p], &member.own, sizeof(Signature)) != 0)
      failDifferentCollective(call.caller, number, call.launch.kind, members[p],
                              member.signatures[p].kind);
}

void ProcessGroup::run(const Caller &caller, const CollectiveLaunch &launch,
                       const char *src, char *dst) {
  auto self = static_cast<Index>(
      std::find(members.begin(), members.end(), caller.index) -
      members.begin());
  Call call{caller, launch, self, *here[self], src, dst};
  greet(call);
  switch (launch.kind) {
  case MPCRT_ALL_REDUCE:
    return fullBytes(launch) <= caller.device->smallReductionBytes()
               ? allReduceSmall(call)
               : allReduceLarge(call);
  case MPCRT_REDUCE_SCATTER:
    return reduceScatter(call);
  default:
    return exchangePieces(call);
  }
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

static void growTo(std::vector<char> &buffer, int64_t bytes) {
  if (static_cast<int64_t>(buffer.size()) < bytes)
    buffer.resize(bytes);
}

/// Reduces the first `count` elements of all sources.
void ProcessGroup::reduce(const Call &call, char *result, int64_t count) {
  call.caller.device->reduce(call.launch, call.member.sources, 0,
                             {{&result, 1}}, count);
}

void ProcessGroup::allReduceSmall(const Call &call) {
  Member &member = call.member;
  int64_t bytes = fullBytes(call.launch);
  growTo(member.received, size() * bytes);
  for (Index p = 0; p < size(); ++p) {
    char *part = member.received.data() + p * bytes;
    member.sources[p] = p == call.self ? call.src : part;
    if (p == call.self)
      continue;
    receiveFrom(call, p, part, bytes);
    sendTo(call, p, call.src, bytes);
  }
  // Of the sends too: the result may take the source's place.
  wait(call);
  reduce(call, call.dst, call.launch.shape[0]);
}

void ProcessGroup::allReduceLarge(const Call &call) {
  Member &member = call.member;
  int64_t count = call.launch.shape[0], elem = dtypeBytes(call.launch.dtype);
  int64_t slice = sliceOf(count, size());
  Block own = blockOf(count, slice, call.self);
  growTo(member.received, size() * own.size * elem);
  for (Index p = 0; p < size(); ++p) {
    char *part = member.received.data() + p * own.size * elem;
    member.sources[p] = p == call.self ? call.src + own.begin * elem : part;
    if (p == call.self)
      continue;
    Block theirs = blockOf(count, slice, p);
    receiveFrom(call, p, part, own.size * elem);
    sendTo(call, p, call.src + theirs.begin * elem, theirs.size * elem);
  }
  wait(call);
  reduce(call, call.dst + own.begin * elem, own.size);
  for (Index p = 0; p < size(); ++p) {
    if (p == call.self)
      continue;
    Block theirs = blockOf(count, slice, p);
    receiveFrom(call, p, call.dst + theirs.begin * elem, theirs.size * elem);
    sendTo(call, p, call.dst + own.begin * elem, own.size * elem);
  }
  wait(call);
}

void ProcessGroup::reduceScatter(const Call &call) {
  Member &member = call.member;
  Piece mine(call.launch, call.self, call.self);
  int64_t packedBytes = 0;
  for (Index p = 0; p < size(); ++p)
    packedBytes += Piece(call.launch, call.self, p).bytes();
  growTo(member.packed, packedBytes);
  growTo(member.received, size() * mine.bytes());
  char *packed = member.packed.data();
  for (Index p = 0; p < size(); ++p) {
    Piece piece(call.launch, call.self, p);
    piece.pack.run(call.src + piece.srcOffset, packed);
    char *part = member.received.data() + p * mine.bytes();
    member.sources[p] = p == call.self ? packed : part;
    if (p != call.self) {
      receiveFrom(call, p, part, mine.bytes());
      sendTo(call, p, packed, piece.bytes());
    }
    packed += piece.bytes();
  }
  wait(call);
  reduce(call, call.dst, mine.bytes() / dtypeBytes(call.launch.dtype));
}

//===----------------------------------------------------------------------===//
// all_gather and all_to_all
//===----------------------------------------------------------------------===//

void ProcessGroup::exchangePieces(const Call &call) {
  Member &member = call.member;
  int64_t packedBytes = 0, receivedBytes = 0;
  for (Index p = 0; p < size(); ++p) {
    packedBytes += Piece(call.launch, call.self, p).bytes();
    receivedBytes += Piece(call.launch, p, call.self).bytes();
  }
  growTo(member.packed, packedBytes);
  growTo(member.received, receivedBytes);
  char *packed = member.packed.data(), *received = member.received.data();
  for (Index p = 0; p < size(); ++p) {
    Piece in(call.launch, p, call.self), out(call.launch, call.self, p);
    if (p == call.self) {
      out.direct.run(call.src + out.srcOffset, call.dst + out.dstOffset);
      continue;
    }
    receiveFrom(call, p,
                in.isRunInResult() ? call.dst + in.dstOffset : received,
                in.bytes());
    received += in.bytes();
    const char *from = call.src + out.srcOffset;
    if (!out.isRunInSource()) {
      out.pack.run(from, packed);
      from = packed;
    }
    sendTo(call, p, from, out.bytes());
    packed += out.bytes();
  }
  wait(call);
  received = member.received.data();
  for (Index p = 0; p < size(); ++p) {
    if (p == call.self)
      continue;
    Piece in(call.launch, p, call.self);
    if (!in.isRunInResult())
      in.unpack.run(received, call.dst + in.dstOffset);
    received += in.bytes();
  }
}

} // namespace mpcrt
