//===- LaunchRunner.h - What an executor does for a launch ------*- C++ -*-===//
#ifndef MPCRT_CORE_LAUNCHRUNNER_H
#define MPCRT_CORE_LAUNCHRUNNER_H

#include "Collective.h"
#include "DType.h"
#include "Executor.h"

namespace mpcrt {

/// Performs one launch of a body for an action.
struct LaunchRunner {
  Executor &self;
  const Program &program;
  const Run &run;
  const Action &action;
  size_t number; // of the launch in its body

  char *buffer(Index number) const {
    return self.device.address(action.offsets[number]);
  }
  int64_t scalar(Index number) const { return action.scalars[number]; }

  void operator()(const KernelLaunch &launch) const {
    for (size_t i = 0; i < launch.buffers.size(); ++i)
      self.buffers[i] = buffer(launch.buffers[i]);
    for (size_t i = 0; i < launch.scalars.size(); ++i)
      self.scalars[i] = scalar(launch.scalars[i]);
    GateScope scope(self.gate, self.index);
    self.device.kernel(launch, self.buffers.data(), self.scalars.data());
    ++self.counts.kernels;
  }

  void operator()(const MatmulLaunch &launch) const {
    const mpcrt_matmul_desc &d = launch.desc;
    GateScope scope(self.gate, self.index);
    auto optional = [&](Index number) {
      return number >= 0 ? buffer(number) : nullptr;
    };
    self.device.matmul(launch, {buffer(launch.a) + launch.aOffset,
                                buffer(launch.b) + launch.bOffset,
                                buffer(launch.c) + launch.cOffset,
                                optional(launch.bias), optional(launch.aux)});
    int64_t flops = 2 * d.m * d.n * d.k;
    for (int32_t i = 0; i < d.batch_rank; ++i)
      flops *= d.batch[i];
    self.counts.matmul_flops += flops;
    ++self.counts.matmuls;
  }

  void operator()(const AttentionLaunch &launch) const {
    auto operands =
        launch.addresses([&](Index number) { return buffer(number); });
    GateScope scope(self.gate, self.index);
    self.device.attention(launch, operands.data());
    ++self.counts.attentions;
  }

  void operator()(const CopyLaunch &launch) const {
    GateScope scope(self.gate, self.index);
    int64_t start = launch.srcOffset;
    if (launch.srcStart >= 0)
      start += scalar(launch.srcStart) * launch.elementBytes;
    self.device.copy(launch.copy, buffer(launch.src) + start,
                     buffer(launch.dst) + launch.dstOffset);
  }

  void operator()(const FillLaunch &launch) const {
    GateScope scope(self.gate, self.index);
    self.device.fill(buffer(launch.dst), launch.value, launch.bytes);
  }

  int64_t hostOffset(const HostBox &box, const TensorInfo &tensor) const {
    int64_t offset = 0;
    for (size_t i = 0; i < box.begin.size(); ++i)
      offset = offset * tensor.shape[i] + scalar(box.begin[i]);
    return offset * dtypeBytes(tensor.dtype);
  }

  void operator()(const FeedLaunch &launch) const {
    const HostBox &box = launch.box;
    auto *host = static_cast<const char *>(run.inputs[box.tensor].data);
    GateScope scope(self.gate, self.index);
    self.device.upload(box.copy,
                       host + hostOffset(box, program.inputs[box.tensor]),
                       buffer(box.buffer));
  }

  void operator()(const FetchLaunch &launch) const {
    if (launch.condition >= 0 && scalar(launch.condition) == 0)
      return;
    const HostBox &box = launch.box;
    GateScope scope(self.gate, self.index);
    if (launch.accumulation < 0) {
      auto *host = static_cast<char *>(run.outputs[box.tensor].data);
      self.device.download(box.copy, buffer(box.buffer),
                           host + hostOffset(box, program.outputs[box.tensor]));
      return;
    }
    const Contribution &c =
        program.contributions[action.firstContribution + launch.accumulation];
    std::array<int64_t, 1> bytes = {box.copy.bytes()}, unit = {1};
    self.device.download(StridedCopy(1, bytes, unit, unit), buffer(box.buffer),
                         run.staging + c.stagingOffset);
  }

  void operator()(const CollectiveLaunch &launch) const {
    auto group = static_cast<Index>(scalar(launch.group));
    const char *src = buffer(launch.src);
    char *dst = buffer(launch.dst);
    if (launch.isAwaited)
      self.tickets[number] =
          self.collectives->start({&action, &launch, group, src, dst});
    else
      self.communicate(self.collectives, {&action, &launch, group, src, dst});
    ++self.counts.collectives[launch.kind];
    self.counts.collective_bytes[launch.kind] += fullBytes(launch);
  }

  void operator()(const AwaitLaunch &launch) const {
    self.collectives->wait(self.tickets[launch.launch]);
  }
};

} // namespace mpcrt

#endif // MPCRT_CORE_LAUNCHRUNNER_H
