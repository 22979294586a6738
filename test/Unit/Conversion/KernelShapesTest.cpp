//===- KernelShapesTest.cpp - views, gathers, element types, aliases ------===//

#include "KernelRunner.h"
#include <cmath>

namespace {

using Bytes = std::vector<char>;

template <typename T> std::vector<T> iota(size_t count, T start = T(0)) {
  std::vector<T> data(count);
  for (size_t i = 0; i < count; ++i)
    data[i] = T(start + T(i));
  return data;
}

/// Runs in slices of three units, into `count` elements.
template <typename T>
std::vector<T> run(KernelRunner &runner, std::vector<void *> inputs,
                   size_t count, std::vector<int64_t> scalars = {}) {
  std::vector<T> out(count, T(7));
  inputs.push_back(out.data());
  runner.runInSlices(inputs, 3, scalars);
  return out;
}

TEST(Views, TransposeOfThreeDimensions) {
  KernelRunner runner(R"(
    func.func @f(%x: tensor<5x17x33xf32>) -> tensor<33x5x17xf32> {
      %y = mpc.fused (%a = %x : tensor<5x17x33xf32>) -> (tensor<33x5x17xf32>) {
        %t = mpc.transpose %a [2, 0, 1] : tensor<5x17x33xf32> -> tensor<33x5x17xf32>
        mpc.yield %t : tensor<33x5x17xf32>
      }
      return %y : tensor<33x5x17xf32>
    })");
  ASSERT_TRUE(runner.isReady());
  std::vector<float> x = iota<float>(5 * 17 * 33);
  std::vector<float> y = run<float>(runner, {x.data()}, x.size());
  for (int i = 0; i < 33; ++i)
    for (int j = 0; j < 5; ++j)
      for (int k = 0; k < 17; ++k)
        ASSERT_EQ(y[(i * 5 + j) * 17 + k], x[(j * 17 + k) * 33 + i]);
  EXPECT_TRUE(runner.kernel.aliases[0].empty())
      << "another element is read than written";
}

TEST(Views, MatrixPlusItsTranspose) {
  KernelRunner runner(R"(
    func.func @f(%x: tensor<19x19xf32>) -> tensor<19x19xf32> {
      %y = mpc.fused (%a = %x : tensor<19x19xf32>) -> (tensor<19x19xf32>) {
        %t = mpc.transpose %a [1, 0] : tensor<19x19xf32> -> tensor<19x19xf32>
        %s = mpc.add %a, %t : tensor<19x19xf32>
        mpc.yield %s : tensor<19x19xf32>
      }
      return %y : tensor<19x19xf32>
    })");
  ASSERT_TRUE(runner.isReady());
  std::vector<float> x = iota<float>(19 * 19);
  std::vector<float> y = run<float>(runner, {x.data()}, x.size());
  for (int i = 0; i < 19; ++i)
    for (int j = 0; j < 19; ++j)
      ASSERT_EQ(y[i * 19 + j], x[i * 19 + j] + x[j * 19 + i]);
  EXPECT_TRUE(runner.kernel.aliases[0].empty());
}

TEST(Views, SlicesOfOneTensor) {
  KernelRunner runner(R"(
    func.func @f(%x: tensor<4x3x20xf32>) -> tensor<4x1x20xf32> {
      %y = mpc.fused (%a = %x : tensor<4x3x20xf32>) -> (tensor<4x1x20xf32>) {
        %p = mpc.slice %a dim 1 start 1 size 1 : tensor<4x3x20xf32> -> tensor<4x1x20xf32>
        %q = mpc.slice %a dim 1 start 2 size 1 : tensor<4x3x20xf32> -> tensor<4x1x20xf32>
        %s = mpc.sub %p, %q : tensor<4x1x20xf32>
        mpc.yield %s : tensor<4x1x20xf32>
      }
      return %y : tensor<4x1x20xf32>
    })");
  ASSERT_TRUE(runner.isReady());
  std::vector<float> x = iota<float>(240);
  for (float value : run<float>(runner, {x.data()}, 80))
    ASSERT_EQ(value, -20);
}

TEST(Views, ReshapeSplitsTheFactorsAround) {
  // Sums over heads: [6, 8 * 5] is seen as [6, 8, 5] inside.
  KernelRunner runner(R"(
    func.func @f(%x: tensor<6x40xf32>) -> tensor<6x1x5xf32> {
      %y = mpc.fused (%a = %x : tensor<6x40xf32>) -> (tensor<6x1x5xf32>) {
        %n = mpc.neg %a : tensor<6x40xf32>
        %r = mpc.reshape %n : tensor<6x40xf32> to tensor<6x8x5xf32>
        %s = mpc.reduce sum %r dims [1] : tensor<6x8x5xf32> -> tensor<6x1x5xf32>
        mpc.yield %s : tensor<6x1x5xf32>
      }
      return %y : tensor<6x1x5xf32>
    })");
  ASSERT_TRUE(runner.isReady());
  std::vector<float> x = iota<float>(240);
  std::vector<float> y = run<float>(runner, {x.data()}, 30);
  for (int i = 0; i < 6; ++i)
    for (int k = 0; k < 5; ++k) {
      float sum = 0;
      for (int h = 0; h < 8; ++h)
        sum -= x[i * 40 + h * 5 + k];
      ASSERT_EQ(y[i * 5 + k], sum);
    }
}

TEST(Reductions, OuterAndInnerDimensionsWithMaxAndMin) {
  KernelRunner runner(R"(
    func.func @f(%x: tensor<7x5x21xf32>) -> (tensor<1x5x1xf32>, tensor<1x5x1xf32>) {
      %y:2 = mpc.fused (%a = %x : tensor<7x5x21xf32>) -> (tensor<1x5x1xf32>, tensor<1x5x1xf32>) {
        %s = mpc.reduce max %a dims [0, 2] : tensor<7x5x21xf32> -> tensor<1x5x1xf32>
        %t = mpc.reduce min %a dims [0, 2] : tensor<7x5x21xf32> -> tensor<1x5x1xf32>
        mpc.yield %s, %t : tensor<1x5x1xf32>, tensor<1x5x1xf32>
      }
      return %y#0, %y#1 : tensor<1x5x1xf32>, tensor<1x5x1xf32>
    })");
  ASSERT_TRUE(runner.isReady());
  std::vector<float> x = iota<float>(7 * 5 * 21, -300), max(5), min(5);
  runner.runInSlices({x.data(), max.data(), min.data()}, 2);
  for (int j = 0; j < 5; ++j) {
    EXPECT_EQ(max[j], x[(6 * 5 + j) * 21 + 20]);
    EXPECT_EQ(min[j], x[j * 21]);
  }
}

TEST(Reductions, SoftmaxOverTheFirstDimension) {
  KernelRunner runner(R"(
    func.func @f(%x: tensor<9x70xf32>) -> tensor<9x70xf32> {
      %y = mpc.fused (%a = %x : tensor<9x70xf32>) -> (tensor<9x70xf32>) {
        %m = mpc.reduce max %a dims [0] : tensor<9x70xf32> -> tensor<1x70xf32>
        %d = mpc.sub %a, %m : (tensor<9x70xf32>, tensor<1x70xf32>) -> tensor<9x70xf32>
        %e = mpc.exp %d : tensor<9x70xf32>
        %s = mpc.reduce sum %e dims [0] : tensor<9x70xf32> -> tensor<1x70xf32>
        %r = mpc.div %e, %s : (tensor<9x70xf32>, tensor<1x70xf32>) -> tensor<9x70xf32>
        mpc.yield %r : tensor<9x70xf32>
      }
      return %y : tensor<9x70xf32>
    })");
  ASSERT_TRUE(runner.isReady());
  std::vector<float> x(630);
  for (int i = 0; i < 630; ++i)
    x[i] = std::sin(i);
  std::vector<float> y = run<float>(runner, {x.data()}, 630);
  for (int c = 0; c < 70; ++c) {
    double sum = 0;
    for (int r = 0; r < 9; ++r)
      sum += std::exp(double(x[r * 70 + c]));
    for (int r = 0; r < 9; ++r)
      ASSERT_NEAR(y[r * 70 + c], std::exp(double(x[r * 70 + c])) / sum, 1e-6);
  }
}

TEST(Reductions, EverythingToOneNumber) {
  KernelRunner runner(R"(
    func.func @f(%x: tensor<37x53xi64>) -> tensor<1x1xi64> {
      %y = mpc.fused (%a = %x : tensor<37x53xi64>) -> (tensor<1x1xi64>) {
        %s = mpc.reduce sum %a dims [0, 1] : tensor<37x53xi64> -> tensor<1x1xi64>
        mpc.yield %s : tensor<1x1xi64>
      }
      return %y : tensor<1x1xi64>
    })");
  ASSERT_TRUE(runner.isReady());
  std::vector<int64_t> x = iota<int64_t>(37 * 53);
  EXPECT_EQ(run<int64_t>(runner, {x.data()}, 1)[0],
            37 * 53 * (37 * 53 - 1) / 2);
}

TEST(Elements, BytesAndTruthValues) {
  KernelRunner runner(R"(
    func.func @f(%x: tensor<41xui8>) -> (tensor<41xi1>, tensor<41xf32>) {
      %y:2 = mpc.fused (%a = %x : tensor<41xui8>) -> (tensor<41xi1>, tensor<41xf32>) {
        %f = mpc.cast %a : tensor<41xui8> to tensor<41xf32>
        %h = mpc.constant 200.0 : tensor<f32>
        %m = mpc.compare ge %f, %h : (tensor<41xf32>, tensor<f32>) -> tensor<41xi1>
        mpc.yield %m, %f : tensor<41xi1>, tensor<41xf32>
      }
      return %y#0, %y#1 : tensor<41xi1>, tensor<41xf32>
    })");
  ASSERT_TRUE(runner.isReady());
  std::vector<uint8_t> x(41);
  for (int i = 0; i < 41; ++i)
    x[i] = i * 6;
  std::vector<uint8_t> mask(41, 9);
  std::vector<float> values(41);
  runner.run({x.data(), mask.data(), values.data()});
  for (int i = 0; i < 41; ++i) {
    ASSERT_EQ(mask[i], i * 6 >= 200 ? 1 : 0);
    ASSERT_EQ(values[i], i * 6);
  }
}

TEST(Elements, DoublesAreComputedAsDoubles) {
  KernelRunner runner(R"(
    func.func @f(%x: tensor<3x11xf64>) -> tensor<3x1xf64> {
      %y = mpc.fused (%a = %x : tensor<3x11xf64>) -> (tensor<3x1xf64>) {
        %q = mpc.mul %a, %a : tensor<3x11xf64>
        %s = mpc.reduce sum %q dims [1] : tensor<3x11xf64> -> tensor<3x1xf64>
        %r = mpc.sqrt %s : tensor<3x1xf64>
        mpc.yield %r : tensor<3x1xf64>
      }
      return %y : tensor<3x1xf64>
    })");
  ASSERT_TRUE(runner.isReady());
  std::vector<double> x = iota<double>(33);
  std::vector<double> y = run<double>(runner, {x.data()}, 3);
  for (int r = 0; r < 3; ++r) {
    double sum = 0;
    for (int c = 0; c < 11; ++c)
      sum += x[r * 11 + c] * x[r * 11 + c];
    ASSERT_NEAR(y[r], std::sqrt(sum), 1e-13 * std::sqrt(sum));
  }
}

TEST(Elements, BFloat16IsRoundedOnceWhenStored) {
  KernelRunner runner(R"(
    func.func @f(%x: tensor<21xbf16>) -> tensor<21xbf16> {
      %y = mpc.fused (%a = %x : tensor<21xbf16>) -> (tensor<21xbf16>) {
        %q = mpc.mul %a, %a : tensor<21xbf16>
        %s = mpc.add %q, %a : tensor<21xbf16>
        mpc.yield %s : tensor<21xbf16>
      }
      return %y : tensor<21xbf16>
    })");
  ASSERT_TRUE(runner.isReady());
  std::vector<uint16_t> x(21);
  auto toFloat = [](uint16_t bits) {
    uint32_t wide = uint32_t(bits) << 16;
    float value;
    std::memcpy(&value, &wide, 4);
    return value;
  };
  for (int i = 0; i < 21; ++i)
    x[i] = 0x3f80 + 5 * i; // From 1.0 up.
  std::vector<uint16_t> y = run<uint16_t>(runner, {x.data()}, 21);
  for (int i = 0; i < 21; ++i) {
    float v = toFloat(x[i]), expected = v * v + v;
    ASSERT_NEAR(toFloat(y[i]), expected, expected / 256);
  }
}

TEST(Positions, GlobalIndexStartsAtTheShard) {
  KernelRunner runner(R"(
    func.func @f(%x: tensor<6x20xi64>) -> tensor<6x20xi64> {
      %y = mpc.fused (%a = %x : tensor<6x20xi64>) -> (tensor<6x20xi64>) {
        %i = mpc.global_index %a dim 0 : tensor<6x20xi64> -> tensor<6x1xi64>
        %j = mpc.global_index %a dim 1 offset <["tensor"] by 20> : tensor<6x20xi64> -> tensor<1x20xi64>
        %t = mpc.constant 1000 : tensor<i64>
        %k = mpc.mul %i, %t : (tensor<6x1xi64>, tensor<i64>) -> tensor<6x1xi64>
        %s = mpc.add %k, %j : (tensor<6x1xi64>, tensor<1x20xi64>) -> tensor<6x20xi64>
        mpc.yield %s : tensor<6x20xi64>
      }
      return %y : tensor<6x20xi64>
    })");
  ASSERT_TRUE(runner.isReady());
  ASSERT_EQ(runner.kernel.scalars.size(), 1u);
  std::vector<int64_t> x(120);
  std::vector<int64_t> y = run<int64_t>(runner, {x.data()}, 120, {40});
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 20; ++j)
      ASSERT_EQ(y[i * 20 + j], 1000 * i + 40 + j);
}

