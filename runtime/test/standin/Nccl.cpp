//===- Nccl.cpp - NCCL of the stand-in ------------------------------------===//
//
// Communicators are never blocking: calls report that they are in progress, and
// nothing is in a stream before ncclCommGetAsyncError has said otherwise. Ranks
// are threads of a process or processes of a machine.
//
//===----------------------------------------------------------------------===//
#include "NcclComm.h"
#include <algorithm>
#include <cstring>
#include <utility>

namespace mpcrt::cuda {
extern "C" {
#define MPCRT_NCCL(name, parameters)                                           \
  __attribute__((visibility("default"))) int name parameters;
#ifdef MPCRT_STANDIN_OLD_NCCL
#define MPCRT_NCCL_OPTIONAL(name, parameters)
#else
#define MPCRT_NCCL_OPTIONAL(name, parameters) MPCRT_NCCL(name, parameters)
#endif
#include "cuda/nccl/Symbols.def"
__attribute__((visibility("default"))) const char *ncclGetErrorString(int);
__attribute__((visibility("default"))) const char *ncclGetLastError(NcclComm);
}
} // namespace mpcrt::cuda

using namespace mpcrt;
using namespace mpcrt::cuda;
using standin::CommState;
using standin::Note;
using standin::Part;
using standin::Queue;

//===----------------------------------------------------------------------===//
// Communicators
//===----------------------------------------------------------------------===//

bool CommState::haveAll(const std::string &what) const {
  for (int r = 0; r < size; ++r)
    if (!board.find(note(what, r), /*isShared=*/true))
      return false;
  return true;
}

bool CommState::join() {
  if (hasJoined || !haveAll("join"))
    return hasJoined;
  isShared = false;
  for (int r = 0; r < size; ++r)
    isShared |= !board.isOwn(note("join", r));
  return hasJoined = true;
}

namespace {

std::shared_ptr<CommState> &stateOf(NcclComm comm) {
  return *reinterpret_cast<std::shared_ptr<CommState> *>(comm);
}

NcclComm handleOf(std::shared_ptr<CommState> state) {
  return reinterpret_cast<NcclComm>(
      new std::shared_ptr<CommState>(std::move(state)));
}

NcclComm makeComm(const standin::Board &board, const std::string &name,
                  int rank, int size,
                  std::shared_ptr<standin::RankState> process) {
  auto comm =
      std::make_shared<CommState>(board, name, rank, size, std::move(process));
  comm->polls = Queue::get().draw(3);
  comm->board.publish(comm->note("join", rank), {}, /*isShared=*/true);
  return handleOf(comm);
}

/// The hardware that the seed chooses.
std::shared_ptr<standin::RankState> makeProcess(int rank) {
  auto process = std::make_shared<standin::RankState>();
  process->rank = rank;
  process->isEager = Queue::get().draw(2);
  process->isOrdered = Queue::get().draw(2);
  process->capacity =
      process->isOrdered ? 1 + Queue::get().draw(3) : 2 + Queue::get().draw(2);
  return process;
}

#ifndef MPCRT_STANDIN_OLD_NCCL
struct SplitWish {
  int color, key;
};

/// Makes the part of a split once all ranks have said what they want.
bool finishSplit(CommState &comm, uint64_t number, NcclComm *part) {
  std::string what = "split" + std::to_string(number);
  if (!comm.haveAll(what))
    return false;
  std::vector<SplitWish> wishes(comm.size);
  for (int r = 0; r < comm.size; ++r)
    std::memcpy(&wishes[r], comm.board.find(comm.note(what, r), true)->data(),
                sizeof(SplitWish));
  const SplitWish &own = wishes[comm.rank];
  if (own.color == NcclNoColor)
    return true;
  int rank = 0, size = 0;
  for (int r = 0; r < comm.size; ++r) {
    if (wishes[r].color != own.color)
      continue;
    ++size;
    rank += std::pair(wishes[r].key, r) < std::pair(own.key, comm.rank);
  }
  *part = makeComm(comm.board, comm.note(std::to_string(number), own.color),
                   rank, size, comm.process);
  return true;
}

#endif // MPCRT_STANDIN_OLD_NCCL

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

/// The calls since ncclGroupStart.
struct OpenGroup {
  int depth = 0, error = 0;
  std::shared_ptr<CommState> comm;
  Stream stream = nullptr;
  std::vector<Part> parts;
};
thread_local OpenGroup open;

/// The real one takes several communicators and streams; our runtime never asks
/// for that.
int add(NcclComm handle, Stream stream, const Part &part) {
  std::shared_ptr<CommState> comm = stateOf(handle);
  bool isFirst = open.parts.empty();
  if (!open.depth || comm->polls || comm->pending || !comm->hasJoined ||
      (!isFirst && (comm != open.comm || stream != open.stream)))
    return open.error = NcclInvalidUsage;
  open.comm = comm;
  open.stream = stream;
  open.parts.push_back(part);
  return NcclSuccess;
}

void enqueue(const std::shared_ptr<standin::NcclKernel> &kernel,
             Stream stream) {
  auto *state = reinterpret_cast<standin::StreamState *>(stream);
  Queue::get().ask(
      state, [kernel] { kernel->begin(); },
      [kernel] { return kernel->mayBegin(); });
  Queue::get().ask(
      state, [kernel] { kernel->end(); },
      [kernel] { return kernel->mayEnd(); });
}

} // namespace

