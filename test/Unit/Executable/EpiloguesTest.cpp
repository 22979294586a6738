//===- EpiloguesTest.cpp - regions that a GEMM computes -------------------===//

#include "Epilogues.h"
#include "ParsedBody.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mpc;
using mpc::test::ParsedBody;

namespace {

/// A product [4, 5] x [5, 6] and what follows it.
std::string product(const std::string &rest, const std::string &result) {
  return "func.func @f(%x: tensor<4x5xf32>, %w: tensor<5x6xf32>, "
         "%b: tensor<6xf32>, %r: tensor<4x6xf32>) -> " +
         result +
         " {\n%y = mpc.matmul %x, %w : (tensor<4x5xf32>, tensor<5x6xf32>) -> "
         "tensor<4x6xf32>\n" +
         rest + "}\n";
}

const char *const addBias = R"(
  %z = mpc.fused (%p = %y : tensor<4x6xf32>, %q = %b : tensor<6xf32>) -> (tensor<4x6xf32>) {
    %s = mpc.add %q, %p : (tensor<6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
    mpc.yield %s : tensor<4x6xf32>
  }
)";

TEST(Epilogues, BiasAndRelu) {
  ParsedBody body(product(R"(
    %z = mpc.fused (%p = %y : tensor<4x6xf32>, %q = %b : tensor<6xf32>) -> (tensor<4x6xf32>) {
      %s = mpc.add %p, %q : (tensor<4x6xf32>, tensor<6xf32>) -> tensor<4x6xf32>
      %t = mpc.relu %s : tensor<4x6xf32>
      mpc.yield %t : tensor<4x6xf32>
    }
    return %z : tensor<4x6xf32>
  )",
                          "tensor<4x6xf32>"));
  ASSERT_TRUE(body.module);
  BodyViews views(body.get(), body.target);
  BodyEpilogues epilogues(body.get(), views, body.target);
  const Epilogue *found = epilogues.get(body.find<MatmulOp>());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->activation, MPCRT_RELU);
  EXPECT_EQ(found->bias, body.get().getArgument(2));
  EXPECT_TRUE(epilogues.contains(body.find<FusedOp>()));
}

TEST(Epilogues, BiasAlone) {
  ParsedBody body(product(std::string(addBias) + "return %z : tensor<4x6xf32>",
                          "tensor<4x6xf32>"));
  ASSERT_TRUE(body.module);
  BodyViews views(body.get(), body.target);
  BodyEpilogues epilogues(body.get(), views, body.target);
  const Epilogue *found = epilogues.get(body.find<MatmulOp>());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->activation, MPCRT_NO_ACTIVATION);
}

TEST(Epilogues, NotOfAProductThatOthersRead) {
  ParsedBody body(product(std::string(addBias) +
                              "return %z, %y : tensor<4x6xf32>, "
                              "tensor<4x6xf32>",
                          "(tensor<4x6xf32>, tensor<4x6xf32>)"));
  ASSERT_TRUE(body.module);
  BodyViews views(body.get(), body.target);
  EXPECT_FALSE(
      BodyEpilogues(body.get(), views, body.target).get(body.find<MatmulOp>()));
}

TEST(Epilogues, NotWhatIsNoRow) {
  ParsedBody body(product(R"(
    %z = mpc.fused (%p = %y : tensor<4x6xf32>, %q = %r : tensor<4x6xf32>) -> (tensor<4x6xf32>) {
      %s = mpc.add %p, %q : tensor<4x6xf32>
      mpc.yield %s : tensor<4x6xf32>
    }
    return %z : tensor<4x6xf32>
  )",
                          "tensor<4x6xf32>"));
  ASSERT_TRUE(body.module);
  BodyViews views(body.get(), body.target);
  EXPECT_FALSE(
      BodyEpilogues(body.get(), views, body.target).get(body.find<MatmulOp>()));
}

