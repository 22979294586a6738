//===- Attention.cpp - attention, its mask and its groups of heads --------===//

#include "Match.h"
#include <limits>

using namespace mlir;
using namespace mpc;
using namespace mpc::raise;

/// [batch, head, position, width] <-> [batch, position, head, width]
static constexpr int64_t kSwapHeads[] = {0, 2, 1, 3};

/// Sums of more masks than exporters write are left as they are.
static constexpr unsigned kDeepest = 4;

/// The largest number that hides: e^-10000 is 0 in every type.
static constexpr double kHidden = -1e4;

static Value transpose(TensorBuilder &t, Value x, ArrayRef<int64_t> dims) {
  return t.create<TransposeOp>(x, dims);
}

static UnitAttr getFlag(Builder &builder, bool isSet) {
  return isSet ? builder.getUnitAttr() : UnitAttr();
}

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

/// Skips dims of size 1 put before, and repetitions.
static Value skipViews(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<ReshapeOp, BroadcastOp>(op))
      break;
    ArrayRef<int64_t> from = getShape(op->getOperand(0));
    ArrayRef<int64_t> to = getShape(value);
    // The last two dims, rows and columns, must stay what they are.
    if (from.size() < 2 || to.size() < 2 ||
        from.take_back(2) != to.take_back(2))
      break;
    value = op->getOperand(0);
  }
  return value;
}

/// Is this the coordinate along `dim` of a matrix of `size` there, plus what is
/// returned?
static std::optional<int64_t> matchIndex(Value value, int64_t dim,
                                         int64_t size) {
  int64_t shift = 0;
  if (auto add = value.getDefiningOp<AddOp>()) {
    auto constant = add.getRhs().getDefiningOp<ConstantOp>();
    auto number =
        constant ? dyn_cast<IntegerAttr>(constant.getValue()) : IntegerAttr();
    if (!number)
      return std::nullopt;
    shift = number.getInt();
    value = add.getLhs();
  }
  auto index = value.getDefiningOp<GlobalIndexOp>();
  if (!index || getShape(index.getInput()).size() != 2 ||
      static_cast<int64_t>(index.getDim()) != dim ||
      getShape(index.getInput())[dim] != size)
    return std::nullopt;
  return shift;
}

/// Position s of `rows` sees t <= s + columns - rows.
static bool isCausal(Value condition, int64_t rows, int64_t columns) {
  if (rows > columns) // the first rows would see nothing
    return false;
  auto compare = skipViews(condition).getDefiningOp<CompareOp>();
  if (!compare || compare.getPredicate() != Comparison::GE)
    return false;
  auto row = matchIndex(compare.getLhs(), 0, rows);
  auto column = matchIndex(compare.getRhs(), 1, columns);
  return row && column && *row - *column == columns - rows;
}

static bool hides(Value value) {
  std::optional<double> number = getNumber(value);
  return number && *number <= kHidden;
}

static bool isCausalMask(Value mask, int64_t rows, int64_t columns) {
  auto select = skipViews(mask).getDefiningOp<SelectOp>();
  return select && getNumber(select.getOnTrue()) == 0.0 &&
         hides(select.getOnFalse()) &&
         isCausal(select.getCondition(), rows, columns);
}

namespace {
/// What is added to scores [.., S, T].
struct Masks {
  Masks(int64_t rows, int64_t columns) : rows(rows), columns(columns) {}

  void add(Value mask, unsigned depth = 0) {
    auto sum = mask.getDefiningOp<AddOp>();
    if (sum && depth < kDeepest) {
      add(sum.getLhs(), depth + 1);
      return add(sum.getRhs(), depth + 1);
    }
    if (isCausalMask(mask, rows, columns))
      causal = true;
    else if (getNumber(mask) != 0.0)
      others.push_back(mask);
  }
  /// The sum of the others, of rank 4; null for none.
  Value build(TensorBuilder &t) const {
    Value sum;
    for (Value mask : others)
      sum = sum ? t.add(sum, mask) : mask;
    if (!sum)
      return sum;
    SmallVector<int64_t> shape(getShape(sum));
    shape.insert(shape.begin(), 4 - shape.size(), 1);
    return t.reshape(sum, shape);
  }

  int64_t rows, columns;
  bool causal = false;
  SmallVector<Value> others;
};
} // namespace

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

namespace {
/// scale Q K^T + masks, heads before positions.
struct Scores {
  Value query, key;
  bool isKeyTransposed = false;
  double scale = 1;
};
} // namespace

/// A matrix times a number, perhaps the number of a mask of one element.
static Value takeScale(Value value, double &scale) {
  Product product(value);
  if (product.factors.size() != 1 || !product.divisors.empty() ||
      product.factors.front().getType() != value.getType())
    return value;
  scale *= product.scale;
  return product.factors.front();
}

/// The product, with the numbers of both sides; none where this is something
/// else.
static std::optional<Scores> matchProduct(Value value) {
  Scores scores;
  auto matmul = takeScale(value, scores.scale).getDefiningOp<MatmulOp>();
  if (!matmul || matmul.getTransposeLhs() || getShape(value).size() != 4 ||
      getShape(matmul.getRhs()).size() != 4)
    return std::nullopt;
  scores.query = takeScale(matmul.getLhs(), scores.scale);
  scores.key = takeScale(matmul.getRhs(), scores.scale);
  scores.isKeyTransposed = matmul.getTransposeRhs();
  return scores;
}

