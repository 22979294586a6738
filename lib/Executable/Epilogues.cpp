//===- Epilogues.cpp - what a GEMM does to its result ---------------------===//

#include "Epilogues.h"
#include "mpc/Executable/LaunchBody.h"

using namespace mlir;
using namespace mpc;

/// Whether `row` is one number for each of the GEMM's columns.
static bool isRow(Value row, const mpcrt_matmul_desc &desc,
                  RankedTensorType result) {
  auto type = cast<RankedTensorType>(row.getType());
  ArrayRef<int64_t> shape = type.getShape();
  while (!shape.empty() && shape.front() == 1)
    shape = shape.drop_front();
  return desc.c_n == 1 && type.getNumElements() == desc.n &&
         type.getElementType() == result.getElementType() &&
         result.getShape().take_back(shape.size()) == shape;
}

/// Whether the value is there when the contraction is computed.
static bool isReady(Value value, Operation *contraction) {
  Operation *producer = value.getDefiningOp();
  return !producer || isa<ReadOp>(producer) ||
         producer->isBeforeInBlock(contraction);
}

bool mpc::isWorthIt(Operation *contraction, const Epilogue &epilogue,
                    const BodyViews &views, const MatmulLibrary &library) {
  ContractionStrides strides(contraction);
  strides.a = views.resolve(contraction->getOperand(0)).strides;
  strides.b = views.resolve(contraction->getOperand(1)).strides;
  std::optional<mpcrt_matmul_desc> desc =
      getMatmulDesc(contraction, strides, library);
  auto type = cast<RankedTensorType>(contraction->getResult(0).getType());
  if (!desc || views.getPlace(contraction->getResult(0)))
    return false;
  for (Value row : {epilogue.bias, epilogue.biasGradient})
    if (row && !isRow(row, *desc, type))
      return false;
  bool readsAux = epilogue.activation == MPCRT_GELU_GRADIENT;
  if ((epilogue.bias && !isReady(epilogue.bias, contraction)) ||
      (readsAux && !isReady(epilogue.aux, contraction)))
    return false;
  desc->has_bias = epilogue.bias != nullptr;
  desc->activation = epilogue.activation;
  desc->has_aux = epilogue.aux != nullptr;
  desc->has_bias_gradient = epilogue.biasGradient != nullptr;
  return library.hasFastEpilogue(*desc);
}

BodyEpilogues::BodyEpilogues(Block &block, const BodyViews &views,
                             const MatmulLibrary &library) {
  for (auto region : block.getOps<FusedOp>()) {
    auto [contraction, epilogue] = matchEpilogue(region);
    if (!contraction || !isWorthIt(contraction, epilogue, views, library))
      continue;
    epilogues[contraction] = epilogue;
    regions.insert(region);
  }
}