//===----------------------------------------------------------------------===//
// gelu
//===----------------------------------------------------------------------===//

/// Like `product`, with 8 columns.
std::string wideProduct(const std::string &rest, const std::string &type) {
  std::string text =
      "func.func @f(%x: tensor<4x5xE>, %w: tensor<5x8xE>, %b: tensor<8xE>, "
      "%u: tensor<4x8xE>, %acc: tensor<8xf32>) {\n"
      "%y = mpc.matmul %x, %w : (tensor<4x5xE>, tensor<5x8xE>) -> "
      "tensor<4x8xE>\n" +
      rest + "return\n}\n";
  for (size_t at; (at = text.find("xE>")) != std::string::npos;)
    text.replace(at, 3, "x" + type + ">");
  return text;
}

const char *const geluAndArgument = R"(
  %z:2 = mpc.fused (%p = %y : tensor<4x8xE>, %q = %b : tensor<8xE>) -> (tensor<4x8xE>, tensor<4x8xE>) {
    %s = mpc.add %p, %q : (tensor<4x8xE>, tensor<8xE>) -> tensor<4x8xE>
    %t = mpc.gelu tanh %s : tensor<4x8xE>
    mpc.yield %s, %t : tensor<4x8xE>, tensor<4x8xE>
  }
)";
const char *const gradientAndBias = R"(
  %z:2 = mpc.fused (%p = %y : tensor<4x8xE>, %v = %u : tensor<4x8xE>) -> (tensor<4x8xE>, tensor<1x8xE>) {
    %s = mpc.gelu_grad tanh %v, %p : tensor<4x8xE>
    %t = mpc.reduce sum %s dims [0] : tensor<4x8xE> -> tensor<1x8xE>
    mpc.yield %s, %t : tensor<4x8xE>, tensor<1x8xE>
  }
)";
/// What sums over micro-batches are made of.
const char *const gradientAndSum = R"(
  %z:2 = mpc.fused (%p = %y : tensor<4x8xE>, %v = %u : tensor<4x8xE>, %a = %acc : tensor<8xf32>) -> (tensor<8xf32>, tensor<4x8xE>) {
    %s = mpc.gelu_grad tanh %v, %p : tensor<4x8xE>
    %t = mpc.reduce sum %s dims [0] : tensor<4x8xE> -> tensor<1x8xE>
    %r = mpc.reshape %t : tensor<1x8xE> to tensor<8xE>
    %n = mpc.add %a, %r : tensor<8xE>
    mpc.yield %n, %s : tensor<8xf32>, tensor<4x8xE>
  }
)";
const char *const gradientInBF16 = R"(
  %z:2 = mpc.fused (%p = %y : tensor<4x8xE>, %v = %u : tensor<4x8xE>) -> (tensor<4x8xE>, tensor<1x8xf32>) {
    %0 = mpc.cast %v : tensor<4x8xE> to tensor<4x8xf32>
    %1 = mpc.cast %p : tensor<4x8xE> to tensor<4x8xf32>
    %2 = mpc.gelu_grad tanh %0, %1 : tensor<4x8xf32>
    %3 = mpc.cast %2 : tensor<4x8xf32> to tensor<4x8xE>
    %4 = mpc.cast %3 : tensor<4x8xE> to tensor<4x8xf32>
    %5 = mpc.reduce sum %4 dims [0] : tensor<4x8xf32> -> tensor<1x8xf32>
    mpc.yield %3, %5 : tensor<4x8xE>, tensor<1x8xf32>
  }
)";

/// The epilogue of the one product, for a kind of GPU, after regions are split
/// for it.
struct GPUBody : ParsedBody {
  GPUBody(const std::string &text, const std::string &chip = "sm_90")
      : ParsedBody(text), gpu(context, {}, {.chip = chip}) {
    if (!module)
      return;
    PassManager passes(&context);
    passes.addNestedPass<func::FuncOp>(createSplitEpilogues(gpu));
    EXPECT_TRUE(succeeded(passes.run(*module)));
    views.emplace(get(), gpu);
    epilogues.emplace(get(), *views, gpu);
    found = epilogues->get(find<MatmulOp>());
  }

