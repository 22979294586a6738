//===- GPUKernelsTest.cpp - GPU kernels, executed on the CPU --------------===//

#include "GPUComparison.h"
#include "Interpreter/TestModule.h"
#include "RandomProgram.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mpc;
using namespace mpc::test;

namespace {

/// `text` with $N and $C replaced.
std::string substitute(std::string text, int64_t rows, int64_t columns) {
  auto replace = [&](const std::string &name, int64_t value) {
    for (size_t at = text.find(name); at != std::string::npos;
         at = text.find(name))
      text.replace(at, name.size(), std::to_string(value));
  };
  replace("$N", rows);
  replace("$C", columns);
  return text;
}

using Size = std::pair<int64_t, int64_t>;

/// Rows and columns in every schedule: short rows, long ones, aligned and not,
/// rows that no team holds.
class Rows : public testing::TestWithParam<Size> {
protected:
  std::vector<GPUKernel> compare(const std::string &inputs,
                                 const std::string &body,
                                 const std::string &outputs,
                                 const ComparisonOptions &options = {}) {
    auto [rows, columns] = GetParam();
    return compareText(
        substitute(makeRegion(inputs, body, outputs), rows, columns), options);
  }
};

TEST_P(Rows, Softmax) {
  compare("x: $Nx$Cxf32", R"(
    %m = mpc.reduce max %x dims [1] : tensor<$Nx$Cxf32> -> tensor<$Nx1xf32>
    %d = mpc.sub %x, %m : (tensor<$Nx$Cxf32>, tensor<$Nx1xf32>) -> tensor<$Nx$Cxf32>
    %e = mpc.exp %d : tensor<$Nx$Cxf32>
    %s = mpc.reduce sum %e dims [1] : tensor<$Nx$Cxf32> -> tensor<$Nx1xf32>
    %y = mpc.div %e, %s : (tensor<$Nx$Cxf32>, tensor<$Nx1xf32>) -> tensor<$Nx$Cxf32>)",
          "y: $Nx$Cxf32");
}

TEST_P(Rows, ColumnsAndRowsOfBF16) {
  compare("x: $Nx$Cxbf16", R"(
    %w = mpc.cast %x : tensor<$Nx$Cxbf16> to tensor<$Nx$Cxf32>
    %s = mpc.reduce sum %w dims [0] : tensor<$Nx$Cxf32> -> tensor<1x$Cxf32>)",
          "s: 1x$Cxf32");
  compare("x: $Nx$Cxbf16, g: $Cxf32", R"(
    %w = mpc.cast %x : tensor<$Nx$Cxbf16> to tensor<$Nx$Cxf32>
    %q = mpc.mul %w, %w : tensor<$Nx$Cxf32>
    %s = mpc.reduce sum %q dims [1] : tensor<$Nx$Cxf32> -> tensor<$Nx1xf32>
    %r = mpc.rsqrt %s : tensor<$Nx1xf32>
    %n = mpc.mul %w, %r : (tensor<$Nx$Cxf32>, tensor<$Nx1xf32>) -> tensor<$Nx$Cxf32>
    %z = mpc.mul %n, %g : (tensor<$Nx$Cxf32>, tensor<$Cxf32>) -> tensor<$Nx$Cxf32>
    %y = mpc.cast %z : tensor<$Nx$Cxf32> to tensor<$Nx$Cxbf16>)",
          "y: $Nx$Cxbf16");
}

TEST_P(Rows, NormalizedColumns) {
  compare("x: $Nx$Cxf32", R"(
    %s = mpc.reduce sum %x dims [0] : tensor<$Nx$Cxf32> -> tensor<1x$Cxf32>
    %y = mpc.div %x, %s : (tensor<$Nx$Cxf32>, tensor<1x$Cxf32>) -> tensor<$Nx$Cxf32>
    %l = mpc.log %s : tensor<1x$Cxf32>)",
          "y: $Nx$Cxf32, l: 1x$Cxf32");
}