TEST(Tables, EmbeddingOfAShardYieldsZerosElsewhere) {
  KernelRunner runner(R"(
    func.func @f(%t: tensor<10x19xf32>, %ids: tensor<2x4xi64>, %p: tensor<4x19xf32>) -> tensor<2x4x19xf32> {
      %y = mpc.fused (%a = %t : tensor<10x19xf32>, %b = %ids : tensor<2x4xi64>, %c = %p : tensor<4x19xf32>) -> (tensor<2x4x19xf32>) {
        %e = mpc.embedding %a, %b offset <["tensor"] by 10> : (tensor<10x19xf32>, tensor<2x4xi64>) -> tensor<2x4x19xf32>
        %s = mpc.add %e, %c : (tensor<2x4x19xf32>, tensor<4x19xf32>) -> tensor<2x4x19xf32>
        mpc.yield %s : tensor<2x4x19xf32>
      }
      return %y : tensor<2x4x19xf32>
    })");
  ASSERT_TRUE(runner.isReady());
  std::vector<float> table = iota<float>(190), p = iota<float>(76, 1000);
  std::vector<int64_t> ids = {10, 19, 20, 9, -1, 15, 1LL << 40, 12};
  std::vector<float> y =
      run<float>(runner, {table.data(), ids.data(), p.data()}, 152, {10});
  for (int i = 0; i < 8; ++i)
    for (int d = 0; d < 19; ++d) {
      int64_t row = ids[i] - 10;
      float found = row >= 0 && row < 10 ? table[row * 19 + d] : 0;
      ASSERT_EQ(y[i * 19 + d], found + p[i % 4 * 19 + d]) << i << " " << d;
    }
}

