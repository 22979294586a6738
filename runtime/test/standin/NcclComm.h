//===- NcclComm.h - A rank of a communicator of the stand-in ----*- C++ -*-===//
#ifndef MPCRT_TEST_STANDIN_NCCLCOMM_H
#define MPCRT_TEST_STANDIN_NCCLCOMM_H

#include "Board.h"
#include "Queue.h"
#include "cuda/nccl/Types.h"
#include <atomic>
#include <map>

namespace mpcrt::standin {

/// One process of a world with its GPU, on which not everything runs at once.
struct RankState {
  int rank = 0;
  /// How many kernels of NCCL the GPU holds, and whether they begin in the
  /// order in which they were asked for. One of the two keeps communicators
  /// from standing in each other's way.
  int capacity = 1;
  bool isOrdered = true;
  /// Whether a send is over when nobody has received yet.
  bool isEager = false;
  int resident = 0;
  uint64_t asked = 0, begun = 0;
};

/// A call of NCCL.
struct Part {
  enum Kind : int32_t { AllReduce, ReduceScatter, AllGather, Send, Receive };
  Kind kind;
  const char *src = nullptr;
  char *dst = nullptr;
  uint64_t count = 0;
  int32_t type = 0, reduction = 0;
  int peer = 0;        // of a message
  uint64_t number = 0; // of the collective, or of the message with the peer
};

struct CommState;

/// What NCCL makes one kernel of. Its work is done in two parts: it begins,
/// which the others see, and it ends when all that it needs has begun.
class NcclKernel {
public:
  NcclKernel(std::shared_ptr<CommState> comm, std::vector<Part> parts);

  bool mayBegin() const;
  void begin();
  bool mayEnd();
  void end();

private:
  struct Progress {
    Note own;                  // what it has published
    std::map<int, Note> found; // of others, by rank
  };
  bool isCollective(const Part &part) const { return part.kind < Part::Send; }
  std::string nameOf(const Part &part, int rank) const;
  std::string counterpartOf(const Part &part, int rank) const;
  std::vector<int> partnersOf(const Part &part) const;
  bool hasAll(const Part &part, Progress &progress);
  bool agree(const Part &part, const Note &note);
  bool isUntouched(const Part &part, const Progress &progress) const;
  void finish(const Part &part, const Progress &progress);
  void reduce(const Part &part, const Progress &progress);

  std::shared_ptr<CommState> comm;
  std::vector<Part> parts;
  std::vector<Progress> progress; // by part
  uint64_t number = 0;            // in its communicator
  uint64_t numberOfRank = 0;
  bool isHung = false;
};

/// A rank of a communicator, what ncclComm_t points to.
struct CommState {
  CommState(Board board, std::string name, int rank, int size,
            std::shared_ptr<RankState> process)
      : board(std::move(board)), name(std::move(name)), rank(rank), size(size),
        process(std::move(process)) {}

  /// "aX5k1b.join.2"
  std::string note(const std::string &what, int of) const {
    return name + "." + what + "." + std::to_string(of);
  }
  /// Whether all ranks have left such a note.
  bool haveAll(const std::string &what) const;
  /// Joins the others; true once all are there.
  bool join();

  Board board;
  std::string name; ///< "aX5k1b", and "aX5k1b.2.1" for colour 1 of its split 2
  int rank, size;
  std::shared_ptr<RankState> process;
  bool hasJoined = false, isShared = true;
  std::atomic<bool> isAborted{false};
  std::atomic<int> error{0};

  // Counters of what was asked for.
  uint64_t kernels = 0, collectives = 0, splits = 0;
  std::map<int, uint64_t> sends, receives; // by peer
  // Of what was done.
  uint64_t ended = 0;

  // What is in progress, as ncclCommGetAsyncError reports it.
  int polls = 0; // how often it is still reported
  std::function<void()> pending;
  std::function<bool()> pendingSplit;
};

/// mpcrt's number of a type of NCCL, and bytes of an element.
int32_t dtypeOf(int32_t type);

} // namespace mpcrt::standin

#endif // MPCRT_TEST_STANDIN_NCCLCOMM_H
