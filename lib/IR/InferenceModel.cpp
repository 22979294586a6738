//===- InferenceModel.cpp - result types of contractions and composites ---===//

#include "InferenceSupport.h"
#include "llvm/ADT/StringExtras.h"
#include <map>

using namespace mlir;
using namespace mpc;

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

/// Sums are in f32, and need not be rounded to what the operands are in.
static bool isSumOf(TypeRange inferred, TypeRange actual) {
  auto from = dyn_cast<RankedTensorType>(inferred.front());
  auto to = dyn_cast<RankedTensorType>(actual.front());
  return inferred == actual ||
         (from && to && isNarrowFloat(from.getElementType()) &&
          to == from.clone(Float32Type::get(from.getContext())));
}

bool MatmulOp::isCompatibleReturnTypes(TypeRange inferred, TypeRange actual) {
  return isSumOf(inferred, actual);
}

bool EinsumOp::isCompatibleReturnTypes(TypeRange inferred, TypeRange actual) {
  return isSumOf(inferred, actual);
}

LogicalResult MatmulOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &results) {
  InferenceError<MatmulOp> error(location);
  if (failed(error.checkTensors(adaptor.getOperands())) ||
      failed(error.checkElements(adaptor.getOperands())))
    return failure();
  RankedTensorType lhs = tensorOf(adaptor.getLhs());
  RankedTensorType rhs = tensorOf(adaptor.getRhs());
  int64_t l = lhs.getRank(), r = rhs.getRank();
  if (l < 2 || r < 2)
    return error("expected operands of at least two dimensions, found ", lhs,
                 " and ", rhs);
  ArrayRef<int64_t> batch = lhs.getShape().drop_back(2);
  if (r != 2 && rhs.getShape().drop_back(2) != batch)
    return error(
        "expected equal batch dimensions, or none on the right, found ", lhs,
        " and ", rhs);
  int64_t rows = lhs.getDimSize(l - 2), inner = lhs.getDimSize(l - 1);
  int64_t innerRhs = rhs.getDimSize(r - 2), columns = rhs.getDimSize(r - 1);
  if (adaptor.getTransposeLhs())
    std::swap(rows, inner);
  if (adaptor.getTransposeRhs())
    std::swap(innerRhs, columns);
  if (inner != innerRhs)
    return error("expected equal inner sizes, found ", inner, " and ", innerRhs,
                 " in ", lhs, " and ", rhs);
  Shape shape(batch);
  shape.append({rows, columns});
  results.push_back(lhs.clone(shape));
  return success();
}

namespace {
/// The three lists of letters of `"bsk,khd->bshd"`.
struct EinsumLetters {
  StringRef lhs, rhs, result;
};
} // namespace

static EinsumLetters splitSpec(StringRef spec) {
  auto [inputs, result] = spec.split("->");
  auto [lhs, rhs] = inputs.split(",");
  return {lhs, rhs, result};
}

/// Lower-case letters, each at most once.
static bool areDistinctLetters(StringRef letters) {
  for (auto [i, letter] : llvm::enumerate(letters))
    if (!llvm::isLower(letter) ||
        letters.find(letter, i + 1) != StringRef::npos)
      return false;
  return true;
}

/// Binds each letter to the size it has in `type`.
static LogicalResult bindLetters(InferenceError<EinsumOp> error,
                                 StringRef letters, RankedTensorType type,
                                 std::map<char, int64_t> &sizes) {
  if (static_cast<int64_t>(letters.size()) != type.getRank())
    return error("expected a letter for each dimension, found \"", letters,
                 "\" for ", type);
  for (auto [letter, size] : llvm::zip_equal(letters, type.getShape())) {
    int64_t bound = sizes.try_emplace(letter, size).first->second;
    if (bound != size)
      return error("letter '", Twine(letter), "' has sizes ", bound, " and ",
                   size);
  }
  return success();
}

