//===- Plan.h - What a process does with the others in a run ----*- C++ -*-===//
#ifndef MPCRT_CUDA_NCCL_PLAN_H
#define MPCRT_CUDA_NCCL_PLAN_H

#include "../../comm/MeetingOrder.h"
#include "../../core/Communicator.h"

namespace mpcrt::cuda {

/// The meetings of one program, as device `self` sees them.
struct Plan {
  Plan(const Program &program, const CommunicatorConfig &config, Index self);

  const Program *program;
  MeetingList list;
  /// Of each meeting, the number of its first call; then that of all calls.
  std::vector<int32_t> firstCall;
  /// Meetings by channel and message of the device's sends.
  std::vector<std::vector<int32_t>> sends;
  /// Numbers of the meetings that are collectives, and of those that are
  /// messages.
  std::vector<int32_t> collectives, messages;
  /// The most that one of its collectives needs.
  int64_t scratchBytes = 0;
  /// Of the lists of all devices; the same in all processes.
  uint64_t digest = 0;
};

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_NCCL_PLAN_H
