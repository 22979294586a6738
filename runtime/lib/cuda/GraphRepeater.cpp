//===- GraphRepeater.cpp - A step as one CUDA graph -----------------------===//
#include "GraphRepeater.h"
#include <cstdlib>

namespace mpcrt::cuda {

GraphRepeater::GraphRepeater(const Manifest &manifest,
                             std::vector<CUDADevice *> all)
    : manifest(manifest), devices(std::move(all)),
      graphs(manifest.programs.size()) {
  for (ProgramGraph &graph : graphs)
    graph.staging.resize(devices.size());
}

GraphRepeater::~GraphRepeater() {
  const Driver &api = driver();
  release();
  if (isCapturing) { // a run has failed
    Graph graph = nullptr;
    if (api.cuStreamEndCapture(devices.front()->computeStream(), &graph) ==
            Success &&
        graph)
      api.cuGraphDestroy(graph);
  }
  for (ProgramGraph &graph : graphs)
    if (graph.exec)
      api.cuGraphExecDestroy(graph.exec);
}

void GraphRepeater::explain(const Error &error) const {
  std::string what =
      text("the CUDA graph of program '", manifest.programs[program].name, "'");
  if (error.code == MPCRT_OUT_OF_MEMORY)
    fail(error.code,
         text(what, " needs memory beside the arenas, but ",
              devices.front()->context().describeFreeMemory(),
              "; unset MPCRT_CUDA_GRAPHS, or plan with a smaller memory "
              "budget"),
         error.where);
  fail(error.code,
       text(what, ": ", error.message,
            "; without MPCRT_CUDA_GRAPHS errors name the action"),
       error.where);
}

void GraphRepeater::use(GraphStaging::Phase phase) {
  bool captures = phase == GraphStaging::Phase::Capture;
  for (size_t i = 0; i < devices.size(); ++i) {
    current().staging[i].begin(phase);
    devices[i]->useGraph(&current().staging[i], captures ? &turn : nullptr);
  }
}

void GraphRepeater::release() {
  for (CUDADevice *device : devices)
    device->useGraph(nullptr, nullptr);
}

Repeater::Way GraphRepeater::begin(Index number,
                                   const std::function<void()> &lookAhead) {
  program = number;
  devices.front()->context().makeCurrent();
  if (current().exec) {
    use(GraphStaging::Phase::Launch);
    return Way::Repeat;
  }
  try {
    use(GraphStaging::Phase::Measure);
    lookAhead();
    use(GraphStaging::Phase::Capture);
    beginCapture();
  } catch (const DeviceError &e) {
    explain(e);
  }
  return Way::Learn;
}

/// What `to` is asked for from now on comes after what `from` was asked for.
void GraphRepeater::fork(Stream from, Stream to) {
  MPCRT_CUDA_CALL(cuEventRecord, mark, from);
  MPCRT_CUDA_CALL(cuStreamWaitEvent, to, mark, 0);
}

void GraphRepeater::beginCapture() {
  Stream leader = devices.front()->computeStream();
  MPCRT_CUDA_CALL(cuStreamBeginCapture_v2, leader, CaptureRelaxed);
  isCapturing = true;
  for (size_t i = 1; i < devices.size(); ++i)
    fork(leader, devices[i]->computeStream());
}

void GraphRepeater::endCapture() {
  Stream leader = devices.front()->computeStream();
  for (size_t i = 1; i < devices.size(); ++i)
    fork(devices[i]->computeStream(), leader);
  Graph graph = nullptr;
  isCapturing = false;
  MPCRT_CUDA_CALL(cuStreamEndCapture, leader, &graph);
  int result = driver().cuGraphInstantiateWithFlags(&current().exec, graph, 0);
  driver().cuGraphDestroy(graph);
  check(result, "cuGraphInstantiateWithFlags");
}

void GraphRepeater::launch() {
  Stream leader = devices.front()->computeStream();
  MPCRT_CUDA_CALL(cuGraphLaunch, current().exec, leader);
  MPCRT_CUDA_CALL(cuStreamSynchronize, leader);
  for (GraphStaging &staging : current().staging)
    staging.drain();
}

void GraphRepeater::end() {
  try {
    if (isCapturing)
      endCapture();
    launch();
  } catch (const DeviceError &e) {
    explain(e);
  }
  release();
}

std::unique_ptr<Repeater>
createGraphRepeater(const Manifest &manifest,
                    const std::vector<Device *> &devices) {
  const char *variable = std::getenv("MPCRT_CUDA_GRAPHS");
  std::string value = variable ? variable : "";
  if (value.empty() || value == "0")
    return nullptr;
  if (value != "1")
    fail(MPCRT_INVALID_ARGUMENT,
         text("MPCRT_CUDA_GRAPHS: expected 0 or 1, found '", value, "'"));
  std::vector<CUDADevice *> all;
  for (Device *device : devices)
    all.push_back(static_cast<CUDADevice *>(device));
  all.front()->context().makeCurrent();
  return std::make_unique<GraphRepeater>(manifest, std::move(all));
}

} // namespace mpcrt::cuda