TEST_P(Rows, BroadcastAndGelu) {
  compare("x: $Nx$Cxf32, c: $Cxf32, t: $Nx1xf32", R"(
    %0 = mpc.add %x, %c : (tensor<$Nx$Cxf32>, tensor<$Cxf32>) -> tensor<$Nx$Cxf32>
    %1 = mpc.mul %0, %t : (tensor<$Nx$Cxf32>, tensor<$Nx1xf32>) -> tensor<$Nx$Cxf32>
    %y = mpc.gelu tanh %1 : tensor<$Nx$Cxf32>)",
          "y: $Nx$Cxf32");
}

TEST_P(Rows, IntegersAndTruthValues) {
  compare("x: $Nx$Cxi64, b: $Nx$Cxi1, w: $Nx$Cxi32, u: $Nx$Cxui8", R"(
    %q = mpc.cast %u : tensor<$Nx$Cxui8> to tensor<$Nx$Cxi64>
    %p = mpc.cast %w : tensor<$Nx$Cxi32> to tensor<$Nx$Cxi64>
    %t = mpc.add %x, %q : tensor<$Nx$Cxi64>
    %v = mpc.sub %t, %p : tensor<$Nx$Cxi64>
    %m = mpc.reduce max %v dims [1] : tensor<$Nx$Cxi64> -> tensor<$Nx1xi64>
    %a = mpc.reduce min %u dims [1] : tensor<$Nx$Cxui8> -> tensor<$Nx1xui8>
    %s = mpc.reduce sum %w dims [1] : tensor<$Nx$Cxi32> -> tensor<$Nx1xi32>
    %y = mpc.compare eq %x, %m : (tensor<$Nx$Cxi64>, tensor<$Nx1xi64>) -> tensor<$Nx$Cxi1>
    %z = mpc.or %y, %b : tensor<$Nx$Cxi1>)",
          "a: $Nx1xui8, s: $Nx1xi32, z: $Nx$Cxi1");
}

TEST_P(Rows, ResultsOverWhatTheTeamReads) {
  // The maximum so far is read by all threads of a row and written by one.
  compare("x: $Nx$Cxf32, b: $Nx1xf32", R"(
    %s = mpc.reduce max %x dims [1] : tensor<$Nx$Cxf32> -> tensor<$Nx1xf32>
    %m = mpc.maximum %s, %b : tensor<$Nx1xf32>
    %y = mpc.sub %x, %m : (tensor<$Nx$Cxf32>, tensor<$Nx1xf32>) -> tensor<$Nx$Cxf32>
    %n = mpc.add %m, %b : tensor<$Nx1xf32>)",
          "y: $Nx$Cxf32, n: $Nx1xf32");
}

TEST_P(Rows, DoublesAndHalves) {
  for (const char *element : {"f64", "f16"}) {
    std::string x = std::string("tensor<$Nx$Cx") + element + ">",
                m = std::string("tensor<$Nx1x") + element + ">",
                c = std::string("tensor<1x$Cx") + element + ">";
    ComparisonOptions options;
    options.tolerance = 1e-12;
    compare(std::string("x: $Nx$Cx") + element,
            "%m = mpc.reduce max %x dims [1] : " + x + " -> " + m +
                "\n%d = mpc.sub %x, %m : (" + x + ", " + m + ") -> " + x +
                "\n%y = mpc.exp %d : " + x,
            std::string("m: $Nx1x") + element + ", y: $Nx$Cx" + element,
            options);
    compare(std::string("x: $Nx$Cx") + element,
            "%y = mpc.reduce min %x dims [0] : " + x + " -> " + c,
            std::string("y: 1x$Cx") + element, options);
  }
}

