//===- DecompositionsTest.cpp - simpler ops, the same numbers -------------===//

#include "Interpreter/TestModule.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::test;

namespace {
struct Case {
  const char *name;
  const char *arguments, *results;
  /// One op, %0 or %0:n.
  const char *body;
  const char *returned;
};
class Decompositions : public testing::TestWithParam<Case> {};
} // namespace

static std::string getText(const Case &test) {
  return std::string("func.func @main(") + test.arguments + ") -> (" +
         test.results + ") {\n" + test.body + "\nreturn " + test.returned +
         " : " + test.results + "\n}\n";
}

static bool hasComposites(ModuleOp module) {
  return module
      .walk([](DecomposableOpInterface) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

TEST_P(Decompositions, MeanTheSame) {
  TestModule module(getText(GetParam()));
  ASSERT_TRUE(module);
  ASSERT_TRUE(hasComposites(module.get()));
  std::vector<Tensor> inputs = module.makeInputs(module.func("main"), 3, -2, 2);
  // Integers: labels, of which class 1 is ignored; a step.
  for (auto [input, type] :
       llvm::zip_equal(inputs, module.func("main").getArgumentTypes()))
    if (getElementTypeOrSelf(type).isInteger(64))
      for (auto [index, value] : llvm::enumerate(input.data))
        value = index % 3;
  Evaluation direct = llvm::cantFail(evaluate(module.func("main"), inputs, {}));
  ASSERT_TRUE(succeeded(module.run("mpc-decompose")));
  ASSERT_FALSE(hasComposites(module.get()));
  Evaluation simple = llvm::cantFail(evaluate(module.func("main"), inputs, {}));
  for (auto [expected, found] : llvm::zip_equal(direct.outputs, simple.outputs))
    EXPECT_LT(getMaxError(found, expected), 1e-12);
}

#define QKV(S, T, H, G)                                                        \
  "%q: tensor<2x" S "x" H "x4xf64>, %k: tensor<2x" T "x" G                     \
  "x4xf64>, %v: tensor<2x" T "x" G "x3xf64>"
#define ATTENTION_TYPES(S, T, H, G)                                            \
  "tensor<2x" S "x" H "x4xf64>, tensor<2x" T "x" G "x4xf64>, tensor<2x" T      \
  "x" G "x3xf64>"

static const Case cases[] = {
    {"Softmax", "%x: tensor<2x3x4xf64>", "tensor<2x3x4xf64>",
     "%0 = mpc.softmax %x dim 1 : tensor<2x3x4xf64>", "%0"},
    {"LayerNorm", "%x: tensor<2x5xf64>, %s: tensor<5xf64>, %b: tensor<5xf64>",
     "tensor<2x5xf64>",
     "%0 = mpc.layer_norm %x, %s, %b epsilon 1.0e-3 : (tensor<2x5xf64>, "
     "tensor<5xf64>, tensor<5xf64>) -> tensor<2x5xf64>",
     "%0"},
    {"RmsNorm", "%x: tensor<2x5xf64>, %s: tensor<5xf64>", "tensor<2x5xf64>",
     "%0 = mpc.rms_norm %x, %s epsilon 1.0e-3 : (tensor<2x5xf64>, "
     "tensor<5xf64>) -> tensor<2x5xf64>",
     "%0"},
    {"CrossEntropy", "%x: tensor<2x4x5xf64>, %l: tensor<2x4xi64>",
     "tensor<f32>, tensor<f32>",
     "%0:2 = mpc.cross_entropy %x, %l ignore 1 : tensor<2x4x5xf64>, "
     "tensor<2x4xi64>",
     "%0#0, %0#1"},
    {"SquaredError", "%p: tensor<3x4xf64>, %t: tensor<3x4xf64>",
     "tensor<f32>, tensor<f32>",
     "%0:2 = mpc.squared_error %p, %t : tensor<3x4xf64>, tensor<3x4xf64>",
     "%0#0, %0#1"},
    {"Dropout", "%x: tensor<4x5x6xf64>, %s: tensor<i64>", "tensor<4x5x6xf64>",
     "%0 = mpc.dropout %x, %s rate 0.3 seed 12345678901 : tensor<4x5x6xf64>",
     "%0"},
    {"Attention", QKV("3", "5", "4", "4"), "tensor<2x3x4x3xf64>",
     "%0 = mpc.attention %q, %k, %v scale 0.5 : (" ATTENTION_TYPES(
         "3", "5", "4", "4") ") -> tensor<2x3x4x3xf64>",
     "%0"},
    {"AttentionGrouped", QKV("3", "5", "4", "2"), "tensor<2x3x4x3xf64>",
     "%0 = mpc.attention %q, %k, %v scale 0.5 : (" ATTENTION_TYPES(
         "3", "5", "4", "2") ") -> tensor<2x3x4x3xf64>",
     "%0"},
    {"AttentionCausal", QKV("3", "5", "4", "2"), "tensor<2x3x4x3xf64>",
     "%0 = mpc.attention %q, %k, %v scale 0.5 causal : (" ATTENTION_TYPES(
         "3", "5", "4", "2") ") -> tensor<2x3x4x3xf64>",
     "%0"},
    {"AttentionMask", QKV("3", "5", "4", "2") ", %m: tensor<1x4x3x5xf64>",
     "tensor<2x3x4x3xf64>",
     "%0 = mpc.attention %q, %k, %v mask %m scale 0.5 : (" ATTENTION_TYPES(
         "3", "5", "4", "2") ", tensor<1x4x3x5xf64>) -> tensor<2x3x4x3xf64>",
     "%0"},
    {"AttentionSharedMask", QKV("3", "5", "4", "2") ", %m: tensor<2x1x1x5xf64>",
     "tensor<2x3x4x3xf64>",
     "%0 = mpc.attention %q, %k, %v mask %m scale 0.5 causal : "
     "(" ATTENTION_TYPES("3", "5", "4",
                         "2") ", tensor<2x1x1x5xf64>) -> tensor<2x3x4x3xf64>",
     "%0"},
    // Long enough to be cut in blocks of rows, uneven ones.
    {"AttentionCausalBlocks", QKV("257", "257", "2", "1"),
     "tensor<2x257x2x3xf64>",
     "%0 = mpc.attention %q, %k, %v scale 0.5 causal : (" ATTENTION_TYPES(
         "257", "257", "2", "1") ") -> tensor<2x257x2x3xf64>",
     "%0"},
    {"AttentionCausalBlocksMask",
     QKV("300", "390", "1", "1") ", %m: tensor<1x1x300x390xf64>",
     "tensor<2x300x1x3xf64>",
     "%0 = mpc.attention %q, %k, %v mask %m scale 0.5 causal : "
     "(" ATTENTION_TYPES(
         "300", "390", "1",
         "1") ", tensor<1x1x300x390xf64>) -> tensor<2x300x1x3xf64>",
     "%0"},
};
INSTANTIATE_TEST_SUITE_P(Ops, Decompositions, testing::ValuesIn(cases),
                         [](const auto &info) { return info.param.name; });

/// Types decide what is left to a library; the interpreter ignores them.
TEST(FlashAttention, MeansTheSame) {
  for (const char *causal : {"", "causal"}) {
    std::string q = "tensor<2x5x4x8xbf16>", k = "tensor<2x5x2x8xbf16>";
    TestModule module(
        "func.func @main(%q: " + q + ", %k: " + k + ", %v: " + k + ") -> " + q +
        "{\n%y = mpc.attention %q, %k, %v scale 0.5 " + causal + ": (" + q +
        ", " + k + ", " + k + ") -> " + q + "\nreturn %y : " + q + "\n}\n");
    ASSERT_TRUE(module);
    std::vector<Tensor> inputs =
        module.makeInputs(module.func("main"), 3, -2, 2);
    Evaluation expected =
        llvm::cantFail(evaluate(module.func("main"), inputs, {}));
    ASSERT_TRUE(succeeded(module.run("mpc-use-flash-attention,mpc-decompose")));
    ASSERT_FALSE(hasComposites(module.get()));
    Evaluation found =
        llvm::cantFail(evaluate(module.func("main"), inputs, {}));
    EXPECT_LT(getMaxError(found.outputs[0], expected.outputs[0]), 1e-12);
  }
}

TEST(Dropout, KeepsTheShareItShould) {
  TestModule module(R"(
    func.func @main(%s: tensor<i64>) -> tensor<100x100xf64> {
      %x = mpc.constant 1.0 : tensor<100x100xf64>
      %0 = mpc.dropout %x, %s rate 0.25 seed 7 : tensor<100x100xf64>
      return %0 : tensor<100x100xf64>
    })");
  ASSERT_TRUE(module);
  ASSERT_TRUE(succeeded(module.run("mpc-decompose")));
  double sum = 0;
  Evaluation run =
      llvm::cantFail(evaluate(module.func("main"), {Tensor::scalar(1)}, {}));
  for (double x : run.outputs[0].data)
    sum += x;
  // Its expectation is unchanged; the standard deviation of the mean is 0.006.
  EXPECT_NEAR(sum / 10000, 1, 0.02);
}

TEST(Softmax, OfARowOfMinusInfinityIsZero) {
  TestModule module(R"(
    func.func @main(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
      %0 = mpc.softmax %x dim 1 : tensor<2x2xf32>
      return %0 : tensor<2x2xf32>
    })");
  ASSERT_TRUE(module);
  ASSERT_TRUE(succeeded(module.run("mpc-decompose")));
  Tensor x{{2, 2}, {-INFINITY, -INFINITY, -INFINITY, 3}};
  Evaluation run = llvm::cantFail(evaluate(module.func("main"), {x}, {}));
  EXPECT_EQ(run.outputs[0].data, (std::vector<double>{0, 0, 0, 1}));
}

TEST(Attention, OfAPositionThatSeesNothingIsZero) {
  TestModule module(R"(
    func.func @main(%q: tensor<1x2x1x2xf32>, %k: tensor<1x3x1x2xf32>, %v: tensor<1x3x1x2xf32>,
                    %mask: tensor<1x1x2x3xf32>) -> tensor<1x2x1x2xf32> {
      %0 = mpc.attention %q, %k, %v mask %mask scale 1.0 : (tensor<1x2x1x2xf32>, tensor<1x3x1x2xf32>, tensor<1x3x1x2xf32>, tensor<1x1x2x3xf32>) -> tensor<1x2x1x2xf32>
      return %0 : tensor<1x2x1x2xf32>
    })");
  ASSERT_TRUE(module);
  ASSERT_TRUE(succeeded(module.run("mpc-decompose")));
  std::vector<Tensor> inputs = module.makeInputs(module.func("main"), 1);
  // The second position sees the last key only.
  inputs[3].data = {-INFINITY, -INFINITY, -INFINITY, -INFINITY, -INFINITY, 0};
  Evaluation run = llvm::cantFail(evaluate(module.func("main"), inputs, {}));
  std::vector<double> expected = {0, 0, inputs[2].data[4], inputs[2].data[5]};
  EXPECT_EQ(run.outputs[0].data, expected);
}

TEST(Philox, MatchesKnownAnswers) {
  // Random123's kat_vectors for philox4x32-10.
  EXPECT_EQ(philox(0, 0, 0), 0x6627e8d5u);
  EXPECT_EQ(philox(~0ull, ~0ull, ~0ull), 0x408f276du);
  EXPECT_EQ(philox(0x85a308d3243f6a88ull, 0x0370734413198a2eull,
                   0x299f31d0a4093822ull),
            0xd16cfe09u);
}
