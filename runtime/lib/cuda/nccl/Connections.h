//===- Connections.h - The communicators of NCCL ----------------*- C++ -*-===//
#ifndef MPCRT_CUDA_NCCL_CONNECTIONS_H
#define MPCRT_CUDA_NCCL_CONNECTIONS_H

#include "../../comm/Waiting.h"
#include "Library.h"
#include <mutex>
#include <vector>

namespace mpcrt::cuda {

/// What is asked for in one go: NCCL makes one kernel of it.
class NcclGroup {
public:
  NcclGroup(NcclComm comm, Stream stream) : comm(comm), stream(stream) {}

  /// Bytes to and from the process with this rank in the communicator.
  void send(const char *data, int64_t bytes, Index peer) {
    keep(nccl().ncclSend(data, bytes, NcclInt8, peer, comm, stream));
  }
  void receive(char *data, int64_t bytes, Index peer) {
    keep(nccl().ncclRecv(data, bytes, NcclInt8, peer, comm, stream));
  }
  /// `bytes` of every process.
  void allGather(const char *src, char *dst, int64_t bytes) {
    keep(nccl().ncclAllGather(src, dst, bytes, NcclInt8, comm, stream));
  }
  void allReduce(const char *src, char *dst, int64_t count, int type,
                 int reduction) {
    keep(nccl().ncclAllReduce(src, dst, count, type, reduction, comm, stream));
  }
  /// `count` elements for every process.
  void reduceScatter(const char *src, char *dst, int64_t count, int type,
                     int reduction) {
    keep(nccl().ncclReduceScatter(src, dst, count, type, reduction, comm,
                                  stream));
  }
  /// The first error, or NcclSuccess.
  int error() const { return firstError; }

private:
  void keep(int result) {
    if (firstError == NcclSuccess && result != NcclInProgress)
      firstError = result;
  }

  NcclComm comm;
  Stream stream;
  int firstError = NcclSuccess;
};

/// The communicators of this process: one of all processes, for messages, and
/// one for each group of several members, in which a process has the rank of
/// its device in the group. They are made together with all other processes.
///
/// None of NCCL's calls blocks (`NcclConfig::isBlocking` is 0), and one thread
/// at a time is inside, so that all of them can be aborted at any time.
class Connections {
public:
  /// Fails as the wait for NCCL does, below, and where a process is missing.
  Connections(const CommunicatorConfig &config, WaitContext &context);
  ~Connections() { close(); }
  Connections(const Connections &) = delete;
  Connections &operator=(const Connections &) = delete;

  NcclComm world() const { return comms[0]; }
  NcclComm group(Index number) const { return comms[byGroup[number]]; }

  /// Asks for all that calls(NcclGroup &) asks for, as one kernel; returns when
  /// it is in the stream. Fails with a DeviceError, or Cancelled after an
  /// abort.
  template <typename Calls>
  void launch(NcclComm comm, Stream stream, const Calls &calls) {
    {
      std::lock_guard lock(mutex);
      checkUsable();
      check(nccl().ncclGroupStart(), "ncclGroupStart");
      NcclGroup group(comm, stream);
      calls(group);
      int result = nccl().ncclGroupEnd();
      check(group.error() ? group.error() : result, "ncclGroupEnd");
    }
    settle(comm);
  }

  /// What has gone wrong in any communicator, else empty.
  std::string asyncError();
  /// Ends all kernels of NCCL, and all that wait for them here.
  void abort();
  /// The end of all communicators, in order where the others come to it too.
  void close();

private:
  void check(int result, const char *call) const;
  void checkUsable() const;
  int stateOf(NcclComm comm);
  void settle(NcclComm comm);
  void settleWithin(NcclComm comm, const char *what);
  void connect();
  void split();
  void splitFamily(const std::vector<Index> &family);
  void connectGroups();

  const std::vector<std::vector<Index>> &groups;
  const Placement &placement;
  WaitContext &context;
  std::mutex mutex;            // of all calls of NCCL
  std::vector<NcclComm> comms; // the world's first, then in order of creation
  std::vector<size_t> byGroup; // which of them; 0 where this process is not in
};

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_NCCL_CONNECTIONS_H
