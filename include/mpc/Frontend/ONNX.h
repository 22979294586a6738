//===- ONNX.h - networks from ONNX files ------------------------*- C++ -*-===//
//
// Reads a network as PyTorch, Keras and others export it (opset 13 to 25):
//
//   ONNXOptions options;
//   options.batch = 8;                         // dims that the file leaves
//   open auto model = importONNX(context, "gpt2.onnx", options); model->module
//   // @main and mpc.variables model->weights                             //
//   their values, by source name
//
// Shapes are static from the first op on. What depends on shapes and constants
// only (position ids, masks, rotary tables, the shapes of reshapes) is computed
// here, on the host; it never becomes ops. A floating-point initializer that is
// a weight becomes a trainable variable with its own name; everything else that
// is not one number becomes a variable of role `statistic`.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_FRONTEND_ONNX_H
#define MPC_FRONTEND_ONNX_H

#include "mpc/Data/HostArray.h"
#include "mpc/IR/MPC.h"
#include <map>

namespace mpc {

/// Sizes for the dims that a file leaves open; 0 and absent: not given.
struct ONNXOptions {
  /// Dim 0 of every input.
  int64_t batch = 0;
  /// Dim 1 of inputs of integers: tokens of a window.
  int64_t sequence = 0;
  /// By the name that the file gives a dim; these go before the others.
  std::map<std::string, int64_t> dims;
  /// The shapes of arrays that will be fed, by the input's name, or by position
  /// when no name matches. Asked last.
  std::vector<std::pair<std::string, data::Shape>> inputShapes;
  /// Run mpc-raise on what was imported.
  bool raise = true;
};

/// "batch=8" and so on, as --dim takes them.
llvm::Expected<std::map<std::string, int64_t>>
parseDims(llvm::ArrayRef<std::string> entries);

/// Is this the name of an ONNX file?
inline bool isONNX(llvm::StringRef path) { return path.ends_with(".onnx"); }

struct ImportedModel {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// What the `file("...")` initializers of the variables name. The arrays keep
  /// alive what they lie in: the parsed file, or the mapped external data.
  std::vector<data::NamedArray> weights;
};

/// Errors name the file, the node and the way out. Operators that mpc does not
/// know are reported together, before anything is imported.
llvm::Expected<ImportedModel> importONNX(mlir::MLIRContext &context,
                                         llvm::StringRef path,
                                         const ONNXOptions &options);

/// The same from the bytes of a file; `directory` holds its external data.
llvm::Expected<ImportedModel> importONNXBytes(mlir::MLIRContext &context,
                                              llvm::ArrayRef<char> bytes,
                                              llvm::StringRef directory,
                                              const ONNXOptions &options);

} // namespace mpc

#endif
