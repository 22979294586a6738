//===- ONNXFlags.h - options of tools that read ONNX files ------*- C++ -*-===//

#ifndef MPC_FRONTEND_ONNXFLAGS_H
#define MPC_FRONTEND_ONNXFLAGS_H

#include "mpc/Frontend/ONNX.h"

namespace mpc {

/// Declares --batch, --sequence and --dim, for tools that parse llvm::cl.
void registerONNXFlags();

/// What the command line said.
llvm::Expected<ONNXOptions> getONNXFlags();

} // namespace mpc

#endif
