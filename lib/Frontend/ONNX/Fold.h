//===- Fold.h - nodes that are computed at import ---------------*- C++ -*-===//
//
// Shapes, position ids, masks and rotary tables are small programs over
// constants. These are their operators, on the host, in ONNX's semantics.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_FRONTEND_ONNX_FOLD_H
#define MPC_LIB_FRONTEND_ONNX_FOLD_H

#include "Model.h"
#include "Node.h"

namespace mpc::onnx_import {

/// Is there such an operator? Also for `Shape` and `Size`, of anything.
bool canFold(const onnx::NodeProto &node);

/// A node whose operands are known. Operators check what they index with.
class FoldedNode {
public:
  FoldedNode(const onnx::NodeProto &proto, Model &model, int64_t &budget,
             llvm::ArrayRef<const Constant *> operands)
      : attributes(proto), proto(proto), model(model), operands(operands),
        budget(budget) {}

  /// One constant for each output.
  llvm::Expected<std::vector<Constant>> compute();

  bool has(size_t index) const {
    return index < operands.size() && operands[index];
  }
  /// Present: compute() has checked the number that the operator needs.
  const Constant &operand(size_t index) const { return *operands[index]; }
  size_t numOperands() const { return operands.size(); }
  size_t numResults() const { return proto.output_size(); }

  /// Operand `index` as integers, else attribute `name`, else none.
  llvm::Expected<std::optional<data::Shape>> integers(llvm::StringRef name,
                                                      size_t index) const;
  llvm::Expected<size_t> toDim(int64_t dim, size_t rank) const;
  llvm::Expected<size_t> dim(llvm::StringRef name, int64_t otherwise,
                             size_t rank) const;
  /// A tensor that an attribute holds.
  llvm::Expected<Constant> read(const onnx::TensorProto &tensor) const;

  /// A constant of zeros. The work of a whole import is limited.
  llvm::Expected<Constant> allocate(data::ElementType type,
                                    llvm::ArrayRef<int64_t> shape);
  llvm::Error spend(int64_t steps);

  Attributes attributes;

private:
  const onnx::NodeProto &proto;
  Model &model;
  llvm::ArrayRef<const Constant *> operands;
  int64_t &budget;
};

using FoldResult = llvm::Expected<std::vector<Constant>>;

struct FoldEntry {
  llvm::StringLiteral name;
  /// Operands that must be there.
  size_t needed;
  FoldResult (*fold)(FoldedNode &node);
};

inline FoldResult single(llvm::Expected<Constant> constant) {
  if (!constant)
    return constant.takeError();
  std::vector<Constant> results;
  results.push_back(std::move(*constant));
  return results;
}

// One for each file of operators.
llvm::ArrayRef<FoldEntry> getMathFolds();
llvm::ArrayRef<FoldEntry> getReduceFolds();
llvm::ArrayRef<FoldEntry> getShapeFolds();
llvm::ArrayRef<FoldEntry> getIndexFolds();
llvm::ArrayRef<FoldEntry> getSourceFolds();

} // namespace mpc::onnx_import

#endif