TEST_P(Rows, WithLessAlignment) {
  for (int64_t alignment : {4, 8}) {
    ComparisonOptions options;
    options.gpu.bufferAlignment = alignment;
    auto kernels = compare("x: $Nx$Cxf32", R"(
    %s = mpc.reduce sum %x dims [1] : tensor<$Nx$Cxf32> -> tensor<$Nx1xf32>
    %y = mpc.sub %x, %s : (tensor<$Nx$Cxf32>, tensor<$Nx1xf32>) -> tensor<$Nx$Cxf32>)",
                           "y: $Nx$Cxf32", options);
    ASSERT_EQ(kernels.size(), 1u);
    EXPECT_TRUE(llvm::StringRef(kernels[0].symbol)
                    .ends_with("_a" + std::to_string(alignment)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, Rows,
    testing::Values(Size{1, 1}, Size{1, 17}, Size{3, 1}, Size{5, 3},
                    Size{17, 64}, Size{4, 1000}, Size{300, 17}, Size{2, 2100},
                    Size{3, 768}, Size{130, 4}, Size{2, 6144}, Size{2, 12290},
                    Size{1, 40000}, Size{700, 40}));

//===----------------------------------------------------------------------===//
// Lines, views, indices
//===----------------------------------------------------------------------===//

TEST(Lines, WithAndWithoutATail) {
  for (int64_t size : {1, 3, 4, 7, 255, 256, 1001, 4099})
    compareText(substitute(makeRegion("x: $Cxf32, b: $Cxi1", R"(
    %e = mpc.exp %x : tensor<$Cxf32>
    %y = mpc.select %b, %e, %x : (tensor<$Cxi1>, tensor<$Cxf32>, tensor<$Cxf32>) -> tensor<$Cxf32>)",
                                      "y: $Cxf32"),
                           1, size));
}

TEST(Lines, AdamUpdatesFourTensorsAtOnce) {
  compareText(substitute(
      makeRegion("w: $Cxf32, g: $Cxf32, m: $Cxf32, v: $Cxf32, lr: f32", R"(
    %h = mpc.constant 0.9 : tensor<f32>
    %k = mpc.constant 0.1 : tensor<f32>
    %e = mpc.constant 1.0e-8 : tensor<f32>
    %0 = mpc.mul %m, %h : (tensor<$Cxf32>, tensor<f32>) -> tensor<$Cxf32>
    %1 = mpc.mul %g, %k : (tensor<$Cxf32>, tensor<f32>) -> tensor<$Cxf32>
    %m2 = mpc.add %0, %1 : tensor<$Cxf32>
    %2 = mpc.mul %g, %g : tensor<$Cxf32>
    %3 = mpc.mul %v, %h : (tensor<$Cxf32>, tensor<f32>) -> tensor<$Cxf32>
    %v2 = mpc.add %3, %2 : tensor<$Cxf32>
    %4 = mpc.sqrt %v2 : tensor<$Cxf32>
    %5 = mpc.add %4, %e : (tensor<$Cxf32>, tensor<f32>) -> tensor<$Cxf32>
    %6 = mpc.div %m2, %5 : tensor<$Cxf32>
    %7 = mpc.mul %6, %lr : (tensor<$Cxf32>, tensor<f32>) -> tensor<$Cxf32>
    %w2 = mpc.sub %w, %7 : tensor<$Cxf32>)",
                 "w2: $Cxf32, m2: $Cxf32, v2: $Cxf32"),
      1, 5003));
}