  CUDATarget gpu;
  std::optional<BodyViews> views;
  std::optional<BodyEpilogues> epilogues;
  const Epilogue *found = nullptr;
};

TEST(Epilogues, GeluAndItsArgument) {
  for (const char *type : {"f32", "bf16"}) {
    GPUBody body(wideProduct(geluAndArgument, type));
    ASSERT_TRUE(body.found);
    FusedOp region = body.find<FusedOp>();
    EXPECT_EQ(body.found->activation, MPCRT_GELU);
    EXPECT_EQ(body.found->bias, body.get().getArgument(2));
    EXPECT_EQ(body.found->aux, region.getResult(0));
    EXPECT_EQ(body.found->result, region.getResult(1));
  }
}

TEST(Epilogues, NoGeluBeforeHopper) {
  EXPECT_FALSE(GPUBody(wideProduct(geluAndArgument, "f32"), "sm_89").found);
  EXPECT_FALSE(GPUBody(wideProduct(gradientAndBias, "f32"), "sm_80").found);
}

TEST(Epilogues, NoExactGelu) {
  std::string text = geluAndArgument;
  text.replace(text.find("tanh"), 4, "exact");
  EXPECT_FALSE(GPUBody(wideProduct(text, "f32")).found);
}

TEST(Epilogues, NoArgumentInRowsThatAreNoMultipleOf8) {
  std::string text = wideProduct(geluAndArgument, "f32");
  for (size_t at; (at = text.find("8xf32")) != std::string::npos;)
    text.replace(at, 5, "9xf32");
  EXPECT_FALSE(GPUBody(text).found);
}

TEST(Epilogues, GradientOfGeluAndBias) {
  GPUBody body(wideProduct(gradientAndBias, "f32"));
  ASSERT_TRUE(body.found);
  FusedOp region = body.find<FusedOp>();
  EXPECT_EQ(body.found->activation, MPCRT_GELU_GRADIENT);
  EXPECT_EQ(body.found->aux, body.get().getArgument(3));
  EXPECT_EQ(body.found->result, region.getResult(0));
  EXPECT_EQ(body.found->biasGradient, region.getResult(1));
}

/// The region was cut in two: one for the library, and sums of columns.
void expectSplit(GPUBody &body) {
  ASSERT_TRUE(body.found);
  FusedOp first = body.find<FusedOp>(0), rest = body.find<FusedOp>(1);
  EXPECT_EQ(body.found->region, first);
  EXPECT_EQ(body.found->activation, MPCRT_GELU_GRADIENT);
  EXPECT_FALSE(body.found->biasGradient);
  EXPECT_EQ(first.getNumResults(), 1u);
  EXPECT_EQ(rest.getNumResults(), 1u);
  EXPECT_TRUE(llvm::is_contained(rest.getInputs(), first.getResult(0)));
  EXPECT_FALSE(llvm::is_contained(rest.getInputs(), first.getInputs()[0]));
  EXPECT_TRUE(succeeded(verify(*body.module)));
}

TEST(Epilogues, GradientOfGeluBeforeASum) {
  GPUBody body(wideProduct(gradientAndSum, "f32"));
  expectSplit(body);
}

TEST(Epilogues, GradientOfGeluInBF16) {
  GPUBody body(wideProduct(gradientInBF16, "bf16"));
  expectSplit(body);
}

TEST(Epilogues, RegionsStayWholeBeforeHopper) {
  GPUBody body(wideProduct(gradientAndSum, "f32"), "sm_80");
  EXPECT_FALSE(body.found);
  auto regions = body.get().getOps<FusedOp>();
  EXPECT_EQ(std::distance(regions.begin(), regions.end()), 1);
}

} // namespace
