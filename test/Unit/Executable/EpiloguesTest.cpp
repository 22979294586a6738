//===- EpiloguesTest.cpp - regions that a GEMM computes -------------------===//

#include "Epilogues.h"
#include "ParsedBody.h"
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
  EXPECT_TRUE(found->relu);
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
  EXPECT_FALSE(found->relu);
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

} // namespace
