//===- OptimizerTest.cpp - updates against PyTorch's formulas -------------===//

#include "Interpreter/TestModule.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace mlir;
using namespace mpc;
using namespace mpc::test;

static constexpr double kRate = 0.05;
static constexpr int kSteps = 3;

/// f64, so that constants are exact; the loss's count is 4 * 2.
static const char *const kModel = R"(
  mpc.variable @w parameter constant(0.0) : tensor<3x2xf64>
  mpc.variable @b parameter constant(0.0) : tensor<2xf64>
  func.func @main(%x: tensor<4x3xf64>) -> tensor<4x2xf64> {
    %w = mpc.read @w : tensor<3x2xf64>
    %b = mpc.read @b : tensor<2xf64>
    %h = mpc.matmul %x, %w : (tensor<4x3xf64>, tensor<3x2xf64>) -> tensor<4x2xf64>
    %y = mpc.add %h, %b : (tensor<4x2xf64>, tensor<2xf64>) -> tensor<4x2xf64>
    return %y : tensor<4x2xf64>
  })";

namespace {
/// Settings, and the update of one element as torch.optim writes it.
struct Case {
  const char *name, *options;
  double momentum = 0;
  bool nesterov = false, isAdam = false, isDecoupled = false;
  double decay = 0, clip = 0;
  bool decaysVectors = true;
};

struct ElementState {
  double m = 0, v = 0;
};

class Optimizers : public testing::TestWithParam<Case> {};
} // namespace

static double step(const Case &test, double p, double g, ElementState &state,
                   int t, bool decays) {
  double decay = decays ? test.decay : 0;
  if (test.isDecoupled)
    p *= 1 - kRate * decay;
  else
    g += decay * p;
  if (!test.isAdam) {
    if (test.momentum == 0)
      return p - kRate * g;
    state.m = t == 1 ? g : test.momentum * state.m + g;
    return p - kRate * (test.nesterov ? g + test.momentum * state.m : state.m);
  }
  constexpr double beta1 = 0.8, beta2 = 0.95, epsilon = 1e-3;
  state.m += (g - state.m) * (1 - beta1);
  state.v = state.v * beta2 + (1 - beta2) * g * g;
  double stepSize = kRate / (1 - std::pow(beta1, t));
  double root = std::sqrt(state.v) / std::sqrt(1 - std::pow(beta2, t));
  return p - stepSize * state.m / (root + epsilon);
}

/// clip_grad_norm_'s factor.
static double getClipFactor(double clip,
                            const std::map<std::string, Tensor> &gradients) {
  double square = 0;
  for (const auto &[name, gradient] : gradients)
    for (double g : gradient.data)
      square += g * g;
  return clip == 0 ? 1 : std::min(1.0, clip / (std::sqrt(square) + 1e-6));
}

TEST_P(Optimizers, FollowPyTorch) {
  const Case &test = GetParam();
  TestModule module(kModel);
  ASSERT_TRUE(module);
  ASSERT_TRUE(succeeded(module.run(
      std::string("mpc-autodiff{loss=mse},mpc-add-optimizer{keep-gradients ") +
      test.options + "}")));
  func::FuncOp func = module.func("train_step");
  Variables variables = module.makeVariables(1);
  Variables expected = {{"w", variables["w"]}, {"b", variables["b"]}};
  std::map<std::string, std::vector<ElementState>> states = {
      {"w", std::vector<ElementState>(6)}, {"b", std::vector<ElementState>(2)}};
  for (int t = 1; t <= kSteps; ++t) {
    std::vector<Tensor> inputs = {makeRandom({4, 3}, t, -1, 1),
                                  makeRandom({4, 2}, 10 + t, -1, 1),
                                  Tensor::scalar(kRate), Tensor::scalar(t)};
    Evaluation run = llvm::cantFail(evaluate(func, inputs, variables));
    std::map<std::string, Tensor> gradients;
    for (const char *name : {"w", "b"}) {
      gradients[name] = run.outputs[*findResult(func, name)];
      for (double &g : gradients[name].data)
        g /= 8;
    }
    double factor = getClipFactor(test.clip, gradients);
    for (auto &[name, tensor] : expected)
      for (size_t index = 0; index < tensor.data.size(); ++index)
        tensor.data[index] =
            step(test, tensor.data[index], gradients[name].data[index] * factor,
                 states[name][index], t, name == "w" || test.decaysVectors);
    variables = run.variables;
    for (const char *name : {"w", "b"})
      EXPECT_LT(getMaxError(variables[name], expected[name]), 1e-7)
          << name << " at step " << t;
  }
}

