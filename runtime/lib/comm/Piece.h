//===- Piece.h - What one member of a collective has for another *- C++ -*-===//
#ifndef MPCRT_COMM_PIECE_H
#define MPCRT_COMM_PIECE_H

#include "../core/Collective.h"

namespace mpcrt {

/// The box of the full tensor that lies in `from`'s source and belongs to
/// `to`'s result. Offsets are bytes. A piece of an all_gather is all of the
/// source, one of a reduce_scatter a block of it.
struct Piece {
  Piece(const CollectiveLaunch &launch, Index from, Index to);

  int64_t bytes() const { return direct.bytes(); }
  /// Where it lies in one run, so that nothing has to be packed.
  bool isRunInSource() const { return pack.isRun(); }
  bool isRunInResult() const { return unpack.isRun(); }

  StridedCopy pack, unpack; // between source, dense box and result
  StridedCopy direct;       // from source to result
  int64_t srcOffset = 0, dstOffset = 0;
};

} // namespace mpcrt

#endif // MPCRT_COMM_PIECE_H
