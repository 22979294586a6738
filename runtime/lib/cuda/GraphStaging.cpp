//===- GraphStaging.cpp - Host arrays of a step that is a graph -----------===//
#include "GraphStaging.h"

namespace mpcrt::cuda {

void GraphStaging::begin(Phase next) {
  if (next == Phase::Capture)
    memory.emplace(static_cast<size_t>(used) + 1); // never nothing
  phase = next;
  used = 0;
  results.clear();
}

char *GraphStaging::take(int64_t bytes) {
  constexpr int64_t alignment = 64;
  int64_t at = used;
  used += (bytes + alignment - 1) / alignment * alignment;
  return phase == Phase::Measure ? nullptr : memory->data() + at;
}

void GraphStaging::upload(const StridedCopy &copy, const char *host, char *dst,
                          Stream stream) {
  char *place = take(copy.bytes());
  if (place)
    copy.run(host, place);
  if (phase == Phase::Capture)
    MPCRT_CUDA_CALL(cuMemcpyHtoDAsync_v2, addressOf(dst), place, copy.bytes(),
                    stream);
}

void GraphStaging::download(const StridedCopy &copy, const char *src,
                            char *host, Stream stream) {
  char *place = take(copy.bytes());
  if (place)
    results.push_back({copy, place, host});
  if (phase == Phase::Capture)
    MPCRT_CUDA_CALL(cuMemcpyDtoHAsync_v2, place, addressOf(src), copy.bytes(),
                    stream);
}

void GraphStaging::drain() {
  for (const Result &result : results)
    result.copy.run(result.place, result.host);
  results.clear();
}

} // namespace mpcrt::cuda