#define ADAM "beta1=0.8 beta2=0.95 epsilon=1e-3 "

static const Case cases[] = {
    {.name = "SGD", .options = "kind=sgd"},
    {.name = "SGDDecay", .options = "kind=sgd weight-decay=0.1", .decay = 0.1},
    {.name = "Momentum", .options = "kind=sgd momentum=0.9", .momentum = 0.9},
    {.name = "Nesterov",
     .options = "kind=sgd momentum=0.9 nesterov weight-decay=0.1",
     .momentum = 0.9,
     .nesterov = true,
     .decay = 0.1},
    {.name = "Adam", .options = ADAM "kind=adam", .isAdam = true},
    {.name = "AdamDecay",
     .options = ADAM "kind=adam weight-decay=0.1",
     .isAdam = true,
     .decay = 0.1},
    {.name = "AdamW",
     .options = ADAM "kind=adamw weight-decay=0.1",
     .isAdam = true,
     .isDecoupled = true,
     .decay = 0.1},
    {.name = "AdamWMatricesOnly",
     .options = ADAM "kind=adamw weight-decay=0.1 decay-all=false",
     .isAdam = true,
     .isDecoupled = true,
     .decay = 0.1,
     .decaysVectors = false},
    {.name = "Clipped", .options = "kind=sgd clip=0.1", .clip = 0.1},
    {.name = "NotClipped", .options = "kind=sgd clip=100", .clip = 100},
};
INSTANTIATE_TEST_SUITE_P(Kinds, Optimizers, testing::ValuesIn(cases),
                         [](const auto &info) { return info.param.name; });

/// Labels that do not count change nothing but the count.
TEST(Optimizer, DividesByTheCount) {
  TestModule module(R"(
    mpc.variable @w parameter constant(0.0) : tensor<3x2xf64>
    func.func @main(%x: tensor<4x3xf64>) -> tensor<4x2xf64> {
      %w = mpc.read @w : tensor<3x2xf64>
      %y = mpc.matmul %x, %w : (tensor<4x3xf64>, tensor<3x2xf64>) -> tensor<4x2xf64>
      return %y : tensor<4x2xf64>
    })");
  ASSERT_TRUE(module);
  ASSERT_TRUE(
      succeeded(module.run("mpc-autodiff,mpc-add-optimizer{keep-gradients}")));
  func::FuncOp func = module.func("train_step");
  Variables variables = module.makeVariables(1);
  Tensor x = makeRandom({4, 3}, 1, -1, 1);
  auto update = [&](std::vector<double> labels) {
    return llvm::cantFail(evaluate(
        func,
        {x, Tensor{{4}, labels}, Tensor::scalar(kRate), Tensor::scalar(1)},
        variables));
  };
  Evaluation run = update({0, -100, 1, -100});
  ASSERT_EQ(run.outputs[1].data[0], 2);
  for (size_t index = 0; index < 6; ++index)
    EXPECT_NEAR(run.variables["w"].data[index],
                variables["w"].data[index] -
                    kRate * run.outputs[2].data[index] / 2,
                1e-7);
  // Nothing counts: nothing moves, and nothing is NaN.
  EXPECT_EQ(update({-100, -100, -100, -100}).variables["w"].data,
            variables["w"].data);
}
