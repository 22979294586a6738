//===- TestGraph.h - small ONNX models for tests ----------------*- C++ -*-===//
//
//   TestGraph g;
//   g.input("x", {2, 4});
//   g.weight("w", {4, 3}, {...});
//   g.node("MatMul", {"x", "w"}, "y");
//   auto model = g.import({"y"});
//
//===----------------------------------------------------------------------===//

#ifndef MPC_TEST_UNIT_FRONTEND_TESTGRAPH_H
#define MPC_TEST_UNIT_FRONTEND_TESTGRAPH_H

#include "mpc/Frontend/ONNX.h"
#include <onnx/onnx_pb.h>

class TestGraph {
public:
  explicit TestGraph(int64_t opset = 18);

  /// A dim below 0 is open; its name is "d" and its place.
  void input(llvm::StringRef name, llvm::ArrayRef<int64_t> shape,
             int32_t type = onnx::TensorProto::FLOAT);
  onnx::TensorProto &weight(llvm::StringRef name, llvm::ArrayRef<int64_t> shape,
                            llvm::ArrayRef<float> values);
  void integers(llvm::StringRef name, llvm::ArrayRef<int64_t> values);
  onnx::NodeProto &node(llvm::StringRef op, std::vector<std::string> inputs,
                        llvm::StringRef output);
  static void attribute(onnx::NodeProto &node, llvm::StringRef name,
                        int64_t value);

  llvm::Expected<mpc::ImportedModel> import(std::vector<std::string> outputs,
                                            mpc::ONNXOptions options = {},
                                            llvm::StringRef directory = ".");
  /// The text of the module, or of the error.
  std::string print(std::vector<std::string> outputs,
                    mpc::ONNXOptions options = {});

  onnx::ModelProto model;

private:
  std::unique_ptr<mlir::MLIRContext> context =
      std::make_unique<mlir::MLIRContext>();
};

#endif
