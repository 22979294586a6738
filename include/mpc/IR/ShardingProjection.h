//===- ShardingProjection.h - factors <-> tensor shardings ------*- C++ -*-===//
//
// Converts between the placement of an op's factors and the shardings of its
// operands and results, and derives local shapes. Example, 12 heads of 64 in a
// dimension of 768 spanned by {h, d}: h on "tensor" = 4 gives the dimension
// blocks of 3 * 64 = 192; h on "tensor" = 8 is refused, since blocks of
// ceil(12 / 8) = 2 heads would leave two devices empty.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_IR_SHARDINGPROJECTION_H
#define MPC_IR_SHARDINGPROJECTION_H

#include "mpc/IR/MPC.h"

namespace mpc {

/// One entry a factor of the op's rule.
using FactorPlacement = llvm::SmallVector<DimSharding, 6>;

/// The coordinate of one device (and one micro-batch, on the time axis).
using Coordinates = llvm::StringMap<int64_t>;

/// The product of the axes' sizes.
int64_t getNumParts(llvm::ArrayRef<mlir::StringAttr> axes, MeshAttr mesh);

/// `size` cut by `axes`: none where a part would be empty.
std::optional<DimSharding> shardBy(int64_t size,
                                   llvm::ArrayRef<mlir::StringAttr> axes,
                                   MeshAttr mesh, mlir::MLIRContext *context);

/// The sharding of a tensor spanned by `dims` under `placement`. Reduction
/// factors that are cut and do not span a dimension make it partial when
/// `isResult`. None where the parts are not boxes: a minor factor of a compound
/// dimension is cut and the major ones are not down to single elements.
std::optional<ShardingAttr> getTensorSharding(const ShardingRule &rule,
                                              const TensorFactors &dims,
                                              const FactorPlacement &placement,
                                              bool isResult,
                                              mlir::MLIRContext *context);

/// A factor and how it is cut.
struct CutFactor {
  unsigned factor;
  DimSharding cut;
};

/// What cutting a dimension like `dim` cuts, or none where the blocks do not
/// fall on the elements of the dimension's major factor. Blocks are kept: 7
/// samples of 3 rows in blocks of 4 samples are 21 rows in blocks of 12.
std::optional<CutFactor> getCutFactor(const ShardingRule &rule,
                                      const DimFactors &factors,
                                      const DimSharding &dim);

/// The combined coordinate along `dim`'s axes, major to minor.
int64_t getPartIndex(const DimSharding &dim, MeshAttr mesh,
                     const Coordinates &coordinates);

/// [begin, begin + size) of a dimension of `extent` elements.
struct Range {
  int64_t begin, size;
};
Range getLocalRange(int64_t extent, const DimSharding &dim, MeshAttr mesh,
                    const Coordinates &coordinates);

/// The type of the part of a tensor at `coordinates`.
mlir::RankedTensorType getLocalType(mlir::RankedTensorType type,
                                    ShardingAttr sharding, MeshAttr mesh,
                                    const Coordinates &coordinates);

/// The coordinates of a device, numbered row-major over the mesh without its
/// time axis; the time axis gets `microBatch`.
Coordinates getCoordinates(MeshAttr mesh, int64_t device,
                           int64_t microBatch = 0);

} // namespace mpc

#endif