/// Regions of one launch: each computes what it does alone.
TEST(Lines, ManyRegionsInOneLaunch) {
  auto context = makeKernelContext();
  prepareGPUKernels(*context);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(R"(
    func.func @f(%x: tensor<1001xf32>, %y: tensor<30x20xf32>, %s: tensor<f32>) -> (tensor<1001xf32>, tensor<30x20xf32>, tensor<f32>) {
      %0 = mpc.fused (%a = %x : tensor<1001xf32>, %b = %s : tensor<f32>) -> (tensor<1001xf32>) {
        %r = mpc.mul %a, %b : (tensor<1001xf32>, tensor<f32>) -> tensor<1001xf32>
        mpc.yield %r : tensor<1001xf32>
      }
      %1 = mpc.fused (%a = %y : tensor<30x20xf32>) -> (tensor<30x20xf32>) {
        %r = mpc.neg %a : tensor<30x20xf32>
        mpc.yield %r : tensor<30x20xf32>
      }
      %2 = mpc.fused (%a = %s : tensor<f32>) -> (tensor<f32>) {
        %r = mpc.add %a, %a : tensor<f32>
        mpc.yield %r : tensor<f32>
      }
      return %0, %1, %2 : tensor<1001xf32>, tensor<30x20xf32>, tensor<f32>
    })",
                                                        context.get());
  ASSERT_TRUE(bool(module));
  std::vector<FusedOp> ops;
  module->walk([&](FusedOp op) { ops.push_back(op); });
  GPUSimulator simulator = llvm::cantFail(GPUSimulator::create(ops, {}));
  EXPECT_EQ(simulator.getKernel().gridSize, 3);
  EXPECT_EQ(simulator.getKernel().aliases.size(), 3u);
  alignas(16) float x[1001], x2[1001] = {}, y[600], y2[600] = {}, s = 3, s2 = 0;
  for (int i = 0; i < 1001; ++i)
    x[i] = i, y[i % 600] = -i;
  std::vector<char *> buffers;
  for (float *buffer : {x, &s, x2, y, y2, &s, &s2})
    buffers.push_back(reinterpret_cast<char *>(buffer));
  llvm::cantFail(simulator.run(buffers, {}, ThreadOrder::Descending));
  for (int i = 0; i < 1001; ++i)
    ASSERT_EQ(x2[i], 3 * i);
  for (int i = 0; i < 600; ++i)
    ASSERT_EQ(y2[i], -y[i]);
  EXPECT_EQ(s2, 6);
}

TEST(Lines, SumsOfColumnsInOneLaunch) {
  auto context = makeKernelContext();
  prepareGPUKernels(*context);
  std::string sum = R"( -> (tensor<1x64xf32>) {
        %r = mpc.reduce sum %a dims [0] : tensor<300x64xf32> -> tensor<1x64xf32>
        mpc.yield %r : tensor<1x64xf32>
      }
)";
  auto module = mlir::parseSourceString<mlir::ModuleOp>(
      "func.func @f(%x: tensor<300x64xf32>, %y: tensor<300x64xf32>) -> "
      "(tensor<1x64xf32>, tensor<1x64xf32>) {\n"
      "%0 = mpc.fused (%a = %x : tensor<300x64xf32>)" +
          sum + "%1 = mpc.fused (%a = %y : tensor<300x64xf32>)" + sum +
          "return %0, %1 : tensor<1x64xf32>, tensor<1x64xf32>\n}",
      context.get());
  ASSERT_TRUE(bool(module));
  std::vector<FusedOp> ops;
  module->walk([&](FusedOp op) { ops.push_back(op); });
  GPUSimulator simulator = llvm::cantFail(GPUSimulator::create(ops, {}));
  EXPECT_GT(simulator.getKernel().sharedBytes, 0);
  alignas(16) static float x[300 * 64], y[300 * 64], sums[2][64];
  for (int i = 0; i < 300 * 64; ++i)
    x[i] = i % 64, y[i] = -1;
  std::vector<char *> buffers;
  for (float *buffer : {x, sums[0], y, sums[1]})
    buffers.push_back(reinterpret_cast<char *>(buffer));
  llvm::cantFail(simulator.run(buffers, {}, ThreadOrder::Ascending));
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(sums[0][i], 300 * i);
    EXPECT_EQ(sums[1][i], -300);
  }
}

TEST(Views, TransposeAndSlice) {
  compareText(makeRegion("x: 5x17x32xf32", R"(
    %y = mpc.transpose %x [2, 0, 1] : tensor<5x17x32xf32> -> tensor<32x5x17xf32>)",
                         "y: 32x5x17xf32"));
  for (int64_t start : {0, 4, 6})
    compareText(
        makeRegion("x: 6x48xf32",
                   "%s = mpc.slice %x dim 1 start " + std::to_string(start) +
                       " size 16 : tensor<6x48xf32> -> tensor<6x16xf32>\n"
                       "%y = mpc.tanh %s : tensor<6x16xf32>",
                   "y: 6x16xf32"));
}

