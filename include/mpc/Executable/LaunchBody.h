//===- LaunchBody.h - a local body as a straight-line list ------*- C++ -*-===//
//
// What the manifest stores of a body (docs/executable-format.md): launches over
// numbered buffers and scalars. All that differs between the devices and
// micro-batches that run it is a scalar or an arena offset.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_EXECUTABLE_LAUNCHBODY_H
#define MPC_EXECUTABLE_LAUNCHBODY_H

#include "mpc/Executable/ExecutableTarget.h"
#include "mpc/IR/ShardingProjection.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

namespace mpc {

/// A number that depends on the device or the micro-batch.
struct Scalar {
  enum Kind {
    /// Where this device's part of a dimension starts, times `scale`.
    PartOffset,
    /// Index of the communicator group over `axes`.
    Group,
    /// 1 on the one device that reports a value with this sharding, else 0.
    Owner,
  } kind;
  DimSharding cut = {};
  int64_t scale = 1;
  ShardingAttr sharding = {};

  bool operator==(const Scalar &other) const = default;
};

struct BodyBuffer {
  enum Kind {
    /// Lives inside one action.
    Internal,
    /// Travels between actions, by name.
    Value,
    /// A variable's part, by name.
    Variable,
    /// A run of bytes of buffer `whole`, from where scalar `start` says.
    Part,
  } kind = Internal;
  std::string name;
  int64_t bytes = 0;
  /// Of a part: the buffer that it is in, and its first byte there.
  int64_t whole = -1;
  Scalar start = {};
  /// First and last launch that touches it; -1 when none does.
  int64_t first = -1, last = -1;
  /// A buffer that dies at `first` and whose place this one may take; or -1.
  int64_t mayReuse = -1;
};

struct LaunchBody {
  std::string name;
  llvm::SmallVector<BodyBuffer> buffers;
  std::vector<nlohmann::json> launches;
  llvm::SmallVector<Scalar> scalars;
  /// The most that a library's launch wants besides its buffers.
  int64_t workspaceBytes = 0;
  /// Returned values that are a variable as it is: name and variable.
  llvm::StringMap<std::string> aliases;
  /// Returned values that are an argument as it is: name and the argument's.
  llvm::StringMap<std::string> renamed;
};

struct LaunchContext {
  ExecutableTarget &target;
  /// Index of a kernel's symbol in the manifest.
  llvm::MapVector<std::string, int64_t, std::map<std::string, unsigned>>
      &symbols;
  ProgramOp program;
  /// Values that some body takes as an argument.
  llvm::StringSet<> consumed;
};

/// Lowers one local body whose regions are fused. Errors are reported at ops.
llvm::FailureOr<LaunchBody> buildLaunchBody(mlir::func::FuncOp body,
                                            LaunchContext &context);

/// Bytes of a dense tensor; i1 takes one byte an element.
int64_t getByteSize(mlir::Type type);
/// The manifest's word for an element type: f32, bf16, i1, ...
std::string getDTypeName(mlir::Type elementType);

/// Element strides of a contraction's operands and result, by dimension.
struct ContractionStrides {
  /// Those of dense row-major tensors.
  explicit ContractionStrides(mlir::Operation *contraction);

  llvm::SmallVector<int64_t> a, b, c;
};

/// The GEMM that computes a contraction, or none where its inner factors do not
/// form one stride, or the library has not the types.
std::optional<mpcrt_matmul_desc>
getMatmulDesc(mlir::Operation *contraction, const ContractionStrides &strides,
              const MatmulLibrary &library);

/// Rewrites the contractions that have no GEMM as sums of products. Before
/// regions are formed.
void expandContractions(mlir::func::FuncOp func, const MatmulLibrary &library);

/// The fields of a `matmul` launch, but for the buffers.
nlohmann::json toJSON(const mpcrt_matmul_desc &desc);

} // namespace mpc

#endif