TEST(Tables, EmbeddingOfNumbersGathersLanes) {
  KernelRunner runner(R"(
    func.func @f(%t: tensor<10xf32>, %ids: tensor<37xi32>) -> tensor<37xf32> {
      %y = mpc.fused (%a = %t : tensor<10xf32>, %b = %ids : tensor<37xi32>) -> (tensor<37xf32>) {
        %e = mpc.embedding %a, %b : (tensor<10xf32>, tensor<37xi32>) -> tensor<37xf32>
        mpc.yield %e : tensor<37xf32>
      }
      return %y : tensor<37xf32>
    })");
  ASSERT_TRUE(runner.isReady());
  std::vector<float> table = iota<float>(10, 50);
  std::vector<int32_t> ids(37);
  for (int i = 0; i < 37; ++i)
    ids[i] = i % 13 - 1;
  std::vector<float> y = run<float>(runner, {table.data(), ids.data()}, 37);
  for (int i = 0; i < 37; ++i)
    ASSERT_EQ(y[i], ids[i] >= 0 && ids[i] < 10 ? table[ids[i]] : 0);
}

TEST(Tables, ScatterAddsInOrderAndDropsOthers) {
  KernelRunner runner(R"(
    func.func @f(%ids: tensor<2x4xi64>, %u: tensor<2x4x19xf32>) -> tensor<10x19xf32> {
      %y = mpc.fused (%a = %ids : tensor<2x4xi64>, %b = %u : tensor<2x4x19xf32>) -> (tensor<10x19xf32>) {
        %s = mpc.scatter_add %a, %b offset <["tensor"] by 10> : (tensor<2x4xi64>, tensor<2x4x19xf32>) -> tensor<10x19xf32>
        mpc.yield %s : tensor<10x19xf32>
      }
      return %y : tensor<10x19xf32>
    })");
  ASSERT_TRUE(runner.isReady());
  EXPECT_EQ(runner.kernel.extent, 10);
  std::vector<int64_t> ids = {10, 19, 20, 9, 10, 15, -3, 10};
  std::vector<float> updates = iota<float>(152, 1);
  std::vector<float> expected(190);
  for (int i = 0; i < 8; ++i)
    if (ids[i] >= 10 && ids[i] < 20)
      for (int d = 0; d < 19; ++d)
        expected[(ids[i] - 10) * 19 + d] += updates[i * 19 + d];
  for (int64_t slice : {1, 3, 10}) {
    std::vector<float> y(190, 7);
    runner.runInSlices({ids.data(), updates.data(), y.data()}, slice, {10});
    EXPECT_EQ(y, expected);
  }
}

