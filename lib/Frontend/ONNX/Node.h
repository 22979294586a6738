//===- Node.h - one ONNX node, as handlers see it ---------------*- C++ -*-===//
//
// Operands by position, attributes with their defaults, and a place for the
// results. What is absent or of the wrong kind leaves a problem in the emitter,
// and the handler's caller adds the node's name to it.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_FRONTEND_ONNX_NODE_H
#define MPC_LIB_FRONTEND_ONNX_NODE_H

#include "Constant.h"
#include "Emitter.h"
#include "llvm/ADT/StringSet.h"
#include <onnx/onnx_pb.h>

namespace mpc::onnx_import {

/// The attributes of a node: both what is folded and what is emitted reads
/// them.
class Attributes {
public:
  explicit Attributes(const onnx::NodeProto &proto) : proto(proto) {}

  const onnx::AttributeProto *find(llvm::StringRef name) const;
  int64_t integer(llvm::StringRef name, int64_t otherwise) const;
  double real(llvm::StringRef name, double otherwise) const;
  std::string text(llvm::StringRef name, llvm::StringRef otherwise) const;
  std::optional<data::Shape> integers(llvm::StringRef name) const;

  /// An attribute that nobody has asked for and that changes the result: a
  /// later version of the operator has it. Empty for none.
  std::string findUnread() const;

private:
  const onnx::NodeProto &proto;
  mutable llvm::StringSet<> read;
};

/// What a name stands for: numbers, ops, or numbers that became ops.
class Operands {
public:
  virtual ~Operands() = default;
  /// Null after a problem.
  virtual mlir::Value getValue(const onnx::NodeProto &node, int operand) = 0;
  /// Null where the operand is not known at import.
  virtual const Constant *getConstant(llvm::StringRef name) = 0;
  /// A constant that a node makes of its own.
  virtual mlir::Value makeConstant(const onnx::NodeProto &node,
                                   const Constant &constant) = 0;
};

class Node {
public:
  using Value = mlir::Value;

  Node(const onnx::NodeProto &proto, Operands &operands, Emitter &emitter)
      : attributes(proto), e(emitter), proto(proto), operands(operands),
        results(proto.output_size()) {}

  int numOperands() const { return proto.input_size(); }
  int numResults() const { return proto.output_size(); }
  bool has(int index) const {
    return index < proto.input_size() && !proto.input(index).empty();
  }
  bool needsResult(int index) const {
    return index < proto.output_size() && !proto.output(index).empty();
  }

  /// Null after a problem: the operand is absent or cannot be made.
  Value operand(int index);
  /// Null where it is absent or not known at import.
  const Constant *constant(int index);
  Value makeConstant(const Constant &constant) {
    return operands.makeConstant(proto, constant);
  }
  /// A required constant of integers, such as a shape.
  std::optional<data::Shape> integers(int index, llvm::StringRef what);
  /// Attribute `name` up to some opset, operand `index` since; none where
  /// neither is given.
  std::optional<data::Shape> axes(llvm::StringRef name, int index);

  /// Attribute `name` as a dim of a tensor of `rank`; negative ones count from
  /// the end. 0, with a problem, where there is no such dim.
  int64_t dim(llvm::StringRef name, int64_t otherwise, int64_t rank);
  int64_t toDim(int64_t dim, int64_t rank);

  void setResult(Value value, int index = 0) {
    if (index < numResults())
      results[index] = value;
  }
  llvm::ArrayRef<Value> getResults() const { return results; }

  Attributes attributes;
  Emitter &e;

private:
  const onnx::NodeProto &proto;
  Operands &operands;
  llvm::SmallVector<Value> results;
};

} // namespace mpc::onnx_import

#endif
