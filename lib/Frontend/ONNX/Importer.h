//===- Importer.h - from an ONNX graph to a module --------------*- C++ -*-===//

#ifndef MPC_LIB_FRONTEND_ONNX_IMPORTER_H
#define MPC_LIB_FRONTEND_ONNX_IMPORTER_H

#include "Fold.h"
#include "Variables.h"
#include "mpc/Frontend/ONNX.h"

namespace mpc::onnx_import {

/// Walks the graph once. Each name becomes a constant or a value when its node
/// is reached; constants become values when an op reads them.
class Importer : public Operands {
public:
  Importer(mlir::MLIRContext &context, Model &model, const Graph &graph,
           const ONNXOptions &options);

  llvm::Expected<ImportedModel> run();

  mlir::Value getValue(const onnx::NodeProto &node, int operand) override;
  const Constant *getConstant(llvm::StringRef name) override;
  mlir::Value makeConstant(const onnx::NodeProto &node,
                           const Constant &constant) override;

private:
  llvm::Error createInputs();
  llvm::Error createInput(const onnx::ValueInfoProto &input,
                          const data::Shape &shape);
  llvm::Error importNode(const onnx::NodeProto &node, Fate fate);
  llvm::Error fold(const onnx::NodeProto &node);
  llvm::Error foldShape(const onnx::NodeProto &node);
  llvm::Error emit(const onnx::NodeProto &node);
  llvm::Error createOutputs();
  llvm::Error finish();
  llvm::Expected<data::Shape> getShapeOf(llvm::StringRef name);
  mlir::Value getValue(llvm::StringRef name, const onnx::NodeProto &reader);

  Model &model;
  const Graph &graph;
  const ONNXOptions &options;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp main;
  mlir::OpBuilder builder;
  Emitter emitter;
  /// Steps that folding may still take.
  int64_t budget;
  Variables variables;
  llvm::StringMap<mlir::Value> values;
  llvm::StringMap<Constant> constants;
};

} // namespace mpc::onnx_import

#endif