TEST(Indices, GatherWithAnOffset) {
  for (const char *element : {"f32", "bf16"})
    for (int64_t width : {64, 10, 3}) {
      std::string table = "20x" + std::to_string(width) + "x" + element;
      std::string rows = "7x" + std::to_string(width) + "x" + element;
      std::string body = "%y = mpc.embedding %t, %i offset "
                         "<[\"tensor\"] by 20> : (tensor<" +
                         table + ">, tensor<7xi64>) -> tensor<" + rows + ">";
      ComparisonOptions options;
      options.scalars = {5};
      options.maxInteger = 40; // many of them elsewhere
      compareText(makeRegion("t: " + table + ", i: 7xi64", body, "y: " + rows),
                  options);
    }
}

TEST(Indices, GatherOfSingleNumbers) {
  for (const char *ids : {"i64", "i32", "ui8"}) {
    std::string type = std::string("tensor<300x") + ids + ">";
    ComparisonOptions options;
    options.maxInteger = 60; // some of them outside
    compareText(makeRegion(std::string("t: 50x1xf32, i: 300x") + ids,
                           "%y = mpc.embedding %t, %i : (tensor<50x1xf32>, " +
                               type + ") -> tensor<300x1xf32>",
                           "y: 300x1xf32"),
                options);
  }
}

TEST(Indices, RandomBitsOfADevice) {
  ComparisonOptions options;
  options.scalars = {1000003};
  compareText(makeRegion("x: 9x40xf32, s: i64", R"(
    %i = mpc.global_index %x dim 1 offset <["tensor"] by 40> : tensor<9x40xf32> -> tensor<1x40xi64>
    %j = mpc.global_index %x dim 0 : tensor<9x40xf32> -> tensor<9x1xi64>
    %k = mpc.add %i, %j : (tensor<1x40xi64>, tensor<9x1xi64>) -> tensor<9x40xi64>
    %b = mpc.random_bits %k, %s seed 7 : tensor<9x40xi64>)",
                         "b: 9x40xi32"),
              options);
}

class Scatters : public testing::TestWithParam<std::tuple<int, int, int>> {};

TEST_P(Scatters, AddInTheOrderOfPositions) {
  auto [table, width, count] = GetParam();
  for (const char *element : {"f32", "bf16"})
    for (bool hasBase : {false, true})
      for (bool hasOffset : {false, true}) {
        std::string w = std::to_string(width), n = std::to_string(count);
        std::string tableType = std::to_string(table) + "x" + w + "x" + element;
        std::string updates = n + "x" + w + "x" + element;
        std::string name = hasBase ? "s" : "y";
        std::string body = "%" + name + " = mpc.scatter_add %i, %u" +
                           (hasOffset ? " offset <[\"tensor\"] by 20>" : "") +
                           " : (tensor<" + n + "xi64>, tensor<" + updates +
                           ">) -> tensor<" + tableType + ">";
        if (hasBase)
          body += "\n%y = mpc.add %s, %b : tensor<" + tableType + ">";
        std::string inputs = "i: " + n + "xi64, u: " + updates;
        if (hasBase)
          inputs += ", b: " + tableType;
        ComparisonOptions options;
        options.maxInteger = table + 5; // some of them elsewhere
        options.tolerance = 0;
        if (hasOffset)
          options.scalars = {3};
        compareText(makeRegion(inputs, body, "y: " + tableType), options);
      }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Scatters,
                         testing::Values(std::tuple(1, 1, 1),
                                         std::tuple(7, 10, 100),
                                         std::tuple(50, 64, 33),
                                         std::tuple(2100, 12, 300),
                                         std::tuple(3, 1100, 40)));

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

TEST(Functions, AreThoseOfTheCPU) {
  for (const char *element : {"f32", "f64", "bf16", "f16"})
    for (const char *name :
         {"exp", "log", "sqrt", "rsqrt", "tanh", "erf", "abs", "sigmoid",
          "silu", "relu", "softplus", "gelu tanh", "gelu exact"}) {
      std::string type = std::string("37x") + element;
      ComparisonOptions options;
      options.tolerance = 1e-6;
      compareText(makeRegion("x: " + type,
                             std::string("%y = mpc.") + name + " %x : tensor<" +
                                 type + ">",
                             "y: " + type),
                  options);
    }
}

