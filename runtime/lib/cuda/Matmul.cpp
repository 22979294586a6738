//===- Matmul.cpp - Matrix products by cuBLASLt ---------------------------===//
#include "Matmul.h"
#include "../core/DType.h"
#include "../core/Error.h"
#include <algorithm>

namespace mpcrt::cuda {

static int typeOf(int32_t dtype) {
  if (dtype == MPCRT_F32)
    return LtTypeF32;
  if (dtype == MPCRT_BF16)
    return LtTypeBF16;
  fail(MPCRT_UNSUPPORTED,
       text("target 'cuda' does not multiply ", dtypeName(dtype)));
}

/// The largest power of two, up to 64, that divides all addresses.
static int64_t alignmentOf(const MatmulOperand &operand, int64_t elementBytes,
                           int64_t offset) {
  uint64_t all = 64 | static_cast<uint64_t>(offset);
  for (size_t i = 0; i + 2 < operand.dims.size(); ++i)
    all |= static_cast<uint64_t>(operand.strides[i] * elementBytes);
  return static_cast<int64_t>(all & -all);
}

void MatmulPlan::makeSide(Side &side, const MatmulOperand &operand,
                          int32_t dtype, int64_t byteOffset,
                          bool mustBeRowMajor) {
  side.operand = operand;
  side.elementBytes = dtypeBytes(dtype);
  if (!isMatrix(operand, mustBeRowMajor)) {
    side.operand = operand.dense();
    side.pack = StridedCopy(side.elementBytes, operand.dims, operand.strides,
                            side.operand.strides);
    side.unpack = StridedCopy(side.elementBytes, operand.dims,
                              side.operand.strides, operand.strides);
    side.offset = packedBytes;
    packedBytes += copyBytes(operand, side.elementBytes);
    byteOffset = 0;
  }
  side.alignment = alignmentOf(side.operand, side.elementBytes, byteOffset);
}

/// Memory whose columns the library sees where we see rows.
void MatmulPlan::makeLayout(Side &side, int32_t dtype) {
  size_t rank = side.operand.dims.size();
  int64_t rows = side.operand.dims[rank - 2],
          columns = side.operand.dims[rank - 1];
  if (side.isRowMajor())
    MPCRT_LT_CALL(cublasLtMatrixLayoutCreate, &side.layout, typeOf(dtype),
                  columns, rows, side.operand.strides[rank - 2]);
  else
    MPCRT_LT_CALL(cublasLtMatrixLayoutCreate, &side.layout, typeOf(dtype), rows,
                  columns, side.operand.strides[rank - 1]);
  if (innerBatch == 1)
    return;
  auto count = static_cast<int32_t>(innerBatch);
  int64_t stride =
      side.operand.dims[rank - 3] == 1 ? 0 : side.operand.strides[rank - 3];
  MPCRT_LT_CALL(cublasLtMatrixLayoutSetAttribute, side.layout,
                LtLayoutBatchCount, &count, sizeof count);
  MPCRT_LT_CALL(cublasLtMatrixLayoutSetAttribute, side.layout,
                LtLayoutBatchStride, &stride, sizeof stride);
}

static int32_t epilogueOf(const mpcrt_matmul_desc &d) {
  constexpr int32_t activations[] = {0, LtEpilogueRelu, LtEpilogueGelu,
                                     LtEpilogueGeluGradient};
  int32_t epilogue = activations[d.activation];
  if (d.has_bias)
    epilogue |= LtEpilogueBias;
  if (d.has_aux)
    epilogue |= LtEpilogueAux;
  if (d.has_bias_gradient)
    epilogue |= LtEpilogueBiasGradient;
  return epilogue ? epilogue : LtEpilogueDefault;
}

void MatmulPlan::makeDesc(const mpcrt_matmul_desc &d) {
  MPCRT_LT_CALL(cublasLtMatmulDescCreate, &desc, LtComputeF32, LtTypeF32);
  auto set = [&](int attribute, int32_t value) {
    MPCRT_LT_CALL(cublasLtMatmulDescSetAttribute, desc, attribute, &value,
                  sizeof value);
  };
  if (!b.isRowMajor())
    set(LtDescTransA, LtTransposed);
  if (!a.isRowMajor())
    set(LtDescTransB, LtTransposed);
  set(LtDescEpilogue, epilogueOf(d));
  if (d.has_bias)
    set(LtDescBiasType, typeOf(d.c_dtype));
  if (!d.has_aux)
    return;
  // aux lies like C.
  auto setStride = [&](int attribute, int64_t value) {
    MPCRT_LT_CALL(cublasLtMatmulDescSetAttribute, desc, attribute, &value,
                  sizeof value);
  };
  setStride(LtDescAuxStride, d.c_m);
  if (innerBatch > 1)
    setStride(LtDescAuxBatchStride, c.operand.strides[outerBatch.size()]);
}

void MatmulPlan::setPointers(char *bias, char *aux) const {
  if (usesBias)
    MPCRT_LT_CALL(cublasLtMatmulDescSetAttribute, desc, LtDescBiasPointer,
                  &bias, sizeof bias);
  if (usesAux)
    MPCRT_LT_CALL(cublasLtMatmulDescSetAttribute, desc, LtDescAuxPointer, &aux,
                  sizeof aux);
}

static std::string describe(const mpcrt_matmul_desc &d) {
  std::string result = text(
      dtypeName(d.dtype), " ", dtypeName(d.c_dtype), " ", d.accumulate,
      d.has_bias, d.activation, d.has_aux ? " aux" : "",
      d.has_bias_gradient ? " bias gradient" : "", " ", d.m, "x", d.n, "x", d.k,
      " ", d.a_m, ",", d.a_k, ",", d.b_k, ",", d.b_n, ",", d.c_m, ",", d.c_n);
  for (int32_t i = 0; i < d.batch_rank; ++i)
    result += text(" ", d.batch[i], ":", d.a_batch[i], ",", d.b_batch[i], ",",
                   d.c_batch[i]);
  return result;
}

MatmulPlan::MatmulPlan(const MatmulLaunch &launch, const Scratch &scratch,
                       LtHandle handle)
    : scratch(scratch), handle(handle) {
  const mpcrt_matmul_desc &d = launch.desc;
  MatmulShape shape = MatmulShape::normalize(d);
  swapped = shape.swapped;
  accumulates = d.accumulate;
  usesBias = d.has_bias || d.has_bias_gradient;
  usesAux = d.has_aux;
  usesGelu = d.activation == MPCRT_GELU || usesAux;
  makeSide(a, shape.a, d.dtype, swapped ? launch.bOffset : launch.aOffset,
           false);
  makeSide(b, shape.b, d.dtype, swapped ? launch.aOffset : launch.bOffset,
           false);
  makeSide(c, shape.c, d.c_dtype, launch.cOffset, true);
  if (packedBytes > scratch.bytes)
    fail(MPCRT_UNSUPPORTED,
         text("a matmul [", d.m, ", ", d.k, "] x [", d.k, ", ", d.n, "] needs ",
              packedBytes, " bytes of workspace, but device ", scratch.device,
              " has ", scratch.bytes, "; compile the model for target 'cuda'"));
  outerBatch.assign(c.operand.dims.begin(), c.operand.dims.end() - 2);
  if (!outerBatch.empty()) {
    innerBatch = outerBatch.back();
    outerBatch.pop_back();
  }
  makeLayout(a, d.dtype);
  makeLayout(b, d.dtype);
  makeLayout(c, d.c_dtype);
  makeDesc(d);
  problem = text(describe(d), " align ", a.alignment, ",", b.alignment, ",",
                 c.alignment, " workspace ", libraryWorkspace());
}

MatmulPlan::~MatmulPlan() {
  const CublasLt &api = cublasLt();
  for (Side *side : {&a, &b, &c})
    if (side->layout)
      api.cublasLtMatrixLayoutDestroy(side->layout);
  if (desc)
    api.cublasLtMatmulDescDestroy(desc);
}

std::vector<LtHeuristic> MatmulPlan::candidates(int most) const {
  LtPreference preference = nullptr;
  MPCRT_LT_CALL(cublasLtMatmulPreferenceCreate, &preference);
  auto set = [&](int attribute, auto value) {
    checkLt(cublasLt().cublasLtMatmulPreferenceSetAttribute(
                preference, attribute, &value, sizeof value),
            "cublasLtMatmulPreferenceSetAttribute");
  };
  set(LtPreferWorkspace, static_cast<uint64_t>(libraryWorkspace()));
  set(LtPreferReductions, static_cast<uint32_t>(LtReductionInOrder));
  set(LtPreferAlignmentA, static_cast<uint32_t>(b.alignment));
  set(LtPreferAlignmentB, static_cast<uint32_t>(a.alignment));
  set(LtPreferAlignmentC, static_cast<uint32_t>(c.alignment));
  set(LtPreferAlignmentD, static_cast<uint32_t>(c.alignment));
  // The library looks at what divides these addresses; buffers are at multiples
  // of 64.
  auto *aligned = reinterpret_cast<char *>(uintptr_t(64));
  setPointers(aligned, aligned);
  std::vector<LtHeuristic> found(most);
  int count = 0;
  int result = cublasLt().cublasLtMatmulAlgoGetHeuristic(
      handle, desc, b.layout, a.layout, c.layout, c.layout, preference, most,
      found.data(), &count);
  cublasLt().cublasLtMatmulPreferenceDestroy(preference);
  found.resize(result ? 0 : count);
  std::erase_if(found, [](const LtHeuristic &h) { return h.state != 0; });
  if (found.empty())
    fail(MPCRT_UNSUPPORTED,
         text("cuBLASLt has no algorithm for the matmul ", problem,
              usesGelu
                  ? "; compile with --gpu-arch=sm_80, which keeps gelu out "
                    "of matmuls"
                  : ""));
  return found;
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

/// Bytes to the matrices of entry `number` of the outer batch dimensions.
int64_t MatmulPlan::batchOffset(const Side &side, int64_t number) const {
  int64_t offset = 0;
  for (size_t i = outerBatch.size(); i-- > 0; number /= outerBatch[i])
    if (side.operand.dims[i] > 1)
      offset += number % outerBatch[i] * side.operand.strides[i];
  return offset * side.elementBytes;
}

void MatmulPlan::run(const Code &code, const MatmulAddresses &at,
                     Stream stream) const {
  char *aData = swapped ? at.b : at.a, *bData = swapped ? at.a : at.b,
       *cData = at.c;
  auto place = [&](const Side &side, char *&data, bool isRead) {
    if (side.offset < 0)
      return;
    char *packed = scratch.memory + side.offset;
    if (isRead)
      code.copy(side.pack, data, packed, stream);
    data = packed;
  };
  place(a, aData, true);
  place(b, bData, true);
  place(c, cData, accumulates);
  float alpha = 1, beta = accumulates ? 1 : 0;
  int64_t count = elementCount(outerBatch);
  for (int64_t i = 0; i < count; ++i) {
    char *to = cData + batchOffset(c, i);
    setPointers(at.bias, usesAux ? at.aux + batchOffset(c, i) : nullptr);
    MPCRT_LT_CALL(cublasLtMatmul, handle, desc, &alpha,
                  bData + batchOffset(b, i), b.layout,
                  aData + batchOffset(a, i), a.layout, &beta, to, c.layout, to,
                  c.layout, &chosen.algorithm, scratch.memory + packedBytes,
                  chosen.workspaceBytes, stream);
  }
  if (c.offset >= 0)
    code.copy(c.unpack, cData, at.c, stream);
}

} // namespace mpcrt::cuda