//===----------------------------------------------------------------------===//
// The API
//===----------------------------------------------------------------------===//

namespace mpcrt::cuda {
extern "C" {

const char *ncclGetErrorString(int result) {
  return result == NcclSystemError   ? "unhandled system error"
         : result == NcclRemoteError ? "remote process exited or there was a "
                                       "network error"
                                     : "an error of the stand-in";
}
const char *ncclGetLastError(NcclComm) { return ""; }

int ncclGetUniqueId(NcclId *id) {
  std::string directory = standin::Board::makeDirectory();
  if (directory.empty() || directory.size() >= sizeof id->bytes)
    return NcclSystemError;
  std::strncpy(id->bytes, directory.c_str(), sizeof id->bytes);
  return NcclSuccess;
}

int ncclCommInitRankConfig(NcclComm *comm, int size, NcclId id, int rank,
                           NcclConfig *config) {
  if (config->isBlocking || config->magic != NcclConfig().magic)
    return NcclInvalidArgument;
  std::string directory = id.bytes;
  *comm = makeComm(standin::Board(directory),
                   directory.substr(directory.rfind('-') + 1), rank, size,
                   makeProcess(rank));
  return NcclInProgress;
}

#ifndef MPCRT_STANDIN_OLD_NCCL
int ncclCommSplit(NcclComm handle, int color, int key, NcclComm *part,
                  NcclConfig *) {
  CommState &comm = *stateOf(handle);
  uint64_t number = comm.splits++;
  SplitWish wish = {color, key};
  auto *bytes = reinterpret_cast<const char *>(&wish);
  comm.board.publish(comm.note("split" + std::to_string(number), comm.rank),
                     Note(bytes, bytes + sizeof wish), /*isShared=*/true);
  comm.pendingSplit = [&comm, number, part] {
    return finishSplit(comm, number, part);
  };
  return NcclInProgress;
}

#endif // MPCRT_STANDIN_OLD_NCCL

int ncclCommGetAsyncError(NcclComm handle, int *error) {
  CommState &comm = *stateOf(handle);
  *error = NcclInProgress;
  if (!comm.join() || (comm.pendingSplit && !comm.pendingSplit()))
    return NcclSuccess;
  comm.pendingSplit = {};
  if (comm.polls && comm.polls--)
    return NcclSuccess;
  if (comm.pending)
    std::exchange(comm.pending, {})();
  *error = comm.error;
  return NcclSuccess;
}

int ncclCommFinalize(NcclComm handle) {
  stateOf(handle)->polls = Queue::get().draw(3);
  return NcclInProgress;
}

int ncclCommDestroy(NcclComm handle) { return ncclCommAbort(handle); }

int ncclCommAbort(NcclComm handle) {
  std::shared_ptr<CommState> comm = stateOf(handle);
  delete &stateOf(handle);
  comm->isAborted = true;
  comm->pending = {};
  comm->pendingSplit = {};
  Queue::get().wake();
  if (comm->name.find('.') != std::string::npos) // a part of another one
    return NcclSuccess;
  comm->board.publish(comm->note("left", comm->rank), {}, /*isShared=*/true);
  if (comm->haveAll("left"))
    comm->board.clear();
  return NcclSuccess;
}

int ncclGroupStart() {
  ++open.depth;
  return NcclSuccess;
}

int ncclGroupEnd() {
  if (--open.depth)
    return NcclSuccess;
  OpenGroup group = std::exchange(open, {});
  if (group.error || group.parts.empty())
    return group.error;
  auto kernel = std::make_shared<standin::NcclKernel>(group.comm, group.parts);
  group.comm->pending = [kernel, stream = group.stream] {
    enqueue(kernel, stream);
  };
  group.comm->polls = Queue::get().draw(3);
  return NcclInProgress;
}

int ncclAllReduce(const void *src, void *dst, size_t count, int type,
                  int reduction, NcclComm comm, Stream stream) {
  return add(comm, stream,
             {Part::AllReduce, static_cast<const char *>(src),
              static_cast<char *>(dst), count, type, reduction});
}
int ncclReduceScatter(const void *src, void *dst, size_t count, int type,
                      int reduction, NcclComm comm, Stream stream) {
  return add(comm, stream,
             {Part::ReduceScatter, static_cast<const char *>(src),
              static_cast<char *>(dst), count, type, reduction});
}
int ncclAllGather(const void *src, void *dst, size_t count, int type,
                  NcclComm comm, Stream stream) {
  return add(comm, stream,
             {Part::AllGather, static_cast<const char *>(src),
              static_cast<char *>(dst), count, type});
}
int ncclSend(const void *src, size_t count, int type, int peer, NcclComm comm,
             Stream stream) {
  return add(comm, stream,
             {Part::Send, static_cast<const char *>(src), nullptr, count, type,
              0, peer});
}
int ncclRecv(void *dst, size_t count, int type, int peer, NcclComm comm,
             Stream stream) {
  return add(
      comm, stream,
      {Part::Receive, nullptr, static_cast<char *>(dst), count, type, 0, peer});
}

} // extern "C"
} // namespace mpcrt::cuda
