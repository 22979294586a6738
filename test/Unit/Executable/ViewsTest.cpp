//===- ViewsTest.cpp - tensors that lie in another one's buffer -----------===//

#include "Views.h"
#include "ParsedBody.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mpc;
using mpc::test::ParsedBody;

namespace {

using Shape = SmallVector<int64_t>;

std::optional<Shape> reshape(ArrayRef<int64_t> strides, ArrayRef<int64_t> from,
                             ArrayRef<int64_t> to) {
  std::optional<StridedView> view =
      reshapeView({Value(), Shape(strides), 0}, from, to);
  return view ? std::optional(view->strides) : std::nullopt;
}

TEST(ReshapeView, JoinsAndSplitsEvenlySpacedDimensions) {
  EXPECT_EQ(reshape({6, 1}, {4, 6}, {24}), Shape({1}));
  EXPECT_EQ(reshape({1}, {24}, {4, 3, 2}), Shape({6, 2, 1}));
  EXPECT_EQ(reshape({6, 1}, {4, 6}, {2, 2, 3, 2}), Shape({12, 6, 2, 1}));
  EXPECT_EQ(reshape({6, 1}, {4, 6}, {3, 8}), Shape({8, 1}));
  // q of q, k and v: [4, 64, 1, 12, 64] without its 1.
  EXPECT_EQ(reshape({64 * 2304, 2304, 768, 64, 1}, {4, 64, 1, 12, 64},
                    {4, 64, 12, 64}),
            Shape({64 * 2304, 2304, 64, 1}));
  EXPECT_EQ(reshape({}, {}, {1, 1}), Shape({1, 1}));
}

TEST(ReshapeView, RefusesGaps) {
  EXPECT_EQ(reshape({8, 1}, {4, 6}, {24}), std::nullopt);
  EXPECT_EQ(reshape({8, 1}, {4, 6}, {3, 8}), std::nullopt);
  EXPECT_EQ(reshape({1, 4}, {4, 6}, {24}), std::nullopt) << "transposed";
  EXPECT_EQ(reshape({8, 1}, {4, 6}, {2, 2, 6}), Shape({16, 8, 1}));
}

TEST(BodyViews, ProductsReadSlicesWhereTheyLie) {
  ParsedBody body(R"(
    func.func @f(%x: tensor<4x3x5xf32>, %w: tensor<5x2xf32>) -> (tensor<4x2xf32>, tensor<4x1x5xf32>) {
      %s = mpc.slice %x dim 1 start 2 size 1 : tensor<4x3x5xf32> -> tensor<4x1x5xf32>
      %r = mpc.reshape %s : tensor<4x1x5xf32> to tensor<4x5xf32>
      %y = mpc.matmul %r, %w : (tensor<4x5xf32>, tensor<5x2xf32>) -> tensor<4x2xf32>
      %t = mpc.slice %x dim 1 start 0 size 1 : tensor<4x3x5xf32> -> tensor<4x1x5xf32>
      return %y, %t : tensor<4x2xf32>, tensor<4x1x5xf32>
    })");
  ASSERT_TRUE(body.module);
  BodyViews views(body.get(), body.target);
  EXPECT_TRUE(views.isView(body.find<SliceOp>()));
  EXPECT_TRUE(views.isView(body.find<ReshapeOp>()));
  EXPECT_FALSE(views.isView(body.find<SliceOp>(1))) << "it is returned";
  StridedView lhs = views.resolve(body.find<MatmulOp>().getLhs());
  EXPECT_EQ(lhs.base, body.get().getArgument(0));
  EXPECT_EQ(lhs.strides, Shape({15, 1}));
  EXPECT_EQ(lhs.offset, 10);
}

TEST(BodyViews, WhatNoLibraryReadsIsCopied) {
  ParsedBody body(R"(
    func.func @f(%x: tensor<2x3x4xf32>, %w: tensor<6x5xf32>) -> tensor<4x5xf32> {
      %t = mpc.transpose %x [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
      %r = mpc.reshape %t : tensor<4x2x3xf32> to tensor<4x6xf32>
      %y = mpc.matmul %r, %w : (tensor<4x6xf32>, tensor<6x5xf32>) -> tensor<4x5xf32>
      %u = mpc.transpose %x [2, 1, 0] : tensor<2x3x4xf32> -> tensor<4x3x2xf32>
      %v = mpc.reshape %u : tensor<4x3x2xf32> to tensor<4x6xf32>
      %z = mpc.matmul %v, %w : (tensor<4x6xf32>, tensor<6x5xf32>) -> tensor<4x5xf32>
      %s = mpc.add %y, %z : tensor<4x5xf32>
      return %s : tensor<4x5xf32>
    })");
  ASSERT_TRUE(body.module);
  BodyViews views(body.get(), body.target);
  EXPECT_TRUE(views.isView(body.find<TransposeOp>())) << "[1, 4]";
  EXPECT_FALSE(views.isView(body.find<TransposeOp>(1)))
      << "its last dimensions do not join";
}

TEST(BodyViews, ProductsWritePartsOfAConcatenation) {
  ParsedBody body(R"(
    func.func @f(%x: tensor<4x5xf32>, %w: tensor<5x2xf32>, %z: tensor<4x1xf32>) -> tensor<4x5xf32> {
      %a = mpc.matmul %x, %w : (tensor<4x5xf32>, tensor<5x2xf32>) -> tensor<4x2xf32>
      %b = mpc.matmul %x, %w : (tensor<4x5xf32>, tensor<5x2xf32>) -> tensor<4x2xf32>
      %e = mpc.exp %b : tensor<4x2xf32>
      %y = mpc.concat %z, %a, %e dim 1 : (tensor<4x1xf32>, tensor<4x2xf32>, tensor<4x2xf32>) -> tensor<4x5xf32>
      return %y : tensor<4x5xf32>
    })");
  ASSERT_TRUE(body.module);
  BodyViews views(body.get(), body.target);
  auto concat = body.find<ConcatOp>();
  EXPECT_FALSE(views.isInPlace(concat, 0));
  EXPECT_TRUE(views.isInPlace(concat, 1));
  EXPECT_FALSE(views.isInPlace(concat, 2)) << "a kernel computes it";
  const StridedView *place = views.getPlace(body.find<MatmulOp>());
  ASSERT_TRUE(place);
  EXPECT_EQ(place->base, concat.getResult());
  EXPECT_EQ(place->strides, Shape({5, 1}));
  EXPECT_EQ(place->offset, 1);
  EXPECT_FALSE(views.getPlace(body.find<MatmulOp>(1)));
}

} // namespace
