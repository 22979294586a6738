// ONNX's own test cases of single operators, from Debian's libonnx-testdata or
// from the folder that MPC_ONNX_CASES names: each operator that is imported
// gives the numbers that its specification does. Cases that are refused do not
// count; those that are imported must be right.
//
// Every case runs three times: as it is, but integers known at import (shapes
// and axes are inputs there); with everything known, which tests folding; and
// with mpc-raise.

#include "Interpreter/Interpreter.h"
#include "Model.h"

#include "mpc/Frontend/ONNX.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <gtest/gtest.h>
#include <set>

using namespace mpc;
using onnx_import::Model;
using test::Tensor;

static std::string findCases() {
  const char *given = std::getenv("MPC_ONNX_CASES");
  return given ? given : "/usr/share/libonnx-testdata/data/node";
}

/// The tensors PREFIX_0.pb, PREFIX_1.pb, ... of a case.
static std::vector<onnx::TensorProto> readTensors(const std::string &directory,
                                                  const std::string &prefix) {
  std::vector<onnx::TensorProto> tensors;
  while (auto buffer = llvm::MemoryBuffer::getFile(
             directory + "/test_data_set_0/" + prefix + "_" +
             std::to_string(tensors.size()) + ".pb")) {
    onnx::TensorProto tensor;
    if (!tensor.ParseFromString((*buffer)->getBuffer().str()))
      return {};
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

static llvm::Expected<Tensor> toTensor(const data::HostArray &array) {
  auto wide = array.convertedTo(data::ElementType::F64);
  if (!wide)
    return wide.takeError();
  llvm::ArrayRef<double> values = wide->as<double>();
  return Tensor{
      std::vector<int64_t>(array.shape().begin(), array.shape().end()),
      std::vector<double>(values.begin(), values.end())};
}

namespace {
enum class Mode { Plain, Folded, Raised };

class Case {
public:
  Case(std::string directory, Mode mode) : directory(directory), mode(mode) {}

  /// Refused cases are errors; so are wrong numbers, which `isWrong` tells.
  llvm::Error run();
  bool isWrong = false;

private:
  bool isKnown(const onnx::TensorProto &tensor) const {
    return mode == Mode::Folded ||
           (tensor.data_type() != onnx::TensorProto::FLOAT &&
            tensor.data_type() != onnx::TensorProto::DOUBLE);
  }
  llvm::Error makeModel();
  llvm::Error compare(llvm::ArrayRef<Tensor> got);
  double getTolerance() const;

  std::string directory;
  Mode mode;
  onnx::ModelProto proto;
  std::optional<Model> model;
  std::vector<Tensor> fed;
};
} // namespace

/// Known inputs become initializers.
llvm::Error Case::makeModel() {
  auto buffer = llvm::MemoryBuffer::getFile(directory + "/model.onnx");
  if (!buffer || !proto.ParseFromString((*buffer)->getBuffer().str()))
    return llvm::createStringError("no model");
  std::string bytes = proto.SerializeAsString();
  auto parsed = Model::parse(llvm::StringRef(bytes), directory);
  if (!parsed)
    return parsed.takeError();
  model = std::move(*parsed);
  std::vector<onnx::TensorProto> inputs = readTensors(directory, "input");
  onnx::GraphProto &graph = *proto.mutable_graph();
  if (static_cast<int>(inputs.size()) != graph.input_size())
    return llvm::createStringError("inputs that are no tensors");
  auto names = graph.input();
  graph.clear_input();
  for (auto [tensor, info] : llvm::zip_equal(inputs, names)) {
    if (isKnown(tensor)) {
      tensor.set_name(info.name());
      *graph.add_initializer() = tensor;
      continue;
    }
    *graph.add_input() = info;
    auto array = model->read(tensor);
    auto value =
        array ? toTensor(*array) : llvm::Expected<Tensor>(array.takeError());
    if (!value)
      return value.takeError();
    fed.push_back(std::move(*value));
  }
  return llvm::Error::success();
}

/// The interpreter does not round to the small types.
double Case::getTolerance() const {
  double tolerance = 1e-4;
  for (const char *prefix : {"input", "output"})
    for (const auto &tensor : readTensors(directory, prefix))
      if (tensor.data_type() == onnx::TensorProto::BFLOAT16)
        tolerance = 0.02;
      else if (tensor.data_type() == onnx::TensorProto::FLOAT16)
        tolerance = std::max(tolerance, 2e-3);
  return tolerance;
}

llvm::Error Case::compare(llvm::ArrayRef<Tensor> got) {
  std::vector<onnx::TensorProto> outputs = readTensors(directory, "output");
  if (outputs.size() != got.size())
    return llvm::createStringError("outputs that are no tensors");
  for (auto [index, tensor] : llvm::enumerate(outputs)) {
    auto array = model->read(tensor);
    auto expected =
        array ? toTensor(*array) : llvm::Expected<Tensor>(array.takeError());
    if (!expected)
      return expected.takeError();
    double tolerance = getTolerance();
    double error = expected->shape == got[index].shape ? 0 : INFINITY;
    for (size_t i = 0; !error && i < got[index].data.size(); ++i) {
      double a = got[index].data[i], b = expected->data[i];
      bool isEqual = a == b || (std::isnan(a) && std::isnan(b)) ||
                     std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b));
      error = isEqual ? 0 : 1;
    }
    isWrong |= error != 0;
  }
  return llvm::Error::success();
}

