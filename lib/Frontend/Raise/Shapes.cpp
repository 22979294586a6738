//===- Shapes.cpp - products and transposes without detours ---------------===//

#include "Match.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::raise;

static int64_t getSize(ArrayRef<int64_t> shape) {
  int64_t size = 1;
  for (int64_t dim : shape)
    size *= dim;
  return size;
}

/// How many leading dims of `shape` make `rows`, so that others are left; 0 for
/// none.
static size_t countLeading(ArrayRef<int64_t> shape, int64_t rows) {
  int64_t size = 1;
  if (shape.empty())
    return 0;
  for (auto [i, dim] : llvm::enumerate(shape.drop_back()))
    if ((size *= dim) == rows)
      return i + 1;
  return 0;
}

namespace {
/// Heads and samples as one dim around a transpose:
///   [2, 2, 2, 16, 8] -> [8, 16, 8] -> [8, 8, 16] -> [2, 4, 8, 16]
/// becomes
///   [2, 2, 2, 16, 8] -> [2, 4, 16, 8] -> [2, 4, 8, 16]
struct SkipMergedTranspose : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto transpose = op.getInput().getDefiningOp<TransposeOp>();
    auto merge = transpose ? transpose.getInput().getDefiningOp<ReshapeOp>()
                           : ReshapeOp();
    if (!merge || transpose.getPermutation().empty() ||
        transpose.getPermutation().front() != 0)
      return rewriter.notifyMatchFailure(op, "no merged transpose");
    // The dims that are merged here and split behind the transpose.
    ArrayRef<int64_t> merged = getShape(merge), split = getShape(op);
    ArrayRef<int64_t> source = getShape(merge.getInput());
    size_t before = countLeading(source, merged.front());
    size_t after = countLeading(split, merged.front());
    if (before < 2 || after < 2 ||
        source.drop_front(before) != merged.drop_front() ||
        split.drop_front(after) != getShape(transpose).drop_front())
      return rewriter.notifyMatchFailure(op, "it merges no leading dims");
    SmallVector<int64_t> permutation =
        llvm::to_vector(llvm::seq<int64_t>(after));
    for (int64_t dim : transpose.getPermutation().drop_front())
      permutation.push_back(dim - 1 + after);
    SmallVector<int64_t> shape(split.take_front(after));
    llvm::append_range(shape, source.drop_front(before));
    TensorBuilder t(rewriter, op.getLoc());
    rewriter.replaceOpWithNewOp<TransposeOp>(
        op, t.reshape(merge.getInput(), shape), permutation);
    return success();
  }
};

/// A product of rows [batch * position, width] as one of [batch, position,
/// width]. The reshape moves behind it, where another one undoes it.
struct UnflattenMatmul : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    auto merge = op.getLhs().getDefiningOp<ReshapeOp>();
    if (!merge || op.getTransposeLhs() || getShape(op.getLhs()).size() != 2 ||
        getShape(op.getRhs()).size() != 2)
      return rewriter.notifyMatchFailure(op, "no product of merged rows");
    ArrayRef<int64_t> source = getShape(merge.getInput());
    if (source.size() < 3)
      return rewriter.notifyMatchFailure(op, "no dims are merged");
    size_t leading = countLeading(source, getShape(merge)[0]);
    if (leading < 2)
      return rewriter.notifyMatchFailure(op, "no rows are merged");
    TensorBuilder t(rewriter, op.getLoc());
    SmallVector<int64_t> shape(source.take_front(leading));
    shape.push_back(getSize(source.drop_front(leading)));
    Value product = t.matmul(t.reshape(merge.getInput(), shape), op.getRhs(),
                             false, op.getTransposeRhs());
    rewriter.replaceOp(op, t.reshape(product, getShape(op)));
    return success();
  }
};

/// (reshape x) + bias -> reshape (x + bias), where rows stay rows.
struct SinkReshapeBelowBias : OpRewritePattern<AddOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AddOp op,
                                PatternRewriter &rewriter) const override {
    for (auto [x, bias] : {std::pair(op.getLhs(), op.getRhs()),
                           std::pair(op.getRhs(), op.getLhs())}) {
      auto reshape = x.getDefiningOp<ReshapeOp>();
      if (!reshape || getShape(bias).size() != 1 || getShape(x).empty() ||
          !reshape.getInput().getDefiningOp<MatmulOp>())
        continue;
      ArrayRef<int64_t> source = getShape(reshape.getInput());
      if (source.back() != getShape(x).back() ||
          getShape(bias)[0] != source.back())
        continue;
      TensorBuilder t(rewriter, op.getLoc());
      rewriter.replaceOp(
          op, t.reshape(t.add(reshape.getInput(), bias), getShape(op)));
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no bias on merged rows");
  }
};

/// where(isnan(y), 0, y) of a softmax, whose rows of -inf are 0 already.
struct DropNaNGuard : OpRewritePattern<SelectOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SelectOp op,
                                PatternRewriter &rewriter) const override {
    auto test = op.getCondition().getDefiningOp<CompareOp>();
    Value y = op.getOnFalse();
    if (!test || test.getPredicate() != Comparison::NE || test.getLhs() != y ||
        test.getRhs() != y || getNumber(op.getOnTrue()) != 0.0 ||
        !y.getDefiningOp<SoftmaxOp>() || y.getType() != op.getType())
      return rewriter.notifyMatchFailure(op, "no guard of a softmax");
    rewriter.replaceOp(op, y);
    return success();
  }
};
} // namespace

void raise::addShapePatterns(RewritePatternSet &patterns) {
  patterns.add<SkipMergedTranspose, UnflattenMatmul, SinkReshapeBelowBias,
               DropNaNGuard>(patterns.getContext());
}
