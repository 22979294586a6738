//===- EvaluateModel.cpp - contractions, composites, tables ---------------===//

#include "Evaluators.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace mpc;
using namespace mpc::test;

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

static Tensor evaluateMatmul(MatmulOp op, Operands operands) {
  const Tensor &a = operands[0], &b = operands[1];
  bool transposeA = op.getTransposeLhs(), transposeB = op.getTransposeRhs();
  size_t rank = a.shape.size();
  int64_t inner = a.shape[transposeA ? rank - 2 : rank - 1];
  Tensor result = Tensor::zeros(shapeOf(op.getResult()));
  forEach(result.shape, [&](const Coords &to) {
    Coords left = to, right = to;
    int64_t row = to[rank - 2], column = to[rank - 1];
    double sum = 0;
    for (int64_t k = 0; k < inner; ++k) {
      left[rank - 2] = transposeA ? k : row,
                  left[rank - 1] = transposeA ? row : k;
      right[rank - 2] = transposeB ? column : k,
                   right[rank - 1] = transposeB ? k : column;
      sum += at(a, left) * at(b, right);
    }
    ref(result, to) = sum;
  });
  return result;
}

static Tensor evaluateEinsum(EinsumOp op, Operands operands) {
  auto [inputs, output] = op.getSpec().split("->");
  auto [left, right] = inputs.split(",");
  std::map<char, int64_t> sizes;
  for (auto [letters, operand] :
       {std::pair(left, &operands[0]), std::pair(right, &operands[1])})
    for (auto [letter, size] : llvm::zip_equal(letters, operand->shape))
      sizes[letter] = size;
  std::map<char, size_t> position;
  std::vector<int64_t> space;
  for (auto [letter, size] : sizes) {
    position[letter] = space.size();
    space.push_back(size);
  }
  auto pick = [&](StringRef letters, const Coords &point) {
    Coords coords;
    for (char letter : letters)
      coords.push_back(point[position[letter]]);
    return coords;
  };
  Tensor result = Tensor::zeros(shapeOf(op.getResult()));
  forEach(space, [&](const Coords &point) {
    ref(result, pick(output, point)) += at(operands[0], pick(left, point)) *
                                        at(operands[1], pick(right, point));
  });
  return result;
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

/// Replaces every line along `dim` by what `function` makes of it.
static Tensor mapLines(const Tensor &x, int64_t dim,
                       function_ref<void(std::vector<double> &)> function) {
  Tensor result = x;
  std::vector<int64_t> starts = x.shape;
  starts[dim] = 1;
  forEach(starts, [&](const Coords &start) {
    std::vector<double> line;
    Coords coords = start;
    for (coords[dim] = 0; coords[dim] < x.shape[dim]; ++coords[dim])
      line.push_back(ref(result, coords));
    function(line);
    for (coords[dim] = 0; coords[dim] < x.shape[dim]; ++coords[dim])
      ref(result, coords) = line[coords[dim]];
  });
  return result;
}

/// Zeros where every entry is -inf.
static void softmax(std::vector<double> &line) {
  double max = *llvm::max_element(line), sum = 0;
  for (double &x : line)
    sum += x = std::isinf(max) && max < 0 ? 0 : std::exp(x - max);
  for (double &x : line)
    x = sum == 0 ? 0 : x / sum;
}

static double getMean(ArrayRef<double> line) {
  double sum = 0;
  for (double x : line)
    sum += x;
  return sum / static_cast<double>(line.size());
}

static Tensor evaluateLayerNorm(LayerNormOp op, Operands operands) {
  double epsilon = op.getEpsilon().convertToDouble();
  return mapLines(operands[0], operands[0].shape.size() - 1,
                  [&](std::vector<double> &line) {
                    double mean = getMean(line), variance = 0;
                    for (double x : line)
                      variance += (x - mean) * (x - mean) /
                                  static_cast<double>(line.size());
                    for (auto [index, x] : llvm::enumerate(line)) {
                      x = (x - mean) / std::sqrt(variance + epsilon) *
                          operands[1].data[index];
                      if (op.getBias())
                        x += operands[2].data[index];
                    }
                  });
}

static Tensor evaluateRmsNorm(RmsNormOp op, Operands operands) {
  double epsilon = op.getEpsilon().convertToDouble();
  return mapLines(operands[0], operands[0].shape.size() - 1,
                  [&](std::vector<double> &line) {
                    double square = 0;
                    for (double x : line)
                      square += x * x / static_cast<double>(line.size());
                    for (auto [index, x] : llvm::enumerate(line))
                      x = x / std::sqrt(square + epsilon) *
                          operands[1].data[index];
                  });
}

namespace {
/// Scores of one query of attention, for both of its forms.
template <typename OpT> class AttentionRow {
public:
  AttentionRow(OpT op, const Tensor &query, const Tensor &key)
      : op(op), query(query), key(key) {}

  int64_t getKeys() const { return key.shape[1]; }
  int64_t getGroup(int64_t head) const {
    return head / (query.shape[2] / key.shape[2]);
  }
  bool isSeen(int64_t row, int64_t position) const {
    return !op.getCausal() || position <= row + getKeys() - query.shape[1];
  }
  /// Of key `t`, before any mask.
  double score(int64_t b, int64_t s, int64_t h, int64_t t) const {
    double dot = 0;
    for (int64_t d = 0; d < query.shape[3]; ++d)
      dot += at(query, {b, s, h, d}) * at(key, {b, t, getGroup(h), d});
    return dot * op.getScale().convertToDouble();
  }

private:
  mutable OpT op;
  const Tensor &query, &key;
};
} // namespace

static Tensor evaluateAttention(AttentionOp op, Operands operands) {
  const Tensor &query = operands[0], &value = operands[2];
  AttentionRow<AttentionOp> row(op, query, operands[1]);
  Tensor result = Tensor::zeros(shapeOf(op.getResult()));
  forEach(ArrayRef(query.shape).take_front(3), [&](const Coords &position) {
    int64_t b = position[0], s = position[1], h = position[2];
    std::vector<double> weights(row.getKeys());
    for (int64_t t = 0; t < row.getKeys(); ++t) {
      weights[t] = row.score(b, s, h, t);
      if (op.getMask())
        weights[t] += at(operands[3], {b, h, s, t});
      if (!row.isSeen(s, t))
        weights[t] = -INFINITY;
    }
    softmax(weights);
    for (int64_t e = 0; e < value.shape[3]; ++e)
      for (int64_t t = 0; t < row.getKeys(); ++t)
        ref(result, {b, s, h, e}) +=
            weights[t] * at(value, {b, t, row.getGroup(h), e});
  });
  return result;
}

static std::vector<Tensor> evaluateFlashAttention(FlashAttentionOp op,
                                                  Operands operands) {
  const Tensor &query = operands[0], &value = operands[2];
  AttentionRow<FlashAttentionOp> row(op, query, operands[1]);
  Tensor result = Tensor::zeros(shapeOf(op.getResult()));
  Tensor logSumExp = Tensor::zeros(shapeOf(op.getLogSumExp()));
  forEach(ArrayRef(query.shape).take_front(3), [&](const Coords &position) {
    int64_t b = position[0], s = position[1], h = position[2];
    double sum = 0;
    for (int64_t t = 0; t < row.getKeys(); ++t) {
      double weight = row.isSeen(s, t) ? std::exp(row.score(b, s, h, t)) : 0;
      sum += weight;
      for (int64_t e = 0; e < value.shape[3]; ++e)
        ref(result, {b, s, h, e}) +=
            weight * at(value, {b, t, row.getGroup(h), e});
    }
    for (int64_t e = 0; e < value.shape[3]; ++e)
      ref(result, {b, s, h, e}) /= sum;
    ref(logSumExp, {b, h, s}) = std::log(sum);
  });
  return {result, logSumExp};
}

static std::vector<Tensor> evaluateFlashAttentionGrad(FlashAttentionGradOp op,
                                                      Operands operands) {
  const Tensor &dy = operands[0], &query = operands[1], &key = operands[2];
  const Tensor &value = operands[3], &y = operands[4], &lse = operands[5];
  AttentionRow<FlashAttentionGradOp> row(op, query, key);
  double scale = op.getScale().convertToDouble();
  Tensor dq = Tensor::zeros(query.shape), dk = Tensor::zeros(key.shape);
  Tensor dv = Tensor::zeros(value.shape);
  forEach(ArrayRef(query.shape).take_front(3), [&](const Coords &position) {
    int64_t b = position[0], s = position[1], h = position[2];
    int64_t g = row.getGroup(h);
    double mean = 0;
    for (int64_t e = 0; e < value.shape[3]; ++e)
      mean += at(dy, {b, s, h, e}) * at(y, {b, s, h, e});
    for (int64_t t = 0; t < row.getKeys(); ++t) {
      if (!row.isSeen(s, t))
        continue;
      double weight = std::exp(row.score(b, s, h, t) - at(lse, {b, h, s}));
      double slope = -mean;
      for (int64_t e = 0; e < value.shape[3]; ++e) {
        slope += at(dy, {b, s, h, e}) * at(value, {b, t, g, e});
        ref(dv, {b, t, g, e}) += weight * at(dy, {b, s, h, e});
      }
      for (int64_t d = 0; d < query.shape[3]; ++d) {
        ref(dq, {b, s, h, d}) += scale * weight * slope * at(key, {b, t, g, d});
        ref(dk, {b, t, g, d}) +=
            scale * weight * slope * at(query, {b, s, h, d});
      }
    }
  });
  return {dq, dk, dv};
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

static Tensor evaluateEmbedding(EmbeddingOp op, Operands operands) {
  const Tensor &table = operands[0], &ids = operands[1];
  int64_t rows = table.shape[0], width = table.size() / rows;
  Tensor result = Tensor::zeros(shapeOf(op.getResult()));
  for (auto [index, id] : llvm::enumerate(ids.data))
    if (id >= 0 && id < static_cast<double>(rows))
      std::copy_n(table.data.begin() + int64_t(id) * width, width,
                  result.data.begin() + index * width);
  return result;
}

static Tensor evaluateScatterAdd(ScatterAddOp op, Operands operands) {
  const Tensor &ids = operands[0], &updates = operands[1];
  Tensor result = Tensor::zeros(shapeOf(op.getResult()));
  int64_t rows = result.shape[0], width = result.size() / rows;
  for (auto [index, id] : llvm::enumerate(ids.data))
    if (id >= 0 && id < static_cast<double>(rows))
      for (int64_t column = 0; column < width; ++column)
        result.data[int64_t(id) * width + column] +=
            updates.data[index * width + column];
  return result;
}

//===----------------------------------------------------------------------===//
// Losses and dropout
//===----------------------------------------------------------------------===//

static std::vector<Tensor> evaluateCrossEntropy(CrossEntropyOp op,
                                                Operands operands) {
  const Tensor &logits = operands[0], &labels = operands[1];
  auto ignored = static_cast<double>(static_cast<int64_t>(op.getIgnoreIndex()));
  int64_t classes = logits.shape.back();
  double sum = 0, count = 0;
  for (auto [row, label] : llvm::enumerate(labels.data)) {
    if (label == ignored)
      continue;
    auto line = ArrayRef(logits.data).slice(row * classes, classes);
    double max = *llvm::max_element(line), total = 0;
    for (double x : line)
      total += std::exp(x - max);
    sum += std::log(total) + max - line[int64_t(label)];
    ++count;
  }
  return {Tensor::scalar(sum), Tensor::scalar(count)};
}

static std::vector<Tensor> evaluateSquaredError(SquaredErrorOp,
                                                Operands operands) {
  double sum = 0;
  for (auto [p, t] : llvm::zip_equal(operands[0].data, operands[1].data))
    sum += (p - t) * (p - t);
  return {Tensor::scalar(sum),
          Tensor::scalar(static_cast<double>(operands[0].size()))};
}

static Tensor evaluateDropout(DropoutOp op, Operands operands) {
  double rate = op.getRate().convertToDouble();
  auto step = static_cast<uint64_t>(operands[1].data[0]);
  Tensor result = operands[0];
  for (auto [index, x] : llvm::enumerate(result.data)) {
    // The bits count from the lowest signed number.
    uint32_t bits = philox(index, step, op.getSeed()) ^ 0x80000000u;
    x = bits < std::floor(rate * 4294967296.0) ? 0 : x / (1 - rate);
  }
  return result;
}

std::optional<std::vector<Tensor>> test::evaluateModel(Operation *op,
                                                       Operands operands) {
  using Result = std::optional<std::vector<Tensor>>;
  auto one = [](Tensor tensor) -> Result {
    return std::vector<Tensor>{std::move(tensor)};
  };
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](MatmulOp op) { return one(evaluateMatmul(op, operands)); })
      .Case([&](EinsumOp op) { return one(evaluateEinsum(op, operands)); })
      .Case([&](SoftmaxOp op) {
        return one(mapLines(operands[0], op.getDim(), softmax));
      })
      .Case(
          [&](LayerNormOp op) { return one(evaluateLayerNorm(op, operands)); })
      .Case([&](RmsNormOp op) { return one(evaluateRmsNorm(op, operands)); })
      .Case(
          [&](AttentionOp op) { return one(evaluateAttention(op, operands)); })
      .Case([&](FlashAttentionOp op) {
        return Result(evaluateFlashAttention(op, operands));
      })
      .Case([&](FlashAttentionGradOp op) {
        return Result(evaluateFlashAttentionGrad(op, operands));
      })
      .Case(
          [&](EmbeddingOp op) { return one(evaluateEmbedding(op, operands)); })
      .Case([&](ScatterAddOp op) {
        return one(evaluateScatterAdd(op, operands));
      })
      .Case([&](CrossEntropyOp op) {
        return Result(evaluateCrossEntropy(op, operands));
      })
      .Case([&](SquaredErrorOp op) {
        return Result(evaluateSquaredError(op, operands));
      })
      .Case([&](DropoutOp op) { return one(evaluateDropout(op, operands)); })
      .Default([](Operation *) { return Result(); });
}