LogicalResult EinsumOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &results) {
  InferenceError<EinsumOp> error(location);
  StringRef spec = adaptor.getSpec();
  if (failed(error.checkTensors(adaptor.getOperands())) ||
      failed(error.checkElements(adaptor.getOperands())))
    return failure();
  EinsumLetters letters = splitSpec(spec);
  if (spec.count("->") != 1 || spec.count(',') != 1)
    return error("expected \"letters,letters->letters\", found \"", spec, "\"");
  for (StringRef list : {letters.lhs, letters.rhs, letters.result})
    if (!areDistinctLetters(list))
      return error("expected lower-case letters, each once, found \"", list,
                   "\"");
  std::map<char, int64_t> sizes;
  RankedTensorType lhs = tensorOf(adaptor.getLhs());
  if (failed(bindLetters(error, letters.lhs, lhs, sizes)) ||
      failed(
          bindLetters(error, letters.rhs, tensorOf(adaptor.getRhs()), sizes)))
    return failure();
  std::string all = (letters.lhs + letters.rhs + letters.result).str();
  for (char letter : all)
    if (llvm::count(all, letter) < 2)
      return error("letter '", Twine(letter), "' of \"", spec,
                   "\" stands in one list only, expected at least two");
  Shape shape;
  for (char letter : letters.result)
    shape.push_back(sizes.at(letter));
  results.push_back(lhs.clone(shape));
  return success();
}

//===----------------------------------------------------------------------===//
// Reductions, normalisations, attention
//===----------------------------------------------------------------------===//

LogicalResult ReduceOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &results) {
  InferenceError<ReduceOp> error(location);
  if (failed(error.checkTensors(adaptor.getInput())))
    return failure();
  RankedTensorType input = tensorOf(adaptor.getInput());
  if (input.getElementType().isInteger(1))
    return error("expected numbers, found truth values ('i1')");
  Shape shape(input.getShape());
  int64_t last = -1;
  for (int64_t dim : adaptor.getDims()) {
    if (failed(error.checkDim(dim, input)))
      return failure();
    if (dim <= last)
      return error("expected increasing dimensions, found ",
                   shapeText(adaptor.getDims()));
    shape[dim] = 1;
    last = dim;
  }
  results.push_back(input.clone(shape));
  return success();
}

LogicalResult SoftmaxOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location> location,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &results) {
  InferenceError<SoftmaxOp> error(location);
  RankedTensorType input = tensorOf(adaptor.getInput());
  if (failed(error.checkTensors(adaptor.getInput())) ||
      failed(error.checkDim(adaptor.getDim(), input)))
    return failure();
  results.push_back(input);
  return success();
}

/// The first operand is normalised over its last dimension, the others have
/// one value for each position of it.
template <typename Op>
static LogicalResult inferNorm(std::optional<Location> location,
                               ValueRange operands,
                               SmallVectorImpl<Type> &results) {
  InferenceError<Op> error(location);
  if (failed(error.checkTensors(operands)) ||
      failed(error.checkElements(operands)))
    return failure();
  RankedTensorType input = tensorOf(operands.front());
  if (input.getRank() < 1)
    return error("expected at least one dimension, found ", input);
  auto row = input.clone(input.getShape().take_back());
  for (Value operand : operands.drop_front())
    if (operand.getType() != row)
      return error("expected scale and bias of type ", row, ", found ",
                   operand.getType());
  results.push_back(input);
  return success();
}

LogicalResult LayerNormOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> location,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &results) {
  return inferNorm<LayerNormOp>(location, adaptor.getOperands(), results);
}

LogicalResult RmsNormOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location> location,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &results) {
  return inferNorm<RmsNormOp>(location, adaptor.getOperands(), results);
}

