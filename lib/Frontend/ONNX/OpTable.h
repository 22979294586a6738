//===- OpTable.h - handlers by operator and opset ---------------*- C++ -*-===//
//
// A handler makes the ops of one node:
//
//   static void importSoftmax(Node &node) {
//     Value x = node.operand(0);
//     int64_t dim = node.dim("axis", -1, node.rank(0));
//     node.setResult(node.e.make<SoftmaxOp>({x}, {node.e.integer("dim",
//     dim)}));
//   }
//
// It is listed in its family's table with the first opset that has this
// meaning; the latest entry that is not above the file's opset is taken.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_FRONTEND_ONNX_OPTABLE_H
#define MPC_LIB_FRONTEND_ONNX_OPTABLE_H

#include "Node.h"

namespace mpc::onnx_import {

using Handler = void (*)(Node &node);

struct OpEntry {
  llvm::StringLiteral name;
  int64_t firstOpset;
  Handler handler;
};

// One for each file of handlers.
llvm::ArrayRef<OpEntry> getMathOps();
llvm::ArrayRef<OpEntry> getNNOps();
llvm::ArrayRef<OpEntry> getAttentionOps();
llvm::ArrayRef<OpEntry> getShapeOps();
llvm::ArrayRef<OpEntry> getIndexOps();
llvm::ArrayRef<OpEntry> getReduceOps();

/// Null where there is none.
Handler findHandler(const onnx::NodeProto &node, int64_t opset);

} // namespace mpc::onnx_import

#endif