/// What the kernel needs of a library.
TEST(Functions, CallNoLibrary) {
  auto context = makeKernelContext();
  GPUCompiler compiler(*context, {"sm_90"});
  for (const char *element : {"f32", "f64"}) {
    std::string type = std::string("37x") + element;
    std::string t = " : tensor<" + type + ">", body = "%a0 = mpc.abs %x" + t;
    int count = 0;
    for (const char *name : {"exp", "log", "sqrt", "rsqrt", "tanh", "erf",
                             "sigmoid", "silu", "softplus", "gelu exact"}) {
      std::string from = std::to_string(count), to = std::to_string(++count);
      body += "\n%a" + to + " = mpc." + name + " %a" + from + t;
    }
    auto module = mlir::parseSourceString<mlir::ModuleOp>(
        makeRegion("x: " + type, body, "a10: " + type), context.get());
    ASSERT_TRUE(bool(module));
    module->walk([&](FusedOp op) {
      auto kernel = compiler.compile(op);
      ASSERT_TRUE(succeeded(kernel));
      llvm::StringRef ptx = kernel->ptx;
      EXPECT_TRUE(ptx.contains(".visible .entry " + kernel->symbol));
      EXPECT_FALSE(ptx.contains(".extern"));
      EXPECT_FALSE(ptx.contains("call"));
      EXPECT_FALSE(ptx.contains(".local"));
    });
  }
}

TEST(Options, AreChecked) {
  auto context = makeKernelContext();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(
      makeRegion("x: 8xf32", "%y = mpc.neg %x : tensor<8xf32>", "y: 8xf32"),
      context.get());
  GPUCompiler compiler(*context, {"sm_61"});
  std::string said;
  mlir::ScopedDiagnosticHandler handler(
      context.get(), [&](mlir::Diagnostic &d) { said = d.str(); });
  module->walk([&](FusedOp op) { EXPECT_TRUE(failed(compiler.compile(op))); });
  EXPECT_EQ(said, "'mpc.fused' op unknown GPU 'sm_61', expected one of sm_80, "
                  "sm_86, sm_87, sm_89, sm_90");
}

//===----------------------------------------------------------------------===//
// Models and random programs
//===----------------------------------------------------------------------===//

std::string readModel(const std::string &name) {
  auto file = llvm::MemoryBuffer::getFile(std::string(MPC_MODELS "/") + name);
  return file ? (*file)->getBuffer().str() : "";
}

class Models
    : public testing::TestWithParam<std::tuple<const char *, const char *>> {};

TEST_P(Models, EveryRegionIsThatOfTheCPU) {
  auto [name, before] = GetParam();
  TestModule module(readModel(name));
  ASSERT_TRUE(bool(module));
  ASSERT_TRUE(succeeded(module.run(
      std::string(before) +
      "mpc-autodiff,mpc-add-optimizer{kind=adamw},mpc-decompose,canonicalize,"
      "cse,func.func(mpc-form-fused)")));
  ComparisonOptions options;
  options.tolerance = 1e-4;
  options.thorough = false;
  EXPECT_GT(compareRegions(module.get(), options).size(), 5u);
}

INSTANTIATE_TEST_SUITE_P(
    All, Models,
    testing::Combine(testing::Values("mlp-tiny.mlir", "skip.mlir", "mlp.mlir",
                                     "gpt-tiny.mlir"),
                     testing::Values("", "mpc-to-bf16,")));

class RandomPrograms : public testing::TestWithParam<unsigned> {};

TEST_P(RandomPrograms, EveryRegionIsThatOfTheCPU) {
  std::string text = RandomProgram(GetParam()).make(30);
  TestModule module(text);
  ASSERT_TRUE(bool(module)) << text;
  ASSERT_TRUE(succeeded(module.run("func.func(mpc-form-fused)"))) << text;
  ComparisonOptions options;
  options.tolerance = 1e-4;
  compareRegions(module.get(), options);
}

INSTANTIATE_TEST_SUITE_P(Found, RandomPrograms,
                         testing::Values(28u, 44u, 115u, 190u, 262u));
INSTANTIATE_TEST_SUITE_P(Seeds, RandomPrograms, testing::Range(0u, 20u));

} // namespace
