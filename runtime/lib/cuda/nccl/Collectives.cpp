//===- Collectives.cpp - The runtime's collectives by NCCL ----------------===//
#include "Collectives.h"
#include "../../comm/Piece.h"
#include "../../core/DType.h"
#include "../../core/Error.h"
#include <algorithm>

namespace mpcrt::cuda {

Membership membership(const std::vector<Index> &members, Index device) {
  return {static_cast<Index>(std::find(members.begin(), members.end(), device) -
                             members.begin()),
          static_cast<Index>(members.size())};
}

static int typeOf(int32_t dtype) {
  switch (dtype) {
  case MPCRT_F32:
    return NcclFloat32;
  case MPCRT_F64:
    return NcclFloat64;
  case MPCRT_I64:
    return NcclInt64;
  case MPCRT_I32:
    return NcclInt32;
  case MPCRT_BF16:
    return NcclBFloat16;
  case MPCRT_F16:
    return NcclFloat16;
  }
  fail(MPCRT_UNSUPPORTED, text("NCCL does not reduce ", dtypeName(dtype)));
}

static int reductionOf(Reduce reduce) {
  return reduce == Reduce::Sum   ? NcclSum
         : reduce == Reduce::Max ? NcclMax
                                 : NcclMin;
}

/// Whether all members have equal parts of `dim`, one after the other.
static bool isDenseSplit(const CollectiveLaunch &launch, int32_t dim,
                         int64_t block, Index members) {
  std::span<const int64_t> shape(launch.shape);
  return elementCount(shape.first(dim)) == 1 && shape[dim] == block * members;
}

//===----------------------------------------------------------------------===//
// reduce_scatter
//===----------------------------------------------------------------------===//

static bool isDenseScatter(const CollectiveLaunch &launch, Index members) {
  return isDenseSplit(launch, launch.dstDim, launch.dstBlock, members);
}

static void reduceScatter(const CollectiveCall &call, Connections &connections,
                          const CUDADevice &device) {
  const CollectiveLaunch &launch = call.launch;
  int64_t elem = dtypeBytes(launch.dtype);
  // The first member has the largest block.
  int64_t part = Piece(launch, call.self.position, 0).bytes();
  int64_t own = Piece(launch, call.self.position, call.self.position).bytes();
  const char *src = call.src;
  char *dst = call.dst;
  if (!isDenseScatter(launch, call.self.size)) {
    for (Index p = 0; p < call.self.size; ++p) {
      Piece piece(launch, call.self.position, p);
      char *slot = call.scratch + p * part;
      device.copy(piece.pack, call.src + piece.srcOffset, slot, call.stream);
      if (piece.bytes() < part)
        MPCRT_CUDA_CALL(cuMemsetD8Async, addressOf(slot + piece.bytes()), 0,
                        part - piece.bytes(), call.stream);
    }
    src = call.scratch;
    if (own < part)
      dst = call.scratch + call.self.size * part;
  }
  connections.launch(call.comm, call.stream, [&](NcclGroup &group) {
    group.reduceScatter(src, dst, part / elem, typeOf(launch.dtype),
                        reductionOf(launch.reduce));
  });
  if (dst != call.dst)
    MPCRT_CUDA_CALL(cuMemcpyDtoDAsync_v2, addressOf(call.dst), addressOf(dst),
                    own, call.stream);
}

//===----------------------------------------------------------------------===//
// all_gather and all_to_all
//===----------------------------------------------------------------------===//

static bool isDenseGather(const CollectiveLaunch &launch, Index members) {
  return launch.kind == MPCRT_ALL_GATHER &&
         isDenseSplit(launch, launch.srcDim, launch.srcBlock, members);
}

/// Calls visit(peer, what it gets, what it gives, where in the scratch memory
/// each may lie) for all other members. Returns the bytes of that memory.
template <typename Visit>
static int64_t forEachPeer(const CollectiveLaunch &launch, Membership self,
                           const Visit &visit) {
  int64_t scratch = 0;
  for (Index p = 0; p < self.size; ++p) {
    if (p == self.position)
      continue;
    Piece out(launch, self.position, p), in(launch, p, self.position);
    int64_t packed = scratch;
    scratch += out.isRunInSource() ? 0 : out.bytes();
    int64_t received = scratch;
    scratch += in.isRunInResult() ? 0 : in.bytes();
    visit(p, out, in, packed, received);
  }
  return scratch;
}

static void exchangePieces(const CollectiveCall &call, Connections &connections,
                           const CUDADevice &device) {
  const CollectiveLaunch &launch = call.launch;
  Piece own(launch, call.self.position, call.self.position);
  device.copy(own.direct, call.src + own.srcOffset, call.dst + own.dstOffset,
              call.stream);
  auto forEach = [&](const auto &visit) {
    forEachPeer(launch, call.self, visit);
  };
  forEach([&](Index, const Piece &out, const Piece &, int64_t packed, int64_t) {
    if (!out.isRunInSource())
      device.copy(out.pack, call.src + out.srcOffset, call.scratch + packed,
                  call.stream);
  });
  connections.launch(call.comm, call.stream, [&](NcclGroup &group) {
    forEach([&](Index peer, const Piece &out, const Piece &in, int64_t packed,
                int64_t received) {
      group.send(out.isRunInSource() ? call.src + out.srcOffset
                                     : call.scratch + packed,
                 out.bytes(), peer);
      group.receive(in.isRunInResult() ? call.dst + in.dstOffset
                                       : call.scratch + received,
                    in.bytes(), peer);
    });
  });
  forEach(
      [&](Index, const Piece &, const Piece &in, int64_t, int64_t received) {
        if (!in.isRunInResult())
          device.copy(in.unpack, call.scratch + received,
                      call.dst + in.dstOffset, call.stream);
      });
}

static void gather(const CollectiveCall &call, Connections &connections,
                   const CUDADevice &device) {
  if (!isDenseGather(call.launch, call.self.size))
    return exchangePieces(call, connections, device);
  Piece own(call.launch, call.self.position, call.self.position);
  connections.launch(call.comm, call.stream, [&](NcclGroup &group) {
    group.allGather(call.src, call.dst, own.bytes());
  });
}

//===----------------------------------------------------------------------===//
// All
//===----------------------------------------------------------------------===//

void performCollective(const CollectiveCall &call, Connections &connections,
                       const CUDADevice &device) {
  const CollectiveLaunch &launch = call.launch;
  switch (launch.kind) {
  case MPCRT_ALL_REDUCE:
    return connections.launch(call.comm, call.stream, [&](NcclGroup &group) {
      group.allReduce(call.src, call.dst, launch.shape[0], typeOf(launch.dtype),
                      reductionOf(launch.reduce));
    });
  case MPCRT_REDUCE_SCATTER:
    return reduceScatter(call, connections, device);
  case MPCRT_ALL_GATHER:
    return gather(call, connections, device);
  default:
    return exchangePieces(call, connections, device);
  }
}

int64_t scratchBytes(const CollectiveLaunch &launch, Membership self) {
  switch (launch.kind) {
  case MPCRT_ALL_REDUCE:
    return 0;
  case MPCRT_REDUCE_SCATTER:
    return isDenseScatter(launch, self.size)
               ? 0
               : (self.size + 1) * Piece(launch, self.position, 0).bytes();
  default:
    break;
  }
  if (isDenseGather(launch, self.size))
    return 0;
  return forEachPeer(
      launch, self,
      [](Index, const Piece &, const Piece &, int64_t, int64_t) {});
}

} // namespace mpcrt::cuda
