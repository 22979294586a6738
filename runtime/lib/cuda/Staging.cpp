//===- Staging.cpp - The way between the host's arrays and a GPU ----------===//
#include "Staging.h"
#include <algorithm>
#include <cstring>

namespace mpcrt::cuda {

Staging::Staging(Stream stream) : stream(stream) {}

/// Waits until the chunk's transfers are over and hands out what it holds.
void Staging::empty(Chunk &chunk) {
  if (!chunk.isUsed)
    return;
  MPCRT_CUDA_CALL(cuEventSynchronize, chunk.over);
  for (const Piece &piece : chunk.pieces)
    std::memcpy(piece.host, chunk.memory.data() + piece.offset, piece.bytes);
  chunk.pieces.clear();
  chunk.isUsed = false;
}

/// Goes on to the next chunk.
void Staging::seal() {
  if (used) {
    MPCRT_CUDA_CALL(cuEventRecord, current().over, stream);
    current().isUsed = true;
  }
  number = (number + 1) % chunkCount;
  used = 0;
  empty(current());
}

void Staging::flush(bool isUpload) {
  if (!batch.bytes)
    return;
  char *host = current().memory.data() + batch.offset;
  if (isUpload)
    MPCRT_CUDA_CALL(cuMemcpyHtoDAsync_v2, batch.device, host, batch.bytes,
                    stream);
  else
    MPCRT_CUDA_CALL(cuMemcpyDtoHAsync_v2, host, batch.device, batch.bytes,
                    stream);
  batch.bytes = 0;
}

/// Adds bytes that have a place in the chunk to the batch.
void Staging::take(Address device, int64_t bytes, bool isUpload) {
  if (batch.bytes && batch.device + batch.bytes != device)
    flush(isUpload);
  if (!batch.bytes)
    batch = {device, used, 0};
  batch.bytes += bytes;
  used += bytes;
}

/// One run of `bytes` for every entry of the outer dimensions, in order.
template <typename Visit>
static void forEachRun(std::span<const StridedCopy::Dim> dims, int64_t src,
                       int64_t dst, const Visit &visit) {
  if (dims.empty())
    return visit(src, dst);
  for (int64_t i = 0; i < dims[0].size; ++i)
    forEachRun(dims.subspan(1), src + i * dims[0].src, dst + i * dims[0].dst,
               visit);
}

template <typename Move>
void Staging::forEachPiece(const StridedCopy &copy, bool isUpload,
                           Address device, const Move &move) {
  forEachRun(copy.outerDims(), 0, 0, [&](int64_t src, int64_t dst) {
    int64_t host = isUpload ? src : dst;
    Address there = device + (isUpload ? dst : src);
    for (int64_t done = 0; done < copy.bytesOfRun();) {
      if (used == chunkBytes) {
        flush(isUpload);
        seal();
      }
      int64_t bytes = std::min(copy.bytesOfRun() - done, chunkBytes - used);
      move(host + done, bytes);
      take(there + done, bytes, isUpload);
      done += bytes;
    }
  });
  flush(isUpload);
}

void Staging::upload(const StridedCopy &copy, const char *host, char *dst) {
  forEachPiece(copy, /*isUpload=*/true, addressOf(dst),
               [&](int64_t offset, int64_t bytes) {
                 std::memcpy(current().memory.data() + used, host + offset,
                             bytes);
               });
}

void Staging::download(const StridedCopy &copy, const char *src, char *host) {
  forEachPiece(copy, /*isUpload=*/false, addressOf(src),
               [&](int64_t offset, int64_t bytes) {
                 std::vector<Piece> &pieces = current().pieces;
                 if (!pieces.empty()) {
                   Piece &last = pieces.back();
                   if (last.host + last.bytes == host + offset &&
                       last.offset + last.bytes == used) {
                     last.bytes += bytes;
                     return;
                   }
                 }
                 pieces.push_back({host + offset, used, bytes});
               });
}

void Staging::drain() {
  for (size_t i = 0; i < chunkCount; ++i)
    seal();
}

} // namespace mpcrt::cuda
