//===- VerifyTest.cpp - the oracle finds what is wrong, and only that -----===//
//
// The split program is made wrong on purpose, after the reference: the
// planner's callback gets the built module, and changes a gradient or an update
// in it.
//
//===----------------------------------------------------------------------===//

#include "mpc/Driver/Verify.h"
#include "Faults/Faults.h"
#include "mlir/Parser/Parser.h"
#include "mpc/Driver/RandomInputs.h"
#include <gtest/gtest.h>

using namespace mpc;
using namespace mpc::test;
using mlir::Value;

/// An attention with one bias for queries, keys and values.
static constexpr const char *kAttention = R"mlir(
mpc.variable @w parameter normal(0.0, 0.3) : tensor<8x3x2x4xf32>
mpc.variable @b parameter constant(0.0) : tensor<3x2x4xf32>
mpc.variable @wo parameter normal(0.0, 0.3) : tensor<2x4x8xf32>
mpc.variable @bo parameter constant(0.0) : tensor<8xf32>
func.func @main(%x: tensor<4x6x8xf32> {mpc.name = "x"}) -> (tensor<4x6x8xf32> {mpc.name = "y"}) {
  %w = mpc.read @w : tensor<8x3x2x4xf32>
  %b = mpc.read @b : tensor<3x2x4xf32>
  %wo = mpc.read @wo : tensor<2x4x8xf32>
  %bo = mpc.read @bo : tensor<8xf32>
  %xw = mpc.einsum "bsk,kthd->bsthd" %x, %w : (tensor<4x6x8xf32>, tensor<8x3x2x4xf32>) -> tensor<4x6x3x2x4xf32>
  %qkv = mpc.add %xw, %b : (tensor<4x6x3x2x4xf32>, tensor<3x2x4xf32>) -> tensor<4x6x3x2x4xf32>
  %q1 = mpc.slice %qkv dim 2 start 0 size 1 : tensor<4x6x3x2x4xf32> -> tensor<4x6x1x2x4xf32>
  %k1 = mpc.slice %qkv dim 2 start 1 size 1 : tensor<4x6x3x2x4xf32> -> tensor<4x6x1x2x4xf32>
  %v1 = mpc.slice %qkv dim 2 start 2 size 1 : tensor<4x6x3x2x4xf32> -> tensor<4x6x1x2x4xf32>
  %q = mpc.reshape %q1 : tensor<4x6x1x2x4xf32> to tensor<4x6x2x4xf32>
  %k = mpc.reshape %k1 : tensor<4x6x1x2x4xf32> to tensor<4x6x2x4xf32>
  %v = mpc.reshape %v1 : tensor<4x6x1x2x4xf32> to tensor<4x6x2x4xf32>
  %heads = mpc.attention %q, %k, %v scale 0.5 : (tensor<4x6x2x4xf32>, tensor<4x6x2x4xf32>, tensor<4x6x2x4xf32>) -> tensor<4x6x2x4xf32>
  %out = mpc.einsum "bshd,hdk->bsk" %heads, %wo : (tensor<4x6x2x4xf32>, tensor<2x4x8xf32>) -> tensor<4x6x8xf32>
  %y = mpc.add %out, %bo : (tensor<4x6x8xf32>, tensor<8xf32>) -> tensor<4x6x8xf32>
  return %y : tensor<4x6x8xf32>
})mlir";

namespace {
constexpr int64_t kBatch = 4;

class VerifyTest : public testing::Test {
protected:
  VerifyTest() : context(makeRegistry()) {
    model = mlir::parseSourceString<mlir::ModuleOp>(kAttention, &context);
    EXPECT_TRUE(model);
    options.setup.training.autodiff.loss = LossKind::SquaredError;
  }

  void useAdam() {
    options.setup.training.optimizer.kind = OptimizerKind::Adam;
    options.adaptive = true;
  }

