#include "TestGraph.h"

using namespace mpc;

TestGraph::TestGraph(int64_t opset) {
  model.set_ir_version(8);
  model.add_opset_import()->set_version(opset);
  model.mutable_graph()->set_name("test");
}

void TestGraph::input(llvm::StringRef name, llvm::ArrayRef<int64_t> shape,
                      int32_t type) {
  onnx::ValueInfoProto *input = model.mutable_graph()->add_input();
  input->set_name(name.str());
  auto *tensor = input->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  tensor->mutable_shape();
  for (auto [index, size] : llvm::enumerate(shape)) {
    auto *dim = tensor->mutable_shape()->add_dim();
    if (size < 0)
      dim->set_dim_param("d" + std::to_string(index));
    else
      dim->set_dim_value(size);
  }
}

onnx::TensorProto &TestGraph::weight(llvm::StringRef name,
                                     llvm::ArrayRef<int64_t> shape,
                                     llvm::ArrayRef<float> values) {
  onnx::TensorProto *tensor = model.mutable_graph()->add_initializer();
  tensor->set_name(name.str());
  tensor->set_data_type(onnx::TensorProto::FLOAT);
  for (int64_t size : shape)
    tensor->add_dims(size);
  for (float value : values)
    tensor->add_float_data(value);
  return *tensor;
}

void TestGraph::integers(llvm::StringRef name, llvm::ArrayRef<int64_t> values) {
  onnx::TensorProto *tensor = model.mutable_graph()->add_initializer();
  tensor->set_name(name.str());
  tensor->set_data_type(onnx::TensorProto::INT64);
  tensor->add_dims(values.size());
  for (int64_t value : values)
    tensor->add_int64_data(value);
}

onnx::NodeProto &TestGraph::node(llvm::StringRef op,
                                 std::vector<std::string> inputs,
                                 llvm::StringRef output) {
  onnx::NodeProto *node = model.mutable_graph()->add_node();
  node->set_op_type(op.str());
  for (std::string &name : inputs)
    node->add_input(std::move(name));
  node->add_output(output.str());
  return *node;
}

void TestGraph::attribute(onnx::NodeProto &node, llvm::StringRef name,
                          int64_t value) {
  onnx::AttributeProto *attribute = node.add_attribute();
  attribute->set_name(name.str());
  attribute->set_type(onnx::AttributeProto::INT);
  attribute->set_i(value);
}

llvm::Expected<ImportedModel>
TestGraph::import(std::vector<std::string> outputs, ONNXOptions options,
                  llvm::StringRef directory) {
  model.mutable_graph()->clear_output();
  for (const std::string &name : outputs)
    model.mutable_graph()->add_output()->set_name(name);
  std::string bytes = model.SerializeAsString();
  return importONNXBytes(*context, llvm::StringRef(bytes), directory, options);
}

std::string TestGraph::print(std::vector<std::string> outputs,
                             ONNXOptions options) {
  auto imported = import(std::move(outputs), options);
  if (!imported)
    return llvm::toString(imported.takeError());
  std::string text;
  llvm::raw_string_ostream os(text);
  imported->module->print(os);
  return text;
}
