//===- Staging.h - The way between the host's arrays and a GPU --*- C++ -*-===//
#ifndef MPCRT_CUDA_STAGING_H
#define MPCRT_CUDA_STAGING_H

#include "Handles.h"
#include <vector>

namespace mpcrt::cuda {

/// Boxes travel through a ring of pinned chunks: the caller's arrays are read
/// before upload returns, and written in drain, never while the GPU is busy
/// with them.
///
///   upload     host -> chunk (now)       chunk -> device (on the stream)
///   download   device -> chunk (stream)  chunk -> host (drain, or when the
///                                        chunk is needed again)
class Staging {
public:
  explicit Staging(Stream stream);

  void upload(const StridedCopy &copy, const char *host, char *dst);
  void download(const StridedCopy &copy, const char *src, char *host);
  /// Waits for all transfers and writes what was downloaded.
  void drain();

private:
  static constexpr int64_t chunkBytes = 1 << 20;
  static constexpr size_t chunkCount = 4;

  /// What the host gets from a chunk.
  struct Piece {
    char *host;
    int64_t offset, bytes;
  };
  struct Chunk {
    PinnedMemory memory{chunkBytes};
    EventMark over; ///< all transfers of the chunk
    bool isUsed = false;
    std::vector<Piece> pieces;
  };
  /// Bytes next to each other in the chunk and on the device.
  struct Batch {
    Address device = 0;
    int64_t offset = 0, bytes = 0;
  };

  /// Calls move(host offset, bytes) for every piece of the box that fits into
  /// the current chunk, and transfers it.
  template <typename Move>
  void forEachPiece(const StridedCopy &copy, bool isUpload, Address device,
                    const Move &move);
  void take(Address device, int64_t bytes, bool isUpload);
  void flush(bool isUpload);
  void seal();
  void empty(Chunk &chunk);
  Chunk &current() { return chunks[number]; }

  Stream stream;
  std::array<Chunk, chunkCount> chunks;
  size_t number = 0; // of the chunk that is being filled
  int64_t used = 0;  // bytes of it
  Batch batch;
};

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_STAGING_H