TEST(Tables, ScatterAddsToATableInPlaceOrNot) {
  KernelRunner runner(R"(
    func.func @f(%ids: tensor<5xi32>, %u: tensor<5x19xf32>, %x: tensor<7x19xf32>) -> tensor<7x19xf32> {
      %y = mpc.fused (%a = %ids : tensor<5xi32>, %b = %u : tensor<5x19xf32>, %c = %x : tensor<7x19xf32>) -> (tensor<7x19xf32>) {
        %s = mpc.scatter_add %a, %b : (tensor<5xi32>, tensor<5x19xf32>) -> tensor<7x19xf32>
        %t = mpc.add %c, %s : tensor<7x19xf32>
        mpc.yield %t : tensor<7x19xf32>
      }
      return %y : tensor<7x19xf32>
    })");
  ASSERT_TRUE(runner.isReady());
  EXPECT_EQ(runner.kernel.aliases[0], llvm::ArrayRef<unsigned>{2});
  std::vector<int32_t> ids = {6, 0, 6, 7, 3};
  std::vector<float> updates = iota<float>(95, 1), x = iota<float>(133, 5);
  std::vector<float> expected = x;
  for (int i = 0; i < 5; ++i)
    for (int d = 0; ids[i] < 7 && d < 19; ++d)
      expected[ids[i] * 19 + d] += updates[i * 19 + d];
  EXPECT_EQ(run<float>(runner, {ids.data(), updates.data(), x.data()}, 133),
            expected);
  runner.runInSlices({ids.data(), updates.data(), x.data(), x.data()}, 3, {});
  EXPECT_EQ(x, expected) << "in place";
}

