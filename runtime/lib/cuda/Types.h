//===- Types.h - The vendor's types, as far as they are used ----*- C++ -*-===//
//
// Declared here so that the plugin builds without the toolkit. Handles are
// pointers, enumerations are int.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_CUDA_TYPES_H
#define MPCRT_CUDA_TYPES_H

#include <cstddef>
#include <cstdint>

namespace mpcrt::cuda {

using Address = unsigned long long;
using Context = struct ContextTag *;
using Module = struct ModuleTag *;
using Function = struct FunctionTag *;
using Stream = struct StreamTag *;
using Event = struct EventTag *;
using Graph = struct GraphTag *;
using GraphExec = struct GraphExecTag *;

enum : int {
  Success = 0,
  OutOfMemory = 2,
  NotReady = 600,
};
enum : unsigned {
  NonBlockingStream = 1,
  EventWithTiming = 0,
  EventWithoutTiming = 2
};
/// Attributes of a device, and of two.
enum : int {
  DeviceClock = 13, // kHz
  DeviceMultiprocessors = 16,
  DeviceMemoryClock = 36, // kHz
  DeviceMemoryBus = 37,   // bits
  DeviceMajor = 75,
  DeviceMinor = 76,
  PairHasAccess = 2,
  PairHasAtomics = 3,
};
/// Other threads may do as they like.
enum : int { CaptureRelaxed = 2 };
/// Options of cuModuleLoadDataEx.
enum : int { JitErrorLog = 5, JitErrorLogBytes = 6 };

//===----------------------------------------------------------------------===//
// cuBLASLt
//===----------------------------------------------------------------------===//

using LtHandle = struct LtHandleTag *;
using LtMatmulDesc = struct LtMatmulDescTag *;
using LtLayout = struct LtLayoutTag *;
using LtPreference = struct LtPreferenceTag *;

/// Plain data that only the same version of the library understands.
struct LtAlgorithm {
  uint64_t data[8];
};
struct LtHeuristic {
  LtAlgorithm algorithm;
  size_t workspaceBytes;
  int state;
  float waves;
  int reserved[4];
};

enum : int {
  LtAllocationFailed = 3, // a status
  LtComputeF32 = 68,      // without TF32
  LtTypeF32 = 0,
  LtTypeBF16 = 14,
  LtTransposed = 1, // operation of an operand
  // Attributes of a matmul, and its epilogues.
  LtDescTransA = 3,
  LtDescTransB = 4,
  LtDescEpilogue = 7,
  LtDescBiasPointer = 8,
  LtDescAuxPointer = 11,
  LtDescAuxStride = 12,
  LtDescAuxBatchStride = 13,
  LtDescBiasType = 26,
  LtEpilogueDefault = 1,
  LtEpilogueRelu = 2,
  LtEpilogueBias = 4,
  LtEpilogueBiasGradient = 16,
  LtEpilogueGelu = 32,
  LtEpilogueAux = 128,
  LtEpilogueGeluGradient = 64 | LtEpilogueAux,
  // Attributes of a layout.
  LtLayoutBatchCount = 5,
  LtLayoutBatchStride = 6,
  // Attributes of a preference.
  LtPreferWorkspace = 1,
  LtPreferReductions = 3,
  LtPreferAlignmentA = 5,
  LtPreferAlignmentB = 6,
  LtPreferAlignmentC = 7,
  LtPreferAlignmentD = 8,
  /// A split k that adds partial results up in one order.
  LtReductionInOrder = 2,
};

//===----------------------------------------------------------------------===//
// NVML
//===----------------------------------------------------------------------===//

using NvmlDevice = struct NvmlDeviceTag *;
/// Links that a GPU has at most.
constexpr unsigned nvmlLinks = 18;

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_TYPES_H
