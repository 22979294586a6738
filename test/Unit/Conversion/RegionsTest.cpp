//===- RegionsTest.cpp - regions of whole models against the interpreter --===//

#include "Interpreter/TestModule.h"
#include "mpc/Conversion/Kernels.h"
#include "llvm/Support/MemoryBuffer.h"
#include <gtest/gtest.h>
#include <random>

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

/// Ops on values of a few related shapes, so that many of them can be fused.
class RandomProgram {
public:
  explicit RandomProgram(unsigned seed) : engine(seed) {}
  std::string make(unsigned numOps) {
    int64_t n = pick<int64_t>({1, 2, 5, 16}), c = pick<int64_t>({1, 3, 17, 48});
    for (Shape shape : {Shape{n, c}, Shape{n, c}, Shape{n, 1}, Shape{c},
                        Shape{c, n}, Shape{}})
      addArgument(shape);
    while (ops < numOps)
      addOp();
    return "func.func @f(" + arguments + ") -> (" +
           typeOf(values.back().second) + ", " +
           typeOf(values[values.size() - 3].second) + ") {\n" + body +
           "  return %" + values.back().first + ", %" +
           values[values.size() - 3].first + " : " +
           typeOf(values.back().second) + ", " +
           typeOf(values[values.size() - 3].second) + "\n}\n";
  }

private:
  using Shape = std::vector<int64_t>;
  using Named = std::pair<std::string, Shape>;
  template <typename T> T pick(std::vector<T> choices) {
    return choices[engine() % choices.size()];
  }
  static std::string typeOf(const Shape &shape) {
    std::string text = "tensor<";
    for (int64_t size : shape)
      text += std::to_string(size) + "x";
    return text + "f32>";
  }
  void addArgument(const Shape &shape) {
    std::string name = "x" + std::to_string(values.size());
    arguments +=
        (arguments.empty() ? "%" : ", %") + name + ": " + typeOf(shape);
    values.emplace_back(name, shape);
  }
  void add(const std::string &text, const Shape &shape) {
    std::string name = "v" + std::to_string(ops++);
    body += "  %" + name + " = mpc." + text + "\n";
    values.emplace_back(name, shape);
  }
  /// The NumPy broadcast; none where sizes disagree.
  static std::optional<Shape> broadcast(Shape a, Shape b) {
    if (a.size() < b.size())
      std::swap(a, b);
    for (size_t i = 0; i < b.size(); ++i) {
      int64_t &size = a[a.size() - b.size() + i];
      if (size != b[i] && size != 1 && b[i] != 1)
        return std::nullopt;
      size = std::max(size, b[i]);
    }
    return a;
  }
  void addBinary(const Named &a, const Named &b) {
    std::optional<Shape> shape = broadcast(a.second, b.second);
    if (!shape)
      return;
    add(pick<std::string>({"add", "mul", "maximum", "sub"}) + " %" + a.first +
            ", %" + b.first + " : (" + typeOf(a.second) + ", " +
            typeOf(b.second) + ") -> " + typeOf(*shape),
        *shape);
  }
  void addReduce(const Named &a) {
    Shape shape = a.second;
    if (shape.empty())
      return;
    size_t dim = engine() % shape.size();
    shape[dim] = 1;
    add("reduce " + pick<std::string>({"sum", "max", "min"}) + " %" + a.first +
            " dims [" + std::to_string(dim) + "] : " + typeOf(a.second) +
            " -> " + typeOf(shape),
        shape);
  }
  void addView(const Named &a) {
    if (a.second.size() != 2)
      return;
    Shape turned{a.second[1], a.second[0]}, line{a.second[0] * a.second[1]};
    Shape cut{a.second[0], (a.second[1] + 1) / 2};
    switch (engine() % 3) {
    case 0:
      return add("transpose %" + a.first + " [1, 0] : " + typeOf(a.second) +
                     " -> " + typeOf(turned),
                 turned);
    case 1:
      return add("reshape %" + a.first + " : " + typeOf(a.second) + " to " +
                     typeOf(turned),
                 turned);
    default:
      return add("slice %" + a.first + " dim 1 start " +
                     std::to_string(a.second[1] - cut[1]) + " size " +
                     std::to_string(cut[1]) + " : " + typeOf(a.second) +
                     " -> " + typeOf(cut),
                 cut);
    }
  }
  void addMatmul(const Named &a, const Named &b) {
    if (a.second.size() != 2 || b.second.size() != 2 ||
        a.second[1] != b.second[0])
      return;
    Shape shape{a.second[0], b.second[1]};
    add("matmul %" + a.first + ", %" + b.first + " : (" + typeOf(a.second) +
            ", " + typeOf(b.second) + ") -> " + typeOf(shape),
        shape);
  }
  void addOp() {
    Named a = values[engine() % values.size()],
          b = values[engine() % values.size()];
    // Mostly what was made last: chains are what is fused.
    if (engine() % 2)
      a = values.back();
    switch (engine() % 8) {
    case 0:
      return addReduce(a);
    case 1:
      return addView(a);
    case 2:
      return addMatmul(a, b);
    case 3:
    case 4:
      return add(pick<std::string>({"tanh", "neg", "relu", "sigmoid"}) + " %" +
                     a.first + " : " + typeOf(a.second),
                 a.second);
    default:
      return addBinary(a, b);
    }
  }

  std::mt19937 engine;
  std::vector<Named> values;
  std::string arguments, body;
  unsigned ops = 0;
};

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
