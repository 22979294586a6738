//===- Inputs.h - the static shapes of a graph's inputs ---------*- C++ -*-===//

#ifndef MPC_LIB_FRONTEND_ONNX_INPUTS_H
#define MPC_LIB_FRONTEND_ONNX_INPUTS_H

#include "mpc/Frontend/ONNX.h"
#include <onnx/onnx_pb.h>

namespace mpc::onnx_import {

/// The shapes that the file gives, their open dims filled in from the options.
/// Errors: a dim that stays open, with the option that closes it, and a dim of
/// the options that no input has.
llvm::Expected<std::vector<data::Shape>>
getInputShapes(llvm::ArrayRef<const onnx::ValueInfoProto *> inputs,
               const ONNXOptions &options);

} // namespace mpc::onnx_import

#endif
