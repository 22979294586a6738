//===- NcclKernel.cpp - Kernels of the stand-in's NCCL --------------------===//
#include "NcclComm.h"
#include "NcclRules.h"
#include "Standin.h"
#include "core/DType.h"
#include "core/Reduction.h"
#include <cstring>

namespace mpcrt::standin {

using namespace mpcrt::cuda;

namespace {
/// What ranks that meet must agree on.
struct Head {
  int32_t kind, type, reduction, unused = 0;
  uint64_t count;
};
} // namespace

static const char *const kindNames[] = {"all_reduce", "reduce_scatter",
                                        "all_gather", "send", "recv"};

int32_t dtypeOf(int32_t type) {
  switch (type) {
  case NcclInt32:
    return MPCRT_I32;
  case NcclInt64:
    return MPCRT_I64;
  case NcclFloat16:
    return MPCRT_F16;
  case NcclFloat32:
    return MPCRT_F32;
  case NcclFloat64:
    return MPCRT_F64;
  case NcclBFloat16:
    return MPCRT_BF16;
  }
  return MPCRT_I8;
}

static size_t bytesOf(const Part &part) {
  return part.count * dtypeBytes(dtypeOf(part.type));
}

NcclKernel::NcclKernel(std::shared_ptr<CommState> owner, std::vector<Part> list)
    : comm(std::move(owner)), parts(std::move(list)), progress(parts.size()),
      number(comm->kernels++), numberOfRank(comm->process->asked++) {
  for (Part &part : parts)
    part.number = part.kind == Part::Send      ? comm->sends[part.peer]++
                  : part.kind == Part::Receive ? comm->receives[part.peer]++
                                               : comm->collectives++;
}

//===----------------------------------------------------------------------===//
// Notes
//===----------------------------------------------------------------------===//

/// What `rank` publishes for the part; of a message, the pair's i-th.
std::string NcclKernel::nameOf(const Part &part, int rank) const {
  std::string number = std::to_string(part.number);
  if (isCollective(part))
    return comm->note("c" + number, rank);
  bool isSend = part.kind == Part::Send;
  int from = isSend ? rank : part.peer, to = isSend ? part.peer : rank;
  return comm->note((isSend ? "s" : "r") + std::to_string(from) + "." + number,
                    to);
}

/// What `rank` publishes to meet the part.
std::string NcclKernel::counterpartOf(const Part &part, int rank) const {
  if (isCollective(part))
    return nameOf(part, rank);
  Part other = part;
  other.kind = part.kind == Part::Send ? Part::Receive : Part::Send;
  other.peer = comm->rank;
  return nameOf(other, rank);
}

std::vector<int> NcclKernel::partnersOf(const Part &part) const {
  if (!isCollective(part))
    return {part.peer};
  std::vector<int> others;
  for (int r = 0; r < comm->size; ++r)
    if (r != comm->rank)
      others.push_back(r);
  return others;
}

//===----------------------------------------------------------------------===//
// Beginning
//===----------------------------------------------------------------------===//

bool NcclKernel::mayBegin() const {
  const RankState &gpu = *comm->process;
  return comm->isAborted ||
         (comm->ended == number && gpu.resident < gpu.capacity &&
          (!gpu.isOrdered || gpu.begun == numberOfRank));
}

void NcclKernel::begin() {
  ++comm->process->begun;
  if (comm->isAborted)
    return;
  ++comm->process->resident;
  if (int status = takeFailure(comm->process->rank)) {
    comm->error = status;
    isHung = true;
    return;
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    const Part &part = parts[i];
    recordLaunch(comm->process->rank, comm->name + " " + kindNames[part.kind] +
                                          " " + std::to_string(part.count));
    Head head = {part.kind, part.type, part.reduction, 0, part.count};
    size_t given = part.kind == Part::Receive ? 0
                   : part.kind == Part::ReduceScatter
                       ? comm->size * bytesOf(part)
                       : bytesOf(part);
    Note note(sizeof head + given);
    std::memcpy(note.data(), &head, sizeof head);
    if (given)
      std::memcpy(note.data() + sizeof head, hostOf(part.src), given);
    comm->board.publish(nameOf(part, comm->rank), note, comm->isShared);
    progress[i].own = std::move(note);
    if (part.kind == Part::Receive) // whoever reads too early shall see it
      std::memset(hostOf(part.dst), 0x5a, bytesOf(part));
  }
}

//===----------------------------------------------------------------------===//
// Ending
//===----------------------------------------------------------------------===//

bool NcclKernel::agree(const Part &part, const Note &note) {
  Head theirs;
  std::memcpy(&theirs, note.data(), sizeof theirs);
  bool isSameKind = isCollective(part)
                        ? theirs.kind == part.kind
                        : theirs.kind + part.kind == Part::Send + Part::Receive;
  if (isSameKind && theirs.type == part.type && theirs.count == part.count &&
      theirs.reduction == part.reduction)
    return true;
  recordProblem(comm->name + ": rank " + std::to_string(comm->rank) + " has " +
                kindNames[part.kind] + " of " + std::to_string(part.count) +
                ", another rank " + kindNames[theirs.kind] + " of " +
                std::to_string(theirs.count));
  return false;
}

bool NcclKernel::hasAll(const Part &part, Progress &state) {
  if (part.kind == Part::Send && comm->process->isEager)
    return true;
  for (int rank : partnersOf(part)) {
    if (state.found.count(rank))
      continue;
    auto note = comm->board.find(counterpartOf(part, rank), comm->isShared);
    if (!note)
      return false;
    isHung |= !agree(part, *note);
    state.found[rank] = std::move(*note);
  }
  return !isHung;
}

bool NcclKernel::mayEnd() {
  if (comm->isAborted)
    return true;
  if (isHung)
    return false;
  for (size_t i = 0; i < parts.size(); ++i)
    if (!hasAll(parts[i], progress[i]))
      return false;
  return true;
}

/// NCCL reads a source whenever it likes until the end.
bool NcclKernel::isUntouched(const Part &part, const Progress &state) const {
  const Note &own = state.own;
  return own.size() == sizeof(Head) ||
         std::memcmp(own.data() + sizeof(Head), hostOf(part.src),
                     own.size() - sizeof(Head)) == 0;
}

/// In the order of the ranks, as the CPU does.
void NcclKernel::reduce(const Part &part, const Progress &state) {
  std::vector<const char *> sources;
  for (int r = 0; r < comm->size; ++r)
    sources.push_back((r == comm->rank ? state.own : state.found.at(r)).data() +
                      sizeof(Head));
  size_t skip =
      part.kind == Part::ReduceScatter ? comm->rank * bytesOf(part) : 0;
  Reduce reduction = part.reduction == NcclSum   ? Reduce::Sum
                     : part.reduction == NcclMax ? Reduce::Max
                                                 : Reduce::Min;
  // Sources may not be aligned in notes.
  std::vector<std::vector<double>> aligned;
  for (const char *&source : sources) {
    aligned.emplace_back(bytesOf(part) / sizeof(double) + 1);
    std::memcpy(aligned.back().data(), source + skip, bytesOf(part));
    source = reinterpret_cast<const char *>(aligned.back().data());
  }
  char *result = hostOf(part.dst);
  reduceElements(dtypeOf(part.type), reduction, sources, 0, {{&result, 1}},
                 static_cast<int64_t>(part.count));
}

void NcclKernel::finish(const Part &part, const Progress &state) {
  if (!isUntouched(part, state))
    recordProblem(comm->name + ": rank " + std::to_string(comm->rank) +
                  " changed the source of " + kindNames[part.kind]);
  switch (part.kind) {
  case Part::AllReduce:
  case Part::ReduceScatter:
    return reduce(part, state);
  case Part::AllGather:
    for (int r = 0; r < comm->size; ++r)
      std::memcpy(hostOf(part.dst) + r * bytesOf(part),
                  (r == comm->rank ? state.own : state.found.at(r)).data() +
                      sizeof(Head),
                  bytesOf(part));
    return;
  case Part::Receive:
    std::memcpy(hostOf(part.dst),
                state.found.at(part.peer).data() + sizeof(Head), bytesOf(part));
    // The one who sent it may be gone.
    return comm->board.remove(counterpartOf(part, part.peer), comm->isShared);
  case Part::Send:
    return comm->board.remove(counterpartOf(part, part.peer), comm->isShared);
  }
}

void NcclKernel::end() {
  ++comm->ended;
  if (comm->isAborted)
    return;
  --comm->process->resident;
  for (size_t i = 0; i < parts.size(); ++i)
    finish(parts[i], progress[i]);
  // All have begun this collective, so they have ended the one before.
  for (Part part : parts)
    if (isCollective(part) && part.number--)
      comm->board.remove(nameOf(part, comm->rank), comm->isShared);
}

} // namespace mpcrt::standin
