//===- RegionsTest.cpp - regions of whole models against the interpreter --===//

#include "Interpreter/TestModule.h"
#include "RandomProgram.h"
#include "mpc/Conversion/Kernels.h"
#include "llvm/Support/MemoryBuffer.h"
#include <gtest/gtest.h>

using namespace mpc;
using namespace mpc::test;

namespace {

std::string readModel(const std::string &name) {
  auto file = llvm::MemoryBuffer::getFile(std::string(MPC_MODELS "/") + name);
  return file ? (*file)->getBuffer().str() : "";
}

/// Values that every op accepts: small ids, truth values, positive numbers.
Tensor makeInput(mlir::RankedTensorType type, unsigned seed) {
  mlir::Type element = type.getElementType();
  if (mlir::isa<mlir::FloatType>(element))
    return makeRandom(type.getShape(), seed, 0.1, 1.5);
  Tensor tensor =
      makeRandom(type.getShape(), seed, 0, element.isInteger(1) ? 2 : 10);
  for (double &value : tensor.data)
    value = std::floor(value);
  return tensor;
}

/// Elements as a kernel sees them; element types of the models only.
std::vector<char> toBytes(const Tensor &tensor, mlir::Type element) {
  std::vector<char> bytes(tensor.data.size() * 8);
  for (size_t i = 0; i < tensor.data.size(); ++i) {
    if (element.isF32())
      reinterpret_cast<float *>(bytes.data())[i] =
          static_cast<float>(tensor.data[i]);
    else if (element.isInteger(64))
      reinterpret_cast<int64_t *>(bytes.data())[i] =
          static_cast<int64_t>(tensor.data[i]);
    else if (element.isInteger(1))
      bytes[i] = tensor.data[i] != 0;
    else
      ADD_FAILURE() << "no test data for this element type";
  }
  return bytes;
}

Tensor fromBytes(const std::vector<char> &bytes, mlir::RankedTensorType type) {
  Tensor tensor = Tensor::zeros(type.getShape());
  mlir::Type element = type.getElementType();
  for (size_t i = 0; i < tensor.data.size(); ++i)
    tensor.data[i] =
        element.isF32() ? reinterpret_cast<const float *>(bytes.data())[i]
        : element.isInteger(64)
            ? double(reinterpret_cast<const int64_t *>(bytes.data())[i])
            : bytes[i];
  return tensor;
}

mlir::RankedTensorType typeOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}

/// The region's results, op by op.
std::vector<Tensor> interpret(FusedOp op, const std::vector<Tensor> &inputs) {
  llvm::DenseMap<mlir::Value, Tensor> values;
  mlir::Block &body = op.getBody().front();
  for (auto [argument, input] : llvm::zip_equal(body.getArguments(), inputs))
    values[argument] = input;
  for (mlir::Operation &inner : body.without_terminator()) {
    std::vector<Tensor> operands;
    for (mlir::Value operand : inner.getOperands())
      operands.push_back(values[operand]);
    values[inner.getResult(0)] =
        llvm::cantFail(evaluateOp(&inner, operands))[0];
  }
  std::vector<Tensor> results;
  for (mlir::Value value : body.getTerminator()->getOperands())
    results.push_back(values[value]);
  return results;
}

