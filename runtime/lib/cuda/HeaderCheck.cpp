//===- HeaderCheck.cpp - Our prototypes against the vendor's headers ------===//
//
// Built where the headers are found.
//
//===----------------------------------------------------------------------===//
#include "SameCall.h"
#include "Types.h"
#include <cublasLt.h>
#include <cuda.h>

namespace mpcrt::cuda {

#define MPCRT_CUDA(name, parameters)                                           \
  static_assert(sameCall<int(*) parameters, decltype(&::name)>, #name);
#define MPCRT_CUBLASLT(name, parameters)                                       \
  static_assert(sameCall<int(*) parameters, decltype(&::name)>, #name);
#include "Symbols.def"

MPCRT_SAME(OutOfMemory, CUDA_ERROR_OUT_OF_MEMORY);
MPCRT_SAME(NotReady, CUDA_ERROR_NOT_READY);
MPCRT_SAME(NonBlockingStream, CU_STREAM_NON_BLOCKING);
MPCRT_SAME(EventWithTiming, CU_EVENT_DEFAULT);
MPCRT_SAME(EventWithoutTiming, CU_EVENT_DISABLE_TIMING);
MPCRT_SAME(DeviceClock, CU_DEVICE_ATTRIBUTE_CLOCK_RATE);
MPCRT_SAME(DeviceMultiprocessors, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
MPCRT_SAME(DeviceMemoryClock, CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE);
MPCRT_SAME(DeviceMemoryBus, CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH);
MPCRT_SAME(DeviceMajor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
MPCRT_SAME(DeviceMinor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
MPCRT_SAME(PairHasAccess, CU_DEVICE_P2P_ATTRIBUTE_ACCESS_SUPPORTED);
MPCRT_SAME(PairHasAtomics, CU_DEVICE_P2P_ATTRIBUTE_NATIVE_ATOMIC_SUPPORTED);
MPCRT_SAME(CaptureRelaxed, CU_STREAM_CAPTURE_MODE_RELAXED);
MPCRT_SAME(JitErrorLog, CU_JIT_ERROR_LOG_BUFFER);
MPCRT_SAME(JitErrorLogBytes, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES);

MPCRT_SAME(sizeof(LtAlgorithm), sizeof(cublasLtMatmulAlgo_t));
MPCRT_SAME(sizeof(LtHeuristic), sizeof(cublasLtMatmulHeuristicResult_t));
MPCRT_SAME(offsetof(LtHeuristic, state),
           offsetof(cublasLtMatmulHeuristicResult_t, state));
MPCRT_SAME(LtAllocationFailed, CUBLAS_STATUS_ALLOC_FAILED);
MPCRT_SAME(LtComputeF32, CUBLAS_COMPUTE_32F);
MPCRT_SAME(LtTypeF32, CUDA_R_32F);
MPCRT_SAME(LtTypeBF16, CUDA_R_16BF);
MPCRT_SAME(LtTransposed, CUBLAS_OP_T);
MPCRT_SAME(LtDescTransA, CUBLASLT_MATMUL_DESC_TRANSA);
MPCRT_SAME(LtDescTransB, CUBLASLT_MATMUL_DESC_TRANSB);
MPCRT_SAME(LtDescEpilogue, CUBLASLT_MATMUL_DESC_EPILOGUE);
MPCRT_SAME(LtDescBiasPointer, CUBLASLT_MATMUL_DESC_BIAS_POINTER);
MPCRT_SAME(LtDescAuxPointer, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER);
MPCRT_SAME(LtDescAuxStride, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD);
MPCRT_SAME(LtDescAuxBatchStride,
           CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_BATCH_STRIDE);
MPCRT_SAME(LtDescBiasType, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE);
MPCRT_SAME(LtEpilogueDefault, CUBLASLT_EPILOGUE_DEFAULT);
MPCRT_SAME(LtEpilogueRelu, CUBLASLT_EPILOGUE_RELU);
MPCRT_SAME(LtEpilogueBias, CUBLASLT_EPILOGUE_BIAS);
MPCRT_SAME(LtEpilogueGelu, CUBLASLT_EPILOGUE_GELU);
MPCRT_SAME(LtEpilogueGelu | LtEpilogueAux | LtEpilogueBias,
           CUBLASLT_EPILOGUE_GELU_AUX_BIAS);
MPCRT_SAME(LtEpilogueGeluGradient, CUBLASLT_EPILOGUE_DGELU);
MPCRT_SAME(LtEpilogueGeluGradient | LtEpilogueBiasGradient,
           CUBLASLT_EPILOGUE_DGELU_BGRAD);
MPCRT_SAME(LtLayoutBatchCount, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT);
MPCRT_SAME(LtLayoutBatchStride, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET);
MPCRT_SAME(LtPreferWorkspace, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES);
MPCRT_SAME(LtPreferReductions, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK);
MPCRT_SAME(LtPreferAlignmentA, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES);
MPCRT_SAME(LtPreferAlignmentB, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES);
MPCRT_SAME(LtPreferAlignmentC, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES);
MPCRT_SAME(LtPreferAlignmentD, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES);
MPCRT_SAME(LtReductionInOrder, CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE);

} // namespace mpcrt::cuda
