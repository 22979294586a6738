//===- ProcessGroup.h - Collectives of several processes --------*- C++ -*-===//
#ifndef MPCRT_COMM_PROCESSGROUP_H
#define MPCRT_COMM_PROCESSGROUP_H

#include "../core/Collective.h"
#include "../core/Placement.h"
#include "DeviceWait.h"
#include <memory>

namespace mpcrt {

/// A group with members in several processes. Members send each other the
/// pieces that they need and reduce them themselves, in group order, so that
/// results have the bits of the in-process group:
///
///   small all_reduce   everything to everybody | reduce it
///   large all_reduce   slice p to member p | reduce it | to everybody
///   reduce_scatter     block p to member p | reduce it
///   the others         to each its piece
///
/// First of all they compare what they have met for.
class ProcessGroup {
public:
  ProcessGroup(Index number, const std::vector<Index> &members,
               const Placement &placement, WaitContext &context,
               int32_t firstTag);
  /// How many tags such a group uses, from `firstTag` on.
  static int64_t countTags(const std::vector<Index> &members);

  void run(const Caller &caller, const CollectiveLaunch &launch,
           const char *src, char *dst);

private:
  /// A launch in the form in which members compare it.
  struct Signature {
    int32_t kind = 0, reduce = 0, dtype = 0, srcDim = 0, dstDim = 0, rank = 0;
    int64_t srcBlock = 0, dstBlock = 0;
    int64_t shape[maxRank] = {};
  };
  /// What a member of this process keeps from call to call: buffers grow to
  /// what its largest collective needs.
  struct Member {
    explicit Member(World &world, size_t size)
        : transfers(world), signatures(size), sources(size) {}
    Transfers transfers;
    Signature own;
    std::vector<Signature> signatures;
    std::vector<char> packed, received;
    std::vector<const char *> sources; // of a reduction, by member
  };
  struct Call {
    const Caller &caller;
    const CollectiveLaunch &launch;
    Index self;
    Member &member;
    const char *src;
    char *dst;
  };

  static Signature signatureOf(const CollectiveLaunch &launch);
  Index size() const { return static_cast<Index>(members.size()); }
  Peer peer(Index position) const;
  void sendTo(const Call &call, Index position, const void *data,
              int64_t bytes);
  void receiveFrom(const Call &call, Index position, void *data, int64_t bytes);
  void wait(const Call &call);
  void greet(const Call &call);

  void allReduceSmall(const Call &call);
  void allReduceLarge(const Call &call);
  void exchangePieces(const Call &call);
  void reduceScatter(const Call &call);
  void reduce(const Call &call, char *result, int64_t count);

  Index number;
  const std::vector<Index> &members;
  Placement placement;
  WaitContext &context;
  int32_t firstTag;
  std::vector<std::unique_ptr<Member>> here; // by position; null: elsewhere
};

} // namespace mpcrt

#endif // MPCRT_COMM_PROCESSGROUP_H
