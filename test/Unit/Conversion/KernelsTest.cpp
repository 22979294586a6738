//===- KernelsTest.cpp - compiled regions against plain loops -------------===//

#include "KernelRunner.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <random>

namespace {

std::vector<float> makeData(size_t count, unsigned seed = 1) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> uniform(-2, 2);
  std::vector<float> data(count);
  for (float &value : data)
    value = uniform(engine);
  return data;
}

/// Runs whole and in slices of several sizes: the results must be the same bits.
template <typename T>
std::vector<T> runAllCuts(KernelRunner &runner, std::vector<void *> inputs, size_t count,
                          std::vector<int64_t> scalars = {}) {
  std::vector<T> whole(count), sliced(count);
  std::vector<void *> buffers = inputs;
  buffers.push_back(whole.data());
  runner.run(buffers, scalars);
  for (int64_t slice : {1, 2, 7}) {
    std::fill(sliced.begin(), sliced.end(), T(77));
    buffers.back() = sliced.data();
    runner.runInSlices(buffers, slice, scalars);
    EXPECT_EQ(std::memcmp(whole.data(), sliced.data(), count * sizeof(T)), 0)
        << "slices of " << slice;
  }
  return whole;
}

std::string substitute(std::string text, int64_t rows, int64_t columns) {
  for (auto [name, value] : {std::pair("N", rows), std::pair("C", columns)})
    for (size_t at; (at = text.find(std::string("$") + name)) != std::string::npos;)
      text.replace(at, 2, std::to_string(value));
  return text;
}

struct Size {
  int64_t rows, columns;
};
class Rows : public testing::TestWithParam<Size> {};

TEST_P(Rows, Softmax) {
  auto [rows, columns] = GetParam();
  KernelRunner runner(substitute(R"(
    func.func @f(%x: tensor<$Nx$Cxf32>) -> tensor<$Nx$Cxf32> {
      %y = mpc.fused (%a = %x : tensor<$Nx$Cxf32>) -> (tensor<$Nx$Cxf32>) {
        %m = mpc.reduce max %a dims [1] : tensor<$Nx$Cxf32> -> tensor<$Nx1xf32>
        %d = mpc.sub %a, %m : (tensor<$Nx$Cxf32>, tensor<$Nx1xf32>) -> tensor<$Nx$Cxf32>
        %e = mpc.exp %d : tensor<$Nx$Cxf32>
        %s = mpc.reduce sum %e dims [1] : tensor<$Nx$Cxf32> -> tensor<$Nx1xf32>
        %r = mpc.div %e, %s : (tensor<$Nx$Cxf32>, tensor<$Nx1xf32>) -> tensor<$Nx$Cxf32>
        mpc.yield %r : tensor<$Nx$Cxf32>
      }
      return %y : tensor<$Nx$Cxf32>
    })", rows, columns));
  ASSERT_TRUE(runner.isReady());
  std::vector<float> x = makeData(rows * columns);
  std::vector<float> y = runAllCuts<float>(runner, {x.data()}, x.size());
  for (int64_t r = 0; r < rows; ++r) {
    double sum = 0;
    for (int64_t c = 0; c < columns; ++c)
      sum += std::exp(double(x[r * columns + c]));
    for (int64_t c = 0; c < columns; ++c)
      ASSERT_NEAR(y[r * columns + c], std::exp(double(x[r * columns + c])) / sum, 2e-6);
  }
  // Every read of x in the last phase is at the element that is written.
  EXPECT_EQ(runner.kernel.aliases[0], llvm::SmallVector<unsigned>{0});
}

TEST_P(Rows, ColumnSum) {
  auto [rows, columns] = GetParam();
  KernelRunner runner(substitute(R"(
    func.func @f(%x: tensor<$Nx$Cxf32>) -> tensor<1x$Cxf32> {
      %y = mpc.fused (%a = %x : tensor<$Nx$Cxf32>) -> (tensor<1x$Cxf32>) {
        %q = mpc.mul %a, %a : tensor<$Nx$Cxf32>
        %m = mpc.reduce sum %q dims [0] : tensor<$Nx$Cxf32> -> tensor<1x$Cxf32>
        mpc.yield %m : tensor<1x$Cxf32>
      }
      return %y : tensor<1x$Cxf32>
    })", rows, columns));
  ASSERT_TRUE(runner.isReady());
  std::vector<float> x = makeData(rows * columns);
  std::vector<float> y = runAllCuts<float>(runner, {x.data()}, columns);
  for (int64_t c = 0; c < columns; ++c) {
    double sum = 0;
    for (int64_t r = 0; r < rows; ++r)
      sum += double(x[r * columns + c]) * x[r * columns + c];
    ASSERT_NEAR(y[c], sum, 1e-5 * (1 + sum));
  }
}

TEST_P(Rows, BroadcastAndGelu) {
  auto [rows, columns] = GetParam();
  KernelRunner runner(substitute(R"(
    func.func @f(%x: tensor<$Nx$Cxf32>, %b: tensor<$Cxf32>, %s: tensor<$Nx1xf32>) -> tensor<$Nx$Cxf32> {
      %y = mpc.fused (%a = %x : tensor<$Nx$Cxf32>, %c = %b : tensor<$Cxf32>, %t = %s : tensor<$Nx1xf32>) -> (tensor<$Nx$Cxf32>) {
        %0 = mpc.add %a, %c : (tensor<$Nx$Cxf32>, tensor<$Cxf32>) -> tensor<$Nx$Cxf32>
        %1 = mpc.mul %0, %t : (tensor<$Nx$Cxf32>, tensor<$Nx1xf32>) -> tensor<$Nx$Cxf32>
        %2 = mpc.gelu tanh %1 : tensor<$Nx$Cxf32>
        mpc.yield %2 : tensor<$Nx$Cxf32>
      }
      return %y : tensor<$Nx$Cxf32>
    })", rows, columns));
  ASSERT_TRUE(runner.isReady());
  std::vector<float> x = makeData(rows * columns), b = makeData(columns, 2), s = makeData(rows, 3);
  std::vector<float> y = runAllCuts<float>(runner, {x.data(), b.data(), s.data()}, x.size());
  for (int64_t i = 0; i < rows * columns; ++i) {
    double v = (double(x[i]) + b[i % columns]) * s[i / columns];
    double g = 0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));
    ASSERT_NEAR(y[i], g, 2e-6 * (1 + std::abs(g)));
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Rows,
                         testing::Values(Size{1, 1}, Size{1, 17}, Size{3, 1}, Size{5, 3},
                                         Size{17, 64}, Size{4, 1000}, Size{1000, 17},
                                         Size{2, 2100}));

} // namespace
