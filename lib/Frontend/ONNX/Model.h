//===- Model.h - a parsed ONNX file -----------------------------*- C++ -*-===//
//
// The protobuf classes and the tensors of a file. Sizes, types, offsets and
// paths are checked here: a tensor that this file returns is sound.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_FRONTEND_ONNX_MODEL_H
#define MPC_LIB_FRONTEND_ONNX_MODEL_H

#include "mpc/Data/File.h"
#include "mpc/Data/HostArray.h"
#include "llvm/ADT/StringMap.h"
#include <onnx/onnx_pb.h>

namespace mpc::onnx_import {

/// "f32" and so on for TensorProto::DataType; an error for strings, complex
/// numbers and the 4- and 8-bit floats.
llvm::Expected<data::ElementType> getElementType(int32_t dataType);

class Model {
public:
  /// `directory` is where external data lies.
  static llvm::Expected<Model> parse(llvm::ArrayRef<char> bytes,
                                     llvm::StringRef directory);

  const onnx::GraphProto &graph() const { return proto->graph(); }
  /// Of the default domain.
  int64_t opset() const { return version; }

  /// A view of the file where its bytes are those of the array.
  llvm::Expected<data::HostArray> read(const onnx::TensorProto &tensor);

private:
  llvm::Error findOpset();
  llvm::Expected<data::HostArray> readExternal(const onnx::TensorProto &tensor,
                                               data::ElementType type,
                                               llvm::ArrayRef<int64_t> shape);
  llvm::Expected<data::File::Mapping> map(llvm::StringRef location);

  std::shared_ptr<const onnx::ModelProto> proto;
  int64_t version = 0;
  std::string directory;
  llvm::StringMap<data::File::Mapping> mapped;
};

} // namespace mpc::onnx_import

#endif
