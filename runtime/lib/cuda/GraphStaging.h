//===- GraphStaging.h - Host arrays of a step that is a graph ---*- C++ -*-===//
#ifndef MPCRT_CUDA_GRAPHSTAGING_H
#define MPCRT_CUDA_GRAPHSTAGING_H

#include "Handles.h"
#include <optional>
#include <vector>

namespace mpcrt::cuda {

/// The feeds and fetches of one device in a program that runs as a graph. A
/// graph copies between fixed addresses, so each has its own place in pinned
/// memory; they come in one order in every run.
///
///   upload     host -> place (now)       place -> device (the graph)
///   download   device -> place (the graph)   place -> host (drain)
class GraphStaging {
public:
  enum class Phase : uint8_t {
    Measure, ///< adds up what the places take
    Capture, ///< the stream notes the copies down
    Launch   ///< the graph has them
  };
  /// Goes to the first place.
  void begin(Phase phase);

  /// The device's side is dense, as feeds and fetches have it.
  void upload(const StridedCopy &copy, const char *host, char *dst,
              Stream stream);
  void download(const StridedCopy &copy, const char *src, char *host,
                Stream stream);
  /// The graph has run: writes what was downloaded.
  void drain();

private:
  struct Result {
    StridedCopy copy;
    const char *place;
    char *host;
  };
  /// The next place; null while they are measured.
  char *take(int64_t bytes);

  Phase phase = Phase::Measure;
  std::optional<PinnedMemory> memory;
  int64_t used = 0;
  std::vector<Result> results;
};

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_GRAPHSTAGING_H