/// query [B, S, H, D], key [B, T, G, D], value [B, T, G, E] of attention.
template <typename OpT>
static LogicalResult checkHeads(InferenceError<OpT> &error, Value query,
                                Value key, Value value, bool causal) {
  ArrayRef<int64_t> q = tensorOf(query).getShape();
  ArrayRef<int64_t> k = tensorOf(key).getShape();
  ArrayRef<int64_t> v = tensorOf(value).getShape();
  for (Value operand : {query, key, value})
    if (tensorOf(operand).getRank() != 4)
      return error("expected operands of rank 4, found ", operand.getType());
  if (k.drop_back() != v.drop_back())
    return error("expected key [B, T, G, D] and value [B, T, G, E], found ",
                 shapeText(k), " and ", shapeText(v));
  if (q[0] != k[0] || q[3] != k[3])
    return error("expected query [B, S, H, D] and key [B, T, G, D], found ",
                 shapeText(q), " and ", shapeText(k));
  if (k[2] == 0 || q[2] % k[2] != 0)
    return error(q[2], " query heads are not a multiple of ", k[2],
                 " key heads");
  if (causal && q[1] > k[1])
    return error("a causal mask leaves nothing to see for the first of ", q[1],
                 " queries over ", k[1], " keys");
  return success();
}

/// As attention has it for each query and head.
static RankedTensorType getAttentionType(Value query, Value value) {
  Shape shape(tensorOf(query).getShape());
  shape[3] = tensorOf(value).getShape()[3];
  return tensorOf(query).clone(shape);
}

LogicalResult AttentionOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> location,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &results) {
  InferenceError<AttentionOp> error(location);
  if (failed(error.checkTensors(adaptor.getOperands())) ||
      failed(error.checkElements(adaptor.getOperands())) ||
      failed(checkHeads(error, adaptor.getQuery(), adaptor.getKey(),
                        adaptor.getValue(), adaptor.getCausal())))
    return failure();
  ArrayRef<int64_t> q = tensorOf(adaptor.getQuery()).getShape();
  int64_t keys = tensorOf(adaptor.getKey()).getShape()[1];
  if (Value mask = adaptor.getMask()) {
    if (tensorOf(mask).getRank() != 4)
      return error("expected operands of rank 4, found ", mask.getType());
    Shape scores{q[0], q[2], q[1], keys};
    for (auto [size, score] :
         llvm::zip_equal(tensorOf(mask).getShape(), scores))
      if (size != 1 && size != score)
        return error("expected a mask that broadcasts to ", shapeText(scores),
                     ", found ", mask.getType());
  }
  results.push_back(getAttentionType(adaptor.getQuery(), adaptor.getValue()));
  return success();
}

/// What both directions of attention by a library ask of their operands.
template <typename OpT>
static LogicalResult checkFlash(InferenceError<OpT> &error, Value query,
                                Value key, Value value, bool causal) {
  SmallVector<Value, 3> operands{query, key, value};
  if (failed(error.checkTensors(operands)) ||
      failed(error.checkElements(operands)) ||
      failed(checkHeads(error, query, key, value, causal)))
    return failure();
  int64_t queries = tensorOf(query).getShape()[1];
  int64_t keys = tensorOf(key).getShape()[1];
  if (causal && queries != keys)
    return error("expected as many keys as queries under a causal mask, found ",
                 keys, " and ", queries);
  return success();
}

/// [B, H, S] in f32 for a query [B, S, H, D].
static RankedTensorType getLogSumExpType(Value query) {
  ArrayRef<int64_t> q = tensorOf(query).getShape();
  return RankedTensorType::get({q[0], q[2], q[1]},
                               Float32Type::get(query.getContext()));
}

LogicalResult FlashAttentionOp::inferReturnTypes(
    MLIRContext *, std::optional<Location> location, Adaptor adaptor,
    SmallVectorImpl<Type> &results) {
  InferenceError<FlashAttentionOp> error(location);
  Value query = adaptor.getQuery(), value = adaptor.getValue();
  if (failed(checkFlash(error, query, adaptor.getKey(), value,
                        adaptor.getCausal())))
    return failure();
  results.append({getAttentionType(query, value), getLogSumExpType(query)});
  return success();
}