  VerifyResult verify(llvm::function_ref<void(mlir::ModuleOp)> spoil) {
    auto choose = [&](mlir::ModuleOp built) -> llvm::Expected<Plan> {
      spoil(built);
      Plan plan;
      plan.mesh = {{"data", 2}};
      return plan;
    };
    auto result =
        mpc::verify(*model, options, choose, RandomInputs(*model, /*seed=*/0));
    EXPECT_TRUE(static_cast<bool>(result)) << toString(result.takeError());
    return result ? *result : VerifyResult();
  }

  VerifyResult verifyGradient(llvm::StringRef parameter, Fault fault) {
    return verify(
        [&](mlir::ModuleOp built) { spoilGradient(built, parameter, fault); });
  }
  VerifyResult verifyUpdate(llvm::StringRef parameter, Fault fault) {
    return verify(
        [&](mlir::ModuleOp built) { spoilUpdate(built, parameter, fault); });
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> model;
  VerifyOptions options;
};
} // namespace

/// A tenth of a per cent.
static Value scale(TensorBuilder &t, Value x) { return t.mul(x, 1.001); }

/// Everybody has the neighbour's part.
static Value rotate(TensorBuilder &t, Value x) {
  int64_t size = getShape(x)[0];
  return t.create<ConcatOp>(
      mlir::ValueRange{t.slice(x, 0, 1, size), t.slice(x, 0, 0, 1)}, 0);
}

/// The sum of the first half of the batch: nobody asked the other replica.
static Value dropHalf(TensorBuilder &t, Value sum) {
  Value terms = sum;
  while (getShape(terms)[0] != kBatch)
    terms = terms.getDefiningOp()->getOperand(0);
  return t.sumTo(t.slice(terms, 0, 0, kBatch / 2), getShape(sum));
}

static const char *const parameters[] = {"w", "b", "bo"};

TEST_F(VerifyTest, EqualWithEveryOptimizer) {
  EXPECT_TRUE(verify([](mlir::ModuleOp) {}).equal);
  useAdam();
  VerifyResult result = verify([](mlir::ModuleOp) {});
  EXPECT_TRUE(result.equal) << result.worstTensor << " " << result.maxError;
  // The keys' biases, of which a softmax knows nothing, and hardly any other.
  EXPECT_EQ(result.rounded, 1);
  EXPECT_GE(result.leftOut, 8);
  EXPECT_LE(result.leftOut, 10);
}

TEST_F(VerifyTest, FindsAScaledGradient) {
  for (const char *name : parameters) {
    VerifyResult result = verifyGradient(name, scale);
    EXPECT_FALSE(result.equal) << name;
    EXPECT_EQ(result.worstTensor,
              "gradient." + std::string(name) + " (step 1)");
    EXPECT_NEAR(result.maxError, 1e-3, 1e-4);
  }
}

TEST_F(VerifyTest, FindsAWrongSlice) {
  for (const char *name : parameters)
    EXPECT_FALSE(verifyGradient(name, rotate).equal) << name;
}

TEST_F(VerifyTest, FindsADroppedReduction) {
  VerifyResult result = verifyGradient("bo", dropHalf);
  EXPECT_FALSE(result.equal);
  EXPECT_EQ(result.worstTensor, "gradient.bo (step 1)");
}

TEST_F(VerifyTest, FindsFaultsUnderAdam) {
  useAdam();
  for (const char *name : parameters) {
    EXPECT_FALSE(verifyGradient(name, scale).equal) << name;
    EXPECT_FALSE(verifyGradient(name, rotate).equal) << name;
    // The gradients are right, and so are the moments.
    VerifyResult result = verifyUpdate(
        name, [](TensorBuilder &t, Value next) { return t.add(next, 5e-3); });
    EXPECT_FALSE(result.equal) << name;
  }
}

TEST_F(VerifyTest, FindsWhatIsNoNumber) {
  useAdam();
  EXPECT_FALSE(verifyUpdate("b", [](TensorBuilder &t, Value next) {
                 return t.sqrt(t.sub(0, t.exp(next)));
               }).equal);
}