TEST(Aliases, AnUpdateMayOverwriteItsInputs) {
  KernelRunner runner(R"(
    func.func @f(%p: tensor<300xf32>, %g: tensor<300xf32>) -> (tensor<300xf32>, tensor<300xf32>) {
      %y:2 = mpc.fused (%a = %p : tensor<300xf32>, %b = %g : tensor<300xf32>) -> (tensor<300xf32>, tensor<300xf32>) {
        %s = mpc.sub %a, %b : tensor<300xf32>
        %t = mpc.add %a, %b : tensor<300xf32>
        mpc.yield %s, %t : tensor<300xf32>, tensor<300xf32>
      }
      return %y#0, %y#1 : tensor<300xf32>, tensor<300xf32>
    })");
  ASSERT_TRUE(runner.isReady());
  llvm::SmallVector<unsigned> both{0, 1};
  EXPECT_EQ(runner.kernel.aliases[0], both);
  EXPECT_EQ(runner.kernel.aliases[1], both);
  std::vector<float> p = iota<float>(300), g = iota<float>(300, 5);
  runner.run({p.data(), g.data(), p.data(), g.data()});
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(p[i], i - (i + 5));
    ASSERT_EQ(g[i], i + (i + 5));
  }
}

TEST(Aliases, AResultOfAnEarlierPhaseMayNotOverwriteWhatIsReadLater) {
  KernelRunner runner(R"(
    func.func @f(%x: tensor<4x50xf32>) -> (tensor<4x50xf32>, tensor<4x50xf32>) {
      %y:2 = mpc.fused (%a = %x : tensor<4x50xf32>) -> (tensor<4x50xf32>, tensor<4x50xf32>) {
        %n = mpc.neg %a : tensor<4x50xf32>
        %s = mpc.reduce sum %a dims [1] : tensor<4x50xf32> -> tensor<4x1xf32>
        %d = mpc.sub %a, %s : (tensor<4x50xf32>, tensor<4x1xf32>) -> tensor<4x50xf32>
        mpc.yield %n, %d : tensor<4x50xf32>, tensor<4x50xf32>
      }
      return %y#0, %y#1 : tensor<4x50xf32>, tensor<4x50xf32>
    })");
  ASSERT_TRUE(runner.isReady());
  EXPECT_TRUE(runner.kernel.aliases[0].empty());
  EXPECT_EQ(runner.kernel.aliases[1], llvm::SmallVector<unsigned>{0});
}

