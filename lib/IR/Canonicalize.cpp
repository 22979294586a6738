//===- Canonicalize.cpp - rewrites that a fold cannot do ------------------===//
//
// Patterns change ops in place where they can: their tags stay.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Traits.h"
#include "mlir/IR/PatternMatch.h"
#include "mpc/IR/MPC.h"

using namespace mlir;
using namespace mpc;

//===----------------------------------------------------------------------===//
// Broadcasts before ops that broadcast by themselves
//===----------------------------------------------------------------------===//

/// Do `operands` still broadcast to `result` with operand `changed` as `type`?
static bool broadcastsTo(OperandRange operands, unsigned changed, Type type,
                         ArrayRef<int64_t> result) {
  SmallVector<int64_t> common;
  for (auto [index, operand] : llvm::enumerate(operands)) {
    Type current = index == changed ? type : operand.getType();
    SmallVector<int64_t> before = common;
    if (!OpTrait::util::getBroadcastedShape(
            before, cast<RankedTensorType>(current).getShape(), common))
      return false;
  }
  return ArrayRef(common) == result;
}

namespace {
/// add(broadcast(b), x) -> add(b, x), when x alone has the result's shape.
struct SkipBroadcast : OpInterfaceRewritePattern<PointwiseOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(PointwiseOpInterface op,
                                PatternRewriter &rewriter) const override {
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(op->getResult(0).getType()).getShape();
    for (OpOperand &operand : op->getOpOperands()) {
      auto broadcast = operand.get().getDefiningOp<BroadcastOp>();
      if (!broadcast ||
          !broadcastsTo(op->getOperands(), operand.getOperandNumber(),
                        broadcast.getInput().getType(), shape))
        continue;
      rewriter.modifyOpInPlace(op, [&] { operand.set(broadcast.getInput()); });
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand's broadcast is implied");
  }
};
} // namespace

void MPCDialect::getCanonicalizationPatterns(
    RewritePatternSet &patterns) const {
  patterns.add<SkipBroadcast>(patterns.getContext());
}

//===----------------------------------------------------------------------===//
// Transposes before contractions
//===----------------------------------------------------------------------===//

/// Does `op` swap the last two dimensions, and nothing else?
static bool swapsLastTwo(TransposeOp op) {
  ArrayRef<int64_t> permutation = op.getPermutation();
  int64_t rank = permutation.size();
  if (rank < 2 || permutation[rank - 1] != rank - 2)
    return false;
  return llvm::equal(permutation.drop_back(2), llvm::seq<int64_t>(0, rank - 2));
}

namespace {
/// matmul(transpose(a), b) -> matmul(a, b) transpose_lhs.
struct AbsorbTransposeIntoMatmul : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    for (OpOperand &operand : op->getOpOperands()) {
      auto transpose = operand.get().getDefiningOp<TransposeOp>();
      if (!transpose || !swapsLastTwo(transpose))
        continue;
      rewriter.modifyOpInPlace(op, [&] {
        operand.set(transpose.getInput());
        if (operand.getOperandNumber() == 0)
          op.setTransposeLhs(!op.getTransposeLhs());
        else
          op.setTransposeRhs(!op.getTransposeRhs());
      });
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand swaps two dimensions");
  }
};

/// einsum "ab,bc->ac" of transpose(x) -> einsum "ba,bc->ac" of x.
struct AbsorbTransposeIntoEinsum : OpRewritePattern<EinsumOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(EinsumOp op,
                                PatternRewriter &rewriter) const override {
    auto [inputs, result] = op.getSpec().split("->");
    auto [lhs, rhs] = inputs.split(",");
    std::string letters[] = {lhs.str(), rhs.str()};
    for (OpOperand &operand : op->getOpOperands()) {
      auto transpose = operand.get().getDefiningOp<TransposeOp>();
      if (!transpose)
        continue;
      std::string &mine = letters[operand.getOperandNumber()];
      std::string source(mine.size(), ' ');
      for (auto [i, dim] : llvm::enumerate(transpose.getPermutation()))
        source[dim] = mine[i];
      mine = source;
      std::string spec = letters[0] + "," + letters[1] + "->" + result.str();
      rewriter.modifyOpInPlace(op, [&] {
        op.setSpec(spec);
        operand.set(transpose.getInput());
      });
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand is transposed");
  }
};
} // namespace

void MatmulOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<AbsorbTransposeIntoMatmul>(context);
}

void EinsumOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<AbsorbTransposeIntoEinsum>(context);
}

//===----------------------------------------------------------------------===//
// Reductions of reductions
//===----------------------------------------------------------------------===//

namespace {
/// reduce sum [1] of reduce sum [2] -> reduce sum [1, 2].
struct MergeReduces : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<ReduceOp>();
    if (!inner || !inner->hasOneUse() || inner.getKind() != op.getKind())
      return rewriter.notifyMatchFailure(op, "the input is no such reduction");
    std::set<int64_t> dims(op.getDims().begin(), op.getDims().end());
    dims.insert(inner.getDims().begin(), inner.getDims().end());
    rewriter.modifyOpInPlace(op, [&] {
      op.setDims(SmallVector<int64_t>(dims.begin(), dims.end()));
      op.getInputMutable().assign(inner.getInput());
    });
    return success();
  }
};
} // namespace

void ReduceOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<MergeReduces>(context);
}
