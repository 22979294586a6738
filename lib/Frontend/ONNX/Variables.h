//===- Variables.h - initializers and constants as variables ----*- C++ -*-===//
//
// Makes the values that ops read but no op computes:
//
//   a weight              mpc.read of a trainable variable with its name
//   equal numbers         mpc.constant
//   a causal mask         comparisons of coordinates, which any split can cut
//   other constants       mpc.read of a variable of role `statistic`
//
// Exporters keep one of several equal tensors. A transposed copy of a weight is
// that weight again: tied embeddings arrive as [v, d] and [d, v], and training
// must not part them. One vector of equal numbers that several nodes read (the
// fresh scales and biases of all norms) is one variable for each of them,
// because training would.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_FRONTEND_ONNX_VARIABLES_H
#define MPC_LIB_FRONTEND_ONNX_VARIABLES_H

#include "Constant.h"
#include "Emitter.h"
#include "Graph.h"

namespace mpc::onnx_import {

class Variables {
public:
  Variables(mlir::ModuleOp module, Model &model, const Graph &graph,
            Emitter &emitter, int64_t &budget)
      : module(module), model(model), graph(graph), e(emitter), budget(budget) {
  }

  /// Reads every weight of the graph once, to find transposed copies.
  llvm::Error findTies();

  /// The value of a weight where `reader` uses it.
  mlir::Value getWeight(llvm::StringRef name, const onnx::NodeProto &reader);
  mlir::Value getConstant(llvm::StringRef name, const Constant &constant);

  /// The values of the variables that are still there.
  std::vector<data::NamedArray> takeArrays();

private:
  mlir::Value createWeight(llvm::StringRef name, const data::HostArray &array);
  mlir::Value createVariable(llvm::StringRef name, VariableRole role,
                             const data::HostArray &array);
  std::string makeSymbol(llvm::StringRef name);

  mlir::ModuleOp module;
  Model &model;
  const Graph &graph;
  Emitter &e;
  int64_t &budget;
  /// Transposed copies, by name: the weight they are copies of.
  llvm::StringMap<std::string> transposed;
  llvm::StringMap<mlir::Value> values;
  llvm::StringMap<const onnx::NodeProto *> readers;
  llvm::StringSet<> symbols;
  mlir::Operation *last = nullptr;
  std::vector<data::NamedArray> arrays;
};

} // namespace mpc::onnx_import

#endif