/// Runs a kernel in slices of its grain, each output in the first input that it
/// may overwrite where `inPlace`.
std::vector<Tensor> execute(FusedOp op, const Kernel &kernel,
                            KernelFn *function,
                            const std::vector<Tensor> &inputs, bool inPlace) {
  std::vector<std::vector<char>> storage;
  for (auto [value, input] : llvm::zip_equal(op.getInputs(), inputs))
    storage.push_back(toBytes(input, typeOf(value).getElementType()));
  for (mlir::Value value : op.getOutputs())
    storage.emplace_back(typeOf(value).getNumElements() * 8, char(0x5a));
  std::vector<char *> buffers;
  for (auto &bytes : storage)
    buffers.push_back(bytes.data());
  std::set<unsigned> taken;
  for (unsigned output = 0; inPlace && output < kernel.aliases.size(); ++output)
    for (unsigned input : kernel.aliases[output])
      if (taken.insert(input).second) {
        buffers[inputs.size() + output] = buffers[input];
        break;
      }
  for (int64_t begin = 0; begin < kernel.extent; begin += kernel.grain)
    function(buffers.data(), nullptr, begin,
             std::min(begin + kernel.grain, kernel.extent));
  std::vector<Tensor> results;
  for (auto [output, value] : llvm::enumerate(op.getOutputs())) {
    const char *data = buffers[inputs.size() + output];
    results.push_back(fromBytes(
        {data, data + typeOf(value).getNumElements() * 8}, typeOf(value)));
  }
  return results;
}

/// Compiles all regions and compares each with its ops; returns how many differ
/// in structure.
size_t checkRegions(TestModule &module) {
  KernelLibrary library(*module.get().getContext(), KernelOptions{""});
  std::map<std::string, std::pair<FusedOp, Kernel>> kernels;
  module.get().walk([&](FusedOp op) {
    auto kernel = library.add(op);
    EXPECT_TRUE(succeeded(kernel));
    if (succeeded(kernel))
      kernels.try_emplace(kernel->symbol, op, *kernel);
  });
  llvm::cantFail(library.compile());
  for (auto &[symbol, region] : kernels) {
    auto [op, kernel] = region;
    auto *function =
        reinterpret_cast<KernelFn *>(llvm::cantFail(library.lookup(symbol)));
    std::vector<Tensor> inputs;
    for (mlir::Value value : op.getInputs())
      inputs.push_back(makeInput(typeOf(value), inputs.size() + 1));
    std::vector<Tensor> expected = interpret(op, inputs);
    for (bool inPlace : {false, true}) {
      std::vector<Tensor> found =
          execute(op, kernel, function, inputs, inPlace);
      for (size_t i = 0; i < found.size(); ++i)
        if (double error = getMaxError(found[i], expected[i]);
            !(error < 1e-4)) {
          ADD_FAILURE() << "result " << i << (inPlace ? " in place" : "")
                        << " is wrong by " << error;
          llvm::errs() << op << "\n";
        }
    }
  }
  return kernels.size();
}

class Models : public testing::TestWithParam<const char *> {};

TEST_P(Models, EveryRegionComputesWhatItsOpsDo) {
  TestModule module(readModel(GetParam()));
  ASSERT_TRUE(bool(module));
  ASSERT_TRUE(succeeded(module.run(
      "mpc-autodiff,mpc-add-optimizer,mpc-decompose,canonicalize,cse,"
      "func.func(mpc-form-fused)")));
  EXPECT_GT(checkRegions(module), 5u);
}

//===----------------------------------------------------------------------===//
// Random programs
//===----------------------------------------------------------------------===//

class RandomPrograms : public testing::TestWithParam<unsigned> {};

TEST_P(RandomPrograms, EveryRegionComputesWhatItsOpsDo) {
  std::string text = RandomProgram(GetParam()).make(30);
  TestModule module(text);
  ASSERT_TRUE(bool(module)) << text;
  ASSERT_TRUE(succeeded(module.run("func.func(mpc-form-fused)"))) << text;
  checkRegions(module);
  if (HasFailure())
    llvm::errs() << text;
}

// Results in place of what others read, values kept where one is stored, and
// reductions of single elements.
INSTANTIATE_TEST_SUITE_P(Found, RandomPrograms,
                         testing::Values(28u, 44u, 115u, 190u, 262u));

INSTANTIATE_TEST_SUITE_P(Seeds, RandomPrograms, testing::Range(0u, 20u));

INSTANTIATE_TEST_SUITE_P(All, Models,
                         testing::Values("mlp-tiny.mlir", "skip.mlir",
                                         "mlp.mlir", "gpt-tiny.mlir"));

} // namespace
