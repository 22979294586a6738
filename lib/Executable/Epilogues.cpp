//===- Epilogues.cpp - what a GEMM does to its result ---------------------===//

#include "Epilogues.h"
#include "mpc/Executable/LaunchBody.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;

/// The input of `region` that its argument stands for.
static Value getOutside(FusedOp region, Value argument) {
  auto block = dyn_cast<BlockArgument>(argument);
  return block ? region.getInputs()[block.getArgNumber()] : Value();
}

/// The contraction whose result `region` alone reads, as `argument`.
static Operation *getContraction(FusedOp region, Value argument) {
  Value outside = getOutside(region, argument);
  Operation *producer = outside ? outside.getDefiningOp() : nullptr;
  bool fits = producer && isa<ContractionOpInterface>(producer) &&
              outside.hasOneUse() && !producer->hasAttr(tags::kAccumulate) &&
              outside.getType() == region->getResult(0).getType();
  return fits ? producer : nullptr;
}

/// Takes a body apart from its end: yield relu(add(product, bias)).
static std::pair<Operation *, Epilogue> match(FusedOp region) {
  Epilogue epilogue{region, {}, false};
  if (region.getNumResults() != 1)
    return {nullptr, epilogue};
  Block &body = region.getBody().front();
  Value value = body.getTerminator()->getOperand(0);
  size_t numOps = 1;
  if (auto relu = value.getDefiningOp<ReluOp>()) {
    epilogue.relu = true;
    value = relu->getOperand(0);
    ++numOps;
  }
  Operation *contraction = nullptr;
  if (auto add = value.getDefiningOp<AddOp>()) {
    ++numOps;
    contraction = getContraction(region, add.getLhs());
    epilogue.bias =
        getOutside(region, contraction ? add.getRhs() : add.getLhs());
    if (!contraction)
      contraction = getContraction(region, add.getRhs());
    if (!epilogue.bias)
      contraction = nullptr;
  } else if (epilogue.relu) {
    contraction = getContraction(region, value);
  }
  if (numOps != body.getOperations().size())
    contraction = nullptr;
  return {contraction, epilogue};
}

/// Whether `bias` is one number for each of the GEMM's columns.
static bool isRow(Value bias, const mpcrt_matmul_desc &desc,
                  RankedTensorType result) {
  auto type = cast<RankedTensorType>(bias.getType());
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

/// Whether the library does it at no cost.
static bool isWorthIt(Operation *contraction, const Epilogue &epilogue,
                      const BodyViews &views, const MatmulLibrary &library) {
  ContractionStrides strides(contraction);
  strides.a = views.resolve(contraction->getOperand(0)).strides;
  strides.b = views.resolve(contraction->getOperand(1)).strides;
  std::optional<mpcrt_matmul_desc> desc =
      getMatmulDesc(contraction, strides, library);
  auto type = cast<RankedTensorType>(contraction->getResult(0).getType());
  if (!desc || views.getPlace(contraction->getResult(0)))
    return false;
  if (epilogue.bias && (!isRow(epilogue.bias, *desc, type) ||
                        !isReady(epilogue.bias, contraction)))
    return false;
  desc->has_bias = epilogue.bias != nullptr;
  desc->relu = epilogue.relu;
  return library.hasFastEpilogue(*desc);
}

BodyEpilogues::BodyEpilogues(Block &block, const BodyViews &views,
                             const MatmulLibrary &library) {
  for (auto region : block.getOps<FusedOp>()) {
    auto [contraction, epilogue] = match(region);
    if (!contraction || !isWorthIt(contraction, epilogue, views, library))
      continue;
    epilogues[contraction] = epilogue;
    regions.insert(region);
  }
}
