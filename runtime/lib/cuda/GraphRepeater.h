//===- GraphRepeater.h - A step as one CUDA graph ---------------*- C++ -*-===//
#ifndef MPCRT_CUDA_GRAPHREPEATER_H
#define MPCRT_CUDA_GRAPHREPEATER_H

#include "../core/Error.h"
#include "CUDADevice.h"
#include <deque>
#include <mutex>

namespace mpcrt::cuda {

/// One graph a program, of all devices of the session: it is captured from
/// their streams while the executors run for the first time, and launched
/// instead of them from then on. Threads meet on the host as always while it is
/// captured; what is left of their meetings are the marks, which become edges.
///
///   device 0, compute    begin fork | kernels ... set mark S ... join join end
///   device 1, compute          +--- | ...  follow mark S ...  set ---+
///   collectives, messages      join with their first mark, and end with one
///
/// Several threads capture at a time: the mode is the relaxed one, and a lock
/// makes it one call at a time.
class GraphRepeater final : public Repeater {
public:
  GraphRepeater(const Manifest &manifest, std::vector<CUDADevice *> devices);
  ~GraphRepeater() override;

  Way begin(Index program, const std::function<void()> &lookAhead) override;
  void end() override;

private:
  struct ProgramGraph {
    std::deque<GraphStaging> staging; // by device
    GraphExec exec = nullptr;         // null: not learnt
  };
  ProgramGraph &current() { return graphs[program]; }
  void use(GraphStaging::Phase phase);
  void release();
  void beginCapture();
  void endCapture();
  void launch();
  void fork(Stream from, Stream to);
  [[noreturn]] void explain(const Error &error) const;

  const Manifest &manifest;
  std::vector<CUDADevice *> devices; // the first one leads
  std::deque<ProgramGraph> graphs;
  Index program = 0;
  bool isCapturing = false;
  std::mutex turn; // of those who capture
  EventMark mark;
};

/// Null unless the environment's MPCRT_CUDA_GRAPHS is 1.
std::unique_ptr<Repeater>
createGraphRepeater(const Manifest &manifest,
                    const std::vector<Device *> &devices);

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_GRAPHREPEATER_H
