//===- Results.h - Outputs of several processes come together ---*- C++ -*-===//
#ifndef MPCRT_CORE_RESULTS_H
#define MPCRT_CORE_RESULTS_H

#include "Placement.h"

namespace mpcrt {

/// Brings what the devices of other processes have fetched to rank 0: boxes of
/// the overwritten outputs, and contributions to the accumulated ones. Each
/// process sends one message, whose layout follows from the manifest.
class Results {
public:
  Results(const Manifest &manifest, const Placement &placement);

  /// After all devices of this process have finished `program`.
  void collect(Index program, const mpcrt_buffer *outputs, char *staging);

private:
  /// A part of a message: a box of an output, or of the staging buffer where
  /// `output` is -1.
  struct Part {
    Index output = -1;
    int64_t hostOffset = 0;
    StridedCopy pack, unpack;
  };
  struct Message {
    std::vector<Part> parts;
    int64_t bytes = 0;
  };
  using Messages = std::vector<Message>; // by rank

  void addBoxes(const Program &program, Messages &messages) const;
  void addContributions(const Program &program, Messages &messages) const;
  void exchange(Messages &messages);

  Placement placement;
  std::vector<Messages> programs;
  std::vector<std::vector<char>> buffers; // by rank
  int32_t tag = 0;
};

} // namespace mpcrt

#endif // MPCRT_CORE_RESULTS_H