/// Takes masks off until the product is left.
static std::optional<Scores> matchScores(Value value, Masks &masks,
                                         TensorBuilder &t, unsigned depth = 0) {
  if (auto scores = matchProduct(value))
    return scores;
  if (depth >= kDeepest)
    return std::nullopt;
  if (auto select = value.getDefiningOp<SelectOp>()) {
    if (!hides(select.getOnFalse()) ||
        select.getOnTrue().getType() != value.getType())
      return std::nullopt;
    auto scores = matchScores(select.getOnTrue(), masks, t, depth + 1);
    if (scores && isCausal(select.getCondition(), masks.rows, masks.columns))
      masks.causal = true;
    else if (scores)
      masks.add(t.select(select.getCondition(), t.scalar(value, 0),
                         select.getOnFalse()));
    return scores;
  }
  auto add = value.getDefiningOp<AddOp>();
  if (!add)
    return std::nullopt;
  for (auto [rest, mask] : {std::pair(add.getLhs(), add.getRhs()),
                            std::pair(add.getRhs(), add.getLhs())}) {
    if (rest.getType() != value.getType() || getShape(mask).size() > 4)
      continue;
    Masks tried = masks;
    if (auto scores = matchScores(rest, tried, t, depth + 1)) {
      masks = tried;
      masks.add(mask);
      return scores;
    }
  }
  return std::nullopt;
}

namespace {
/// softmax(scale Q K^T + mask) V
struct RaiseAttention : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    auto softmax = op.getLhs().getDefiningOp<SoftmaxOp>();
    if (!softmax || softmax.getDim() != 3 || op.getTransposeLhs() ||
        getShape(op.getLhs()).size() != 4 || getShape(op.getRhs()).size() != 4)
      return rewriter.notifyMatchFailure(op, "no product with a softmax");
    ArrayRef<int64_t> shape = getShape(softmax);
    Masks masks(shape[2], shape[3]);
    TensorBuilder t(rewriter, op.getLoc());
    auto scores = matchScores(softmax.getInput(), masks, t);
    if (!scores)
      return rewriter.notifyMatchFailure(op, "the scores are no product");
    // [b, h, t, d], or [b, h, d, t] where the product does not transpose it.
    Value key =
        transpose(t, scores->key,
                  scores->isKeyTransposed ? ArrayRef(kSwapHeads)
                                          : ArrayRef<int64_t>({0, 3, 1, 2}));
    Value value =
        transpose(t, op.getRhs(),
                  op.getTransposeRhs() ? ArrayRef<int64_t>({0, 3, 1, 2})
                                       : ArrayRef(kSwapHeads));
    Value result = t.create<AttentionOp>(
        transpose(t, scores->query, kSwapHeads), key, value, masks.build(t),
        rewriter.getF64FloatAttr(scores->scale),
        getFlag(rewriter, masks.causal));
    rewriter.replaceOp(op, transpose(t, result, kSwapHeads));
    return success();
  }
};

/// A mask of a whole op that is causal, or nothing.
struct SimplifyAttentionMask : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getMask())
      return rewriter.notifyMatchFailure(op, "no mask");
    Masks masks(getShape(op.getQuery())[1], getShape(op.getKey())[1]);
    masks.add(op.getMask());
    if (!masks.causal && !masks.others.empty())
      return rewriter.notifyMatchFailure(op, "the mask is no simpler one");
    TensorBuilder t(rewriter, op.getLoc());
    rewriter.replaceOpWithNewOp<AttentionOp>(
        op, op.getQuery(), op.getKey(), op.getValue(), masks.build(t),
        op.getScaleAttr(), getFlag(rewriter, op.getCausal() || masks.causal));
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Groups of heads
//===----------------------------------------------------------------------===//

/// [B, T, H, D], in which each of G heads is repeated H / G times: [B, G, 1, T,
/// D].
static Value matchRepeatedHeads(Value value) {
  auto transpose = value.getDefiningOp<TransposeOp>();
  if (!transpose || transpose.getPermutation() != ArrayRef(kSwapHeads))
    return {};
  auto merge = transpose.getInput().getDefiningOp<ReshapeOp>();
  auto repeat =
      merge ? merge.getInput().getDefiningOp<BroadcastOp>() : BroadcastOp();
  if (!repeat || getShape(repeat).size() != 5)
    return {};
  ArrayRef<int64_t> from = getShape(repeat.getInput()), to = getShape(repeat);
  ArrayRef<int64_t> heads = getShape(merge);
  if (from.size() != 5 || from[2] != 1 ||
      to.take_front(2) != from.take_front(2) ||
      to.take_back(2) != from.take_back(2) || heads[0] != to[0] ||
      heads.take_back(2) != to.take_back(2))
    return {};
  return repeat.getInput();
}

/// [B, G, 1, T, D] as [B, T, G, D].
static Value makeGroups(TensorBuilder &t, Value heads) {
  ArrayRef<int64_t> shape = getShape(heads);
  Value groups = t.reshape(heads, {shape[0], shape[1], shape[3], shape[4]});
  return transpose(t, groups, kSwapHeads);
}

namespace {
struct UnrepeatHeads : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    Value key = matchRepeatedHeads(op.getKey());
    Value value = matchRepeatedHeads(op.getValue());
    if (!key || !value || getShape(key)[1] != getShape(value)[1])
      return rewriter.notifyMatchFailure(op, "no repeated keys and values");
    TensorBuilder t(rewriter, op.getLoc());
    rewriter.replaceOpWithNewOp<AttentionOp>(
        op, op.getQuery(), makeGroups(t, key), makeGroups(t, value),
        op.getMask(), op.getScaleAttr(), op.getCausalAttr());
    return success();
  }
};
} // namespace

void raise::addAttentionPatterns(RewritePatternSet &patterns) {
  patterns.add<RaiseAttention, SimplifyAttentionMask, UnrepeatHeads>(
      patterns.getContext());
}
