//===- VectorBuilder.h - loads, stores and reductions of lanes --*- C++ -*-===//
//
// Values are scalars (the same for every lane) or vectors of `lanes` elements.
// In registers bf16 and f16 are f32; in memory i1 is one byte; integers are
// signless.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_CONVERSION_FUSEDTOVECTOR_VECTORBUILDER_H
#define MPC_CONVERSION_FUSEDTOVECTOR_VECTORBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mpc/IR/MPC.h"

namespace mpc {

/// What a tensor's elements are in memory, and in registers.
mlir::Type getMemoryType(mlir::Type element);
mlir::Type getRegisterType(mlir::Type element);
/// A flat buffer for a tensor.
mlir::MemRefType getBufferType(mlir::Type tensor);

/// Where lanes lie in a buffer: lane i at `offset + i * stride`; only the lanes
/// of `mask` when there is one.
struct LaneAddress {
  mlir::Value buffer, offset;
  int64_t stride = 1;
  mlir::Value mask;
  /// Further offsets, one a lane (a vector of i64), for gathers.
  mlir::Value laneOffsets;
};

/// In what targets differ about memory.
struct VectorMemory {
  /// Contiguous lanes lie at a multiple of their size, or of this; 0: at one of
  /// the element's size only.
  int64_t alignment = 0;
  /// Whether lanes that are not contiguous are moved by one instruction each:
  /// the target has no gathers.
  bool oneByOne = false;
};

class VectorBuilder {
public:
  VectorBuilder(mlir::OpBuilder &builder, mlir::Location loc, int64_t lanes,
                VectorMemory memory = {})
      : b(builder), loc(loc), lanes(lanes), memory(memory) {}

  mlir::Value index(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  /// a + stride * b of indices.
  mlir::Value addScaled(mlir::Value a, mlir::Value index, int64_t stride);
  mlir::Value scalar(mlir::TypedAttr value);
  /// 0, 1, 2... times `stride`.
  mlir::Value steps(int64_t stride);
  /// A mask of the first `count` lanes.
  mlir::Value firstLanes(int64_t count);
  mlir::Value firstLanes(mlir::Value count);

  /// A scalar is repeated, a vector stays.
  mlir::Value splat(mlir::Value value);
  mlir::Value zeroOf(mlir::Type registerType);

  mlir::Value loadScalar(mlir::Value buffer, mlir::Value offset,
                         mlir::Type element);
  mlir::Value loadLanes(const LaneAddress &from, mlir::Type element);
  void storeScalar(mlir::Value value, mlir::Value buffer, mlir::Value offset,
                   mlir::Type element);
  void storeLanes(mlir::Value value, const LaneAddress &to, mlir::Type element);

  /// The value that changes nothing, as a scalar.
  mlir::Value neutral(ReductionKind kind, mlir::Type element);
  mlir::Value combine(ReductionKind kind, mlir::Type element, mlir::Value a,
                      mlir::Value b);
  /// One scalar of all lanes, in a fixed order.
  mlir::Value reduceLanes(ReductionKind kind, mlir::Type element,
                          mlir::Value vector);

  mlir::VectorType vectorOf(mlir::Type element) const {
    return mlir::VectorType::get({lanes}, element);
  }
  int64_t getLanes() const { return lanes; }
  mlir::OpBuilder &getBuilder() { return b; }
  mlir::Location getLoc() const { return loc; }
  /// Emission yields narrow floats for casts to them: back to f32.
  mlir::Value toRegister(mlir::Value value);
  /// As it is stored: f32 rounded to a narrow `element`.
  mlir::Value toMemory(mlir::Value value, mlir::Type element);

private:
  mlir::Value fromMemory(mlir::Value value, mlir::Type element);
  mlir::Value gatherOffsets(const LaneAddress &address);
  llvm::MaybeAlign getAlignment(mlir::VectorType type) const;
  mlir::Value getLaneOffset(const LaneAddress &address, int64_t lane);
  mlir::Value loadOneByOne(const LaneAddress &from, mlir::VectorType type);
  void storeOneByOne(mlir::Value stored, const LaneAddress &to);
  mlir::OpBuilder &b;
  mlir::Location loc;
  int64_t lanes;
  VectorMemory memory;
};

} // namespace mpc

#endif