llvm::Error Case::run() {
  if (llvm::Error error = makeModel())
    return error;
  mlir::MLIRContext context;
  ONNXOptions options;
  options.raise = mode == Mode::Raised;
  std::string bytes = proto.SerializeAsString();
  auto imported =
      importONNXBytes(context, llvm::StringRef(bytes), directory, options);
  if (!imported)
    return imported.takeError();
  test::Variables variables;
  for (auto variable : imported->module->getOps<VariableOp>())
    for (const data::NamedArray &array : imported->weights)
      if (array.name == variable.getSymName()) {
        auto value = toTensor(array.array);
        if (!value)
          return value.takeError();
        auto shape = variable.getTensorType().getShape();
        value->shape.assign(shape.begin(), shape.end());
        variables[array.name] = std::move(*value);
      }
  auto result =
      test::evaluate(imported->module->lookupSymbol<mlir::func::FuncOp>("main"),
                     fed, variables);
  if (!result)
    return result.takeError();
  return compare(result->outputs);
}

class ConformanceTest : public testing::TestWithParam<Mode> {};

TEST_P(ConformanceTest, importedOperatorsAreRight) {
  std::error_code code;
  std::vector<std::string> wrong;
  int right = 0;
  std::map<std::string, int> refusals;
  for (llvm::sys::fs::directory_iterator it(findCases(), code), end;
       it != end && !code; it.increment(code)) {
    // Debian's cases of bf16 have numbers that were cut, not rounded.
    if (llvm::StringRef(it->path()).contains("BFLOAT16"))
      continue;
    Case testCase(it->path(), GetParam());
    if (llvm::Error error = testCase.run()) {
      ++refusals[llvm::toString(std::move(error)).substr(0, 100)];
      continue;
    }
    if (testCase.isWrong)
      wrong.push_back(llvm::sys::path::filename(it->path()).str());
    else
      ++right;
  }
  if (right + refusals.size() == 0)
    GTEST_SKIP() << "there is no folder " << findCases();
  if (std::getenv("MPC_ONNX_REFUSALS"))
    for (const auto &[reason, count] : refusals)
      llvm::errs() << count << " " << reason << "\n";
  llvm::errs() << right << " right\n";
  EXPECT_EQ(wrong, std::vector<std::string>());
  EXPECT_GT(right, 100);
}

INSTANTIATE_TEST_SUITE_P(Modes, ConformanceTest,
                         testing::Values(Mode::Plain, Mode::Folded,
                                         Mode::Raised));
