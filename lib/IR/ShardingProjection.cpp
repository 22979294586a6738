//===- ShardingProjection.cpp - factors <-> tensor shardings --------------===//

#include "mpc/IR/ShardingProjection.h"

using namespace mlir;
using namespace mpc;

int64_t mpc::getNumParts(ArrayRef<StringAttr> axes, MeshAttr mesh) {
  int64_t parts = 1;
  for (StringAttr axis : axes)
    parts *= mesh.getSize(axis);
  return parts;
}

static ArrayAttr toArrayAttr(ArrayRef<StringAttr> axes, MLIRContext *context) {
  SmallVector<Attribute> list(axes.begin(), axes.end());
  return list.empty() ? nullptr : ArrayAttr::get(context, list);
}

std::optional<DimSharding> mpc::shardBy(int64_t size, ArrayRef<StringAttr> axes,
                                        MeshAttr mesh, MLIRContext *context) {
  if (axes.empty())
    return DimSharding{};
  int64_t parts = getNumParts(axes, mesh);
  int64_t block = ceilDiv(size, parts);
  if (block * (parts - 1) >= size)
    return std::nullopt; // the last part would be empty
  return DimSharding{toArrayAttr(axes, context), block};
}

/// Joins the cuts of a compound dimension's factors, major to minor.
static std::optional<DimSharding> joinFactors(const ShardingRule &rule,
                                              const DimFactors &factors,
                                              const FactorPlacement &placement,
                                              MLIRContext *context) {
  SmallVector<StringAttr> axes;
  int64_t block = 0, rest = 1;
  for (unsigned factor : factors)
    rest *= rule.factors[factor].size;
  bool open = true; // every factor so far is cut down to single elements
  for (unsigned factor : factors) {
    int64_t size = rule.factors[factor].size;
    rest /= size;
    const DimSharding &cut = placement[factor];
    if (!cut.isSharded()) {
      open &= size == 1;
      continue;
    }
    if (!open)
      return std::nullopt;
    llvm::append_range(axes, cut.getAxes());
    block = cut.block * rest;
    open = cut.block == 1;
  }
  return DimSharding{toArrayAttr(axes, context), block};
}

std::optional<ShardingAttr>
mpc::getTensorSharding(const ShardingRule &rule, const TensorFactors &dims,
                       const FactorPlacement &placement, bool isResult,
                       MLIRContext *context) {
  SmallVector<DimSharding> result;
  llvm::BitVector spanned(rule.factors.size());
  for (const DimFactors &factors : dims) {
    std::optional<DimSharding> dim =
        joinFactors(rule, factors, placement, context);
    if (!dim)
      return std::nullopt;
    result.push_back(*dim);
    for (unsigned factor : factors)
      spanned.set(factor);
  }
  SmallVector<StringAttr> partial;
  ReductionKind kind = ReductionKind::Sum;
  for (auto [index, factor] : llvm::enumerate(rule.factors)) {
    if (!isResult || spanned[index] || factor.kind != FactorKind::Reduction ||
        !placement[index].isSharded())
      continue;
    llvm::append_range(partial, placement[index].getAxes());
    kind = factor.reduction;
  }
  return ShardingAttr::get(context, result, partial, kind);
}

std::optional<CutFactor> mpc::getCutFactor(const ShardingRule &rule,
                                           const DimFactors &factors,
                                           const DimSharding &dim) {
  int64_t rest = 1;
  for (unsigned factor : factors)
    rest *= rule.factors[factor].size;
  for (unsigned factor : factors) {
    int64_t size = rule.factors[factor].size;
    if (size == 1)
      continue;
    rest /= size;
    if (dim.block % rest != 0)
      return std::nullopt; // only whole elements of the major factor give boxes
    return CutFactor{factor, DimSharding{dim.axes, dim.block / rest}};
  }
  return std::nullopt;
}

int64_t mpc::getPartIndex(const DimSharding &dim, MeshAttr mesh,
                          const Coordinates &coordinates) {
  int64_t index = 0;
  for (StringAttr axis : dim.getAxes())
    index = index * mesh.getSize(axis) + coordinates.lookup(axis.getValue());
  return index;
}

Range mpc::getLocalRange(int64_t extent, const DimSharding &dim, MeshAttr mesh,
                         const Coordinates &coordinates) {
  if (!dim.isSharded())
    return {0, extent};
  int64_t begin = getPartIndex(dim, mesh, coordinates) * dim.block;
  return {begin, std::min(dim.block, extent - begin)};
}

RankedTensorType mpc::getLocalType(RankedTensorType type, ShardingAttr sharding,
                                   MeshAttr mesh,
                                   const Coordinates &coordinates) {
  SmallVector<int64_t> shape;
  for (auto [extent, dim] :
       llvm::zip_equal(type.getShape(), sharding.getDims()))
    shape.push_back(getLocalRange(extent, dim, mesh, coordinates).size);
  return RankedTensorType::get(shape, type.getElementType());
}

Coordinates mpc::getCoordinates(MeshAttr mesh, int64_t device,
                                int64_t microBatch) {
  Coordinates coordinates;
  for (auto [name, size] :
       llvm::reverse(llvm::zip_equal(mesh.getNames(), mesh.getSizes()))) {
    if (name == kTimeAxis) {
      coordinates[name.getValue()] = microBatch;
      continue;
    }
    coordinates[name.getValue()] = device % size;
    device /= size;
  }
  return coordinates;
}
