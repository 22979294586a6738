//===- Graph.h - what depends on what in an ONNX graph ----------*- C++ -*-===//
//
// Decides, before anything is built, what becomes of every node:
//
//   dead     no output needs it
//   folded   computed now: it depends on constants and shapes only
//   emitted  becomes ops, by its handler in the table
//
// What depends on weights alone is emitted where it can be, so that a
// transposed weight stays one trainable variable, and folded where only that is
// possible: the frequencies of a rotary embedding go through `Cos`, which has
// no op.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_FRONTEND_ONNX_GRAPH_H
#define MPC_LIB_FRONTEND_ONNX_GRAPH_H

#include "Model.h"
#include "llvm/ADT/StringSet.h"

namespace mpc::onnx_import {

enum class Fate { Dead, Folded, Emitted };

struct Graph {
  /// Errors: names defined twice or used before their definition, and all
  /// operators that nothing can be done with.
  static llvm::Expected<Graph> analyze(const Model &model);

  const onnx::GraphProto *proto = nullptr;
  std::vector<Fate> fates; ///< by node
  llvm::StringMap<const onnx::TensorProto *> initializers;
  /// Initializers that become trainable variables.
  llvm::StringSet<> weights;
  /// Inputs that are no initializers.
  std::vector<const onnx::ValueInfoProto *> inputs;

private:
  struct Use {
    const onnx::NodeProto *node;
    int operand;
  };
  llvm::Error index();
  void findLive();
  void findWeights();
  void findFates(int64_t opset);
  llvm::Error reportUnsupported(int64_t opset) const;
  bool isWeight(const onnx::TensorProto &tensor) const;
  bool isStatic(const onnx::NodeProto &node) const;

  llvm::StringMap<std::vector<Use>> uses;
  /// Values that no input reaches, and those of them with a weight in them.
  llvm::StringSet<> statics, weighted;
};

/// "node 'n' (MatMul)", or by its output where it has no name.
std::string describe(const onnx::NodeProto &node);

/// PyTorch's name for what an embedding gives: where an initializer has it, the
/// exporter has looked up the rows of the tokens' positions or types.
inline bool isFoldedLookup(llvm::StringRef name) {
  return name == "embedding" || name.starts_with("embedding_");
}

/// Does it read only the shape of its input?
inline bool readsShape(const onnx::NodeProto &node) {
  return node.domain().empty() &&
         (node.op_type() == "Shape" || node.op_type() == "Size");
}

} // namespace mpc::onnx_import

#endif
