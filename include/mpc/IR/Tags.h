//===- Tags.h - discardable attributes between passes -----------*- C++ -*-===//
//
// The names by which passes hand facts to each other. All are discardable
// attributes, so that the ops themselves stay free of them.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_IR_TAGS_H
#define MPC_IR_TAGS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mpc::tags {

// On ops of a program.
inline constexpr llvm::StringLiteral kPhase = "mpc.phase";   // PhaseAttr
inline constexpr llvm::StringLiteral kOrigin = "mpc.origin"; // i64, forward op
inline constexpr llvm::StringLiteral kStage = "mpc.stage";   // i64

/// On ops: the results' shardings. On arguments: the sharding.
inline constexpr llvm::StringLiteral kSharding = "mpc.sharding";

// On arguments and results of a program.
inline constexpr llvm::StringLiteral kName = "mpc.name";         // string
inline constexpr llvm::StringLiteral kGradient = "mpc.gradient"; // variable
inline constexpr llvm::StringLiteral kWhole = "mpc.whole"; // unit: no batch

/// On a training function: origins of ops that selective recomputation computes
/// again in the backward.
inline constexpr llvm::StringLiteral kLargeInside = "mpc.large_inside"; // i64s

/// On the module: the weights file beside it that `file` initializers name.
inline constexpr llvm::StringLiteral kWeights = "mpc.weights"; // string

// On the module, by apply-plan.
inline constexpr llvm::StringLiteral kMesh = "mpc.mesh";
inline constexpr llvm::StringLiteral kMicroBatches = "mpc.micro_batches";
inline constexpr llvm::StringLiteral kSchedule = "mpc.schedule";
/// "none", "selective" or "full" for each stage.
inline constexpr llvm::StringLiteral kRecompute = "mpc.recompute"; // strings
/// The device group of each stage (i64s) where a group has several: position on
/// the mesh's stage axis. Absent: stage s is on group s.
inline constexpr llvm::StringLiteral kPlacement = "mpc.placement";
/// Unit: input- and weight-gradients are bodies of their own.
inline constexpr llvm::StringLiteral kSplitBackward = "mpc.split_backward";

// On bodies: functions that hold one part of a partitioned program.
inline constexpr llvm::StringLiteral kBody = "mpc.body";       // kind, a string
inline constexpr llvm::StringLiteral kLaunch = "mpc.launch";   // i64, shared
inline constexpr llvm::StringLiteral kPart = "mpc.part";       // i64, level
inline constexpr llvm::StringLiteral kValue = "mpc.value";     // string
inline constexpr llvm::StringLiteral kInput = "mpc.input";     // i64, feed
inline constexpr llvm::StringLiteral kOutputs = "mpc.outputs"; // i64s, fetches
/// Result: summed over the micro-batches. Argument: the sum so far. On a
/// contraction: the name of the sum that it adds to, and that its result is.
inline constexpr llvm::StringLiteral kAccumulate = "mpc.accumulate";

// On local bodies.
inline constexpr llvm::StringLiteral kLocal = "mpc.local"; // unit
/// Who runs the body: each device (first list) for each micro-batch (second),
/// or only these pairs, flattened, where that is not a product.
inline constexpr llvm::StringLiteral kDevices = "mpc.devices";     // i64s
inline constexpr llvm::StringLiteral kMicros = "mpc.micros";       // i64s
inline constexpr llvm::StringLiteral kInstances = "mpc.instances"; // i64s

} // namespace mpc::tags

namespace mpc {
/// How people call an argument: its `mpc.name`, or "input" and its number.
std::string getInputName(mlir::func::FuncOp func, unsigned argument);
} // namespace mpc

#endif