TEST(Errors, ReductionsOverDifferentFactorsAreNoRegion) {
  mlir::MLIRContext context;
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context,
                                        [&](mlir::Diagnostic &diagnostic) {
                                          message = diagnostic.str();
                                          return mlir::success();
                                        });
  context.loadDialect<mpc::MPCDialect, mlir::func::FuncDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(R"(
    func.func @f(%x: tensor<4x5xf32>) -> (tensor<1x5xf32>, tensor<4x1xf32>) {
      %y:2 = mpc.fused (%a = %x : tensor<4x5xf32>) -> (tensor<1x5xf32>, tensor<4x1xf32>) {
        %s = mpc.reduce sum %a dims [0] : tensor<4x5xf32> -> tensor<1x5xf32>
        %t = mpc.reduce sum %a dims [1] : tensor<4x5xf32> -> tensor<4x1xf32>
        mpc.yield %s, %t : tensor<1x5xf32>, tensor<4x1xf32>
      }
      return %y#0, %y#1 : tensor<1x5xf32>, tensor<4x1xf32>
    })",
                                                        &context);
  ASSERT_TRUE(module);
  module->walk(
      [&](mpc::FusedOp op) { EXPECT_TRUE(failed(mpc::describe(op))); });
  EXPECT_NE(message.find("reductions over different factors"),
            std::string::npos)
      << message;
}

} // namespace
