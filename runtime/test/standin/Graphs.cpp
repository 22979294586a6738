//===- Graphs.cpp - The driver's graphs on the stand-in -------------------===//
#include "DriverSymbols.h"
#include "Memory.h"
#include "Queue.h"
#include "Standin.h"
#include <atomic>
#include <thread>

using namespace mpcrt;
using standin::Queue;
using standin::StreamState;

namespace {

constexpr int invalidValue = 1;
constexpr size_t bytesOfNode = 1024; // of the device's memory

using SharedGraph = std::shared_ptr<const standin::Graph>;

std::atomic<int> launched{0};

StreamState *stateOf(cuda::Stream stream) {
  return reinterpret_cast<StreamState *>(stream);
}
SharedGraph &graphOf(cuda::GraphExec exec) {
  return *reinterpret_cast<SharedGraph *>(exec);
}

} // namespace

int standin::graphLaunches() { return launched.exchange(0); }

namespace mpcrt::cuda {
extern "C" {

int cuStreamBeginCapture_v2(Stream stream, int mode) {
  if (mode != CaptureRelaxed)
    return invalidValue; // what others ask for meanwhile would spoil it
  return Queue::get().beginCapture(stateOf(stream));
}
int cuStreamEndCapture(Stream stream, Graph *graph) {
  auto captured = std::make_unique<standin::Graph>();
  int error = Queue::get().endCapture(stateOf(stream), *captured);
  *graph = error ? nullptr : reinterpret_cast<Graph>(captured.release());
  return error;
}
int cuGraphDestroy(Graph graph) {
  delete reinterpret_cast<standin::Graph *>(graph);
  return Success;
}

int cuGraphInstantiateWithFlags(GraphExec *exec, Graph graph,
                                unsigned long long) {
  const auto &captured = *reinterpret_cast<standin::Graph *>(graph);
  size_t bytes = captured.nodes.size() * bytesOfNode;
  if (!standin::takeMemory(bytes))
    return OutOfMemory;
  *exec = reinterpret_cast<GraphExec>(new SharedGraph(
      new standin::Graph(captured), [bytes](const standin::Graph *owned) {
        standin::returnMemory(bytes);
        delete owned;
      }));
  return Success;
}
int cuGraphExecDestroy(GraphExec exec) {
  delete &graphOf(exec);
  return Success;
}
int cuGraphLaunch(GraphExec exec, Stream stream) {
  ++launched;
  return Queue::get().launch(stateOf(stream), graphOf(exec));
}

} // extern "C"
} // namespace mpcrt::cuda
