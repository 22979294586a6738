//===- LaunchBodyBuilder.h - lowers the ops of one body ---------*- C++ -*-===//

#ifndef MPC_LIB_EXECUTABLE_LAUNCHBODYBUILDER_H
#define MPC_LIB_EXECUTABLE_LAUNCHBODYBUILDER_H

#include "Epilogues.h"
#include "mpc/Executable/LaunchBody.h"

namespace mpc {

inline mlir::RankedTensorType typeOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}

inline nlohmann::json toList(llvm::ArrayRef<int64_t> values) {
  return std::vector<int64_t>(values.begin(), values.end());
}

/// Walks a body in its order. Buffers and arguments are in LaunchBody.cpp, ops
/// in LaunchOps.cpp, regions in LaunchRegions.cpp, what involves other devices'
/// parts in LaunchParts.cpp.
class LaunchBodyBuilder {
public:
  LaunchBodyBuilder(mlir::func::FuncOp func, LaunchContext &context)
      : func(func), context(context),
        views(func.getBody().front(), context.target),
        epilogues(func.getBody().front(), views, context.target) {}

  llvm::FailureOr<LaunchBody> build();

private:
  /// A collective that nothing has waited for yet.
  struct Pending {
    int64_t launch, src, dst;
  };

  // Buffers.
  int64_t addBuffer(BodyBuffer::Kind kind, llvm::StringRef name, int64_t bytes);
  int64_t newResult(mlir::Value value, int64_t mayReuse = -1);
  int64_t getBuffer(mlir::Value value);
  /// This device's part of `whole`; `cut` counts rows of `bytesOfOne`.
  int64_t getPart(int64_t whole, const DimSharding &cut, int64_t bytesOfOne,
                  int64_t bytes);
  int64_t getVariable(llvm::StringRef name, mlir::Type type);
  void touch(int64_t buffer);
  bool diesAt(mlir::Value value, mlir::Operation *op);
  bool isUnusedAfter(mlir::Value value, mlir::Operation *op);

  // Scalars.
  int64_t getScalar(Scalar scalar);
  nlohmann::json getBegin(ShardingAttr sharding);
  int64_t getGroup(mlir::ArrayAttr axes);

  // Launches.
  void push(nlohmann::json launch, llvm::ArrayRef<int64_t> buffers);
  void awaitThose(llvm::function_ref<bool(const Pending &)> isNeeded);
  void addPending(int64_t src, int64_t dst);
  void takeArguments();
  void nameResults();
  void feed(mlir::BlockArgument argument);
  mlir::LogicalResult lower(mlir::Operation *op);
  void findLaunches();
  mlir::LogicalResult lowerLaunch(llvm::ArrayRef<FusedOp> regions);
  int64_t placeOutput(llvm::ArrayRef<FusedOp> regions, FusedOp region,
                      unsigned output, llvm::ArrayRef<unsigned> aliases);
  void lowerRead(ReadOp read);
  mlir::LogicalResult lowerContraction(mlir::Operation *op);
  mlir::LogicalResult lowerAttention(mlir::Operation *op);
  void addEpilogue(const Epilogue &epilogue, mpcrt_matmul_desc &desc,
                   nlohmann::json &launch,
                   llvm::SmallVectorImpl<int64_t> &used);
  /// A buffer for what a library computes, or its part of another one.
  StridedView placeResult(mlir::Value result);
  /// Gives a contraction's result its place; the offset in it in elements.
  llvm::FailureOr<int64_t> placeContraction(mlir::Operation *op);
  mlir::LogicalResult lowerCollective(mlir::Operation *op);
  int64_t placeCollective(mlir::Operation *op, int64_t src);
  int64_t placeAllReduce(mlir::Value result, int64_t src);
  void lowerShardSlice(ShardSliceOp op);
  void lowerConcat(ConcatOp op);
  bool lowerView(mlir::Operation *op);
  void pushCopy(int64_t src, int64_t dst, mlir::RankedTensorType type,
                llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to,
                int64_t srcOffset, int64_t dstOffset, int64_t start = -1);
  void copy(int64_t from, int64_t to, mlir::RankedTensorType type);
  mlir::LogicalResult lowerReturn();
  void fetch(unsigned result, int64_t buffer);

  /// The variable that `value` is assigned to, when it can be written at `op`:
  /// nobody reads the old value later.
  std::optional<int64_t> getAssigned(mlir::Value value, mlir::Operation *op);
  /// The part of a variable that `value` is, when all devices gather theirs
  /// into it and it can be written at `op`.
  std::optional<int64_t> getGathered(mlir::Value value, mlir::Operation *op);
  /// Whether the op's result lies in its operand's buffer.
  bool isPart(mlir::Operation *op) const;
  int64_t getWhole(int64_t buffer) const;
  std::optional<int64_t> getSumPlace(mlir::Value value);
  bool mayWrite(llvm::ArrayRef<FusedOp> regions, FusedOp region,
                llvm::ArrayRef<unsigned> aliases, int64_t buffer);

  mlir::func::FuncOp func;
  LaunchContext &context;
  BodyViews views;
  BodyEpilogues epilogues;
  LaunchBody body;
  /// Regions by the last one of their launch.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<FusedOp, 1>> launches;
  llvm::DenseMap<mlir::Value, int64_t> buffers;
  llvm::StringMap<int64_t> variables;
  /// Results of the body by value, and the sums so far by name.
  llvm::DenseMap<mlir::Value, std::string> resultNames;
  llvm::StringMap<int64_t> sums;
  llvm::SmallVector<Pending> pending;
};

/// The regions of every launch stand together, where the last of them stood.
void moveLaunchesTogether(mlir::func::FuncOp function);

} // namespace mpc

#endif