LogicalResult FlashAttentionGradOp::inferReturnTypes(
    MLIRContext *, std::optional<Location> location, Adaptor adaptor,
    SmallVectorImpl<Type> &results) {
  InferenceError<FlashAttentionGradOp> error(location);
  Value query = adaptor.getQuery(), value = adaptor.getValue();
  if (failed(checkFlash(error, query, adaptor.getKey(), value,
                        adaptor.getCausal())))
    return failure();
  auto check = [&](Value operand, RankedTensorType type) -> LogicalResult {
    if (operand.getType() == type)
      return success();
    return error("expected ", type, ", found ", operand.getType());
  };
  RankedTensorType result = getAttentionType(query, value);
  if (failed(check(adaptor.getResultGrad(), result)) ||
      failed(check(adaptor.getResult(), result)) ||
      failed(check(adaptor.getLogSumExp(), getLogSumExpType(query))))
    return failure();
  results.append(
      {query.getType(), adaptor.getKey().getType(), value.getType()});
  return success();
}

//===----------------------------------------------------------------------===//
// Tables, losses, dropout
//===----------------------------------------------------------------------===//

LogicalResult EmbeddingOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> location,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &results) {
  InferenceError<EmbeddingOp> error(location);
  if (failed(error.checkTensors(adaptor.getOperands())))
    return failure();
  RankedTensorType table = tensorOf(adaptor.getTable());
  if (table.getRank() < 1)
    return error("expected a table of at least one dimension, found ", table);
  Shape shape(tensorOf(adaptor.getIds()).getShape());
  llvm::append_range(shape, table.getShape().drop_front());
  results.push_back(table.clone(shape));
  return success();
}

/// Sum and count: the mean is taken once, at the update.
static void addLossTypes(MLIRContext *context, SmallVectorImpl<Type> &results) {
  results.append(2, RankedTensorType::get({}, Float32Type::get(context)));
}

LogicalResult CrossEntropyOp::inferReturnTypes(MLIRContext *context,
                                               std::optional<Location> location,
                                               Adaptor adaptor,
                                               SmallVectorImpl<Type> &results) {
  InferenceError<CrossEntropyOp> error(location);
  if (failed(error.checkTensors(adaptor.getOperands())))
    return failure();
  RankedTensorType logits = tensorOf(adaptor.getLogits());
  RankedTensorType labels = tensorOf(adaptor.getLabels());
  if (logits.getRank() < 1)
    return error("expected logits of at least one dimension, found ", logits);
  if (labels.getShape() != logits.getShape().drop_back())
    return error("expected labels of shape ",
                 shapeText(logits.getShape().drop_back()), ", found ",
                 shapeText(labels.getShape()));
  addLossTypes(context, results);
  return success();
}

LogicalResult SquaredErrorOp::inferReturnTypes(MLIRContext *context,
                                               std::optional<Location> location,
                                               Adaptor adaptor,
                                               SmallVectorImpl<Type> &results) {
  InferenceError<SquaredErrorOp> error(location);
  if (failed(error.checkTensors(adaptor.getOperands())))
    return failure();
  if (adaptor.getPrediction().getType() != adaptor.getTarget().getType())
    return error("expected a target of type ",
                 adaptor.getPrediction().getType(), ", found ",
                 adaptor.getTarget().getType());
  addLossTypes(context, results);
  return success();
}

LogicalResult DropoutOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location> location,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &results) {
  InferenceError<DropoutOp> error(location);
  if (failed(error.checkTensors(adaptor.getInput())))
    return failure();
  double rate = adaptor.getRate().convertToDouble();
  if (!(rate >= 0 && rate < 1))
    return error("expected a rate of at least 0 and below 1, found ",
                 adaptor.getRateAttr());
  results.push_back(adaptor.getInput().getType());
  return success();
}
