//===- AttentionProblem.cpp - Attentions and what they should give --------===//
#include "AttentionProblem.h"
#include "core/HalfFloat.h"
#include <algorithm>
#include <cmath>
#include <random>

namespace mpcrt::test {

//===----------------------------------------------------------------------===//
// Problems
//===----------------------------------------------------------------------===//

AttentionProblem AttentionProblem::dense(const AttentionSizes &sizes,
                                         bool isCausal) {
  AttentionProblem problem;
  mpcrt_attention_desc &d = problem.desc;
  d.dtype = MPCRT_BF16;
  d.causal = isCausal;
  d.has_lse = 1;
  d.scale = 0.5;
  d.b = sizes.b, d.s = sizes.s, d.t = sizes.t, d.h = sizes.h, d.g = sizes.g;
  d.d = sizes.d, d.e = sizes.e;
  for (int role = 0; role < AttentionLSE; ++role) {
    auto [_, length, heads, width] = attentionSizes(d, role);
    const int64_t strides[] = {length * heads * width, heads * width, width, 1};
    std::copy_n(strides, 4, d.*attentionStrides[role]);
  }
  for (int role = 0; role < attentionRoles; ++role)
    problem.buffers[role] = role;
  return problem;
}

AttentionProblem AttentionProblem::packed(int64_t b, int64_t s, int64_t h,
                                          int64_t d, bool isCausal) {
  AttentionProblem problem = dense({b, s, s, h, h, d, d}, isCausal);
  for (int first : {int(AttentionQ), int(AttentionGradQ)})
    for (int part = 0; part < 3; ++part) {
      const int64_t strides[] = {s * 3 * h * d, 3 * h * d, d, 1};
      std::copy_n(strides, 4, problem.desc.*attentionStrides[first + part]);
      problem.buffers[first + part] = first;
      problem.offsets[first + part] = part * h * d;
    }
  return problem;
}

AttentionProblem AttentionProblem::gradient() const {
  AttentionProblem problem = *this;
  problem.desc.gradient = problem.desc.has_lse = 1;
  return problem;
}

std::vector<int64_t> AttentionProblem::bufferElements() const {
  std::vector<int64_t> elements(attentionRoles, 1);
  for (int role = 0; role < AttentionLSE; ++role) {
    int64_t last = offsets[role];
    std::array<int64_t, 4> sizes = attentionSizes(desc, role);
    for (int i = 0; i < 4; ++i)
      last += (sizes[i] - 1) * (desc.*attentionStrides[role])[i];
    int64_t &known = elements[buffers[role]];
    known = std::max(known, last + 1);
  }
  elements[buffers[AttentionLSE]] = desc.b * desc.h * desc.s;
  return elements;
}

json AttentionProblem::launch() const {
  const mpcrt_attention_desc &d = desc;
  json launch = {{"op", "attention"},
                 {"dtype", d.dtype == MPCRT_BF16 ? "bf16" : "f16"},
                 {"causal", d.causal != 0},
                 {"scale", d.scale},
                 {"b", d.b},
                 {"s", d.s},
                 {"t", d.t},
                 {"h", d.h},
                 {"g", d.g},
                 {"d", d.d},
                 {"e", d.e}};
  if (d.gradient)
    launch["gradient"] = true;
  for (int role = 0; role < AttentionLSE; ++role) {
    if (!has(role))
      continue;
    std::string name = attentionNames[role];
    launch[name] = buffers[role];
    launch[name + "_strides"] = desc.*attentionStrides[role];
    if (offsets[role])
      launch[name + "_offset"] = offsets[role];
  }
  if (d.has_lse)
    launch["lse"] = buffers[AttentionLSE];
  return launch;
}

AttentionValues randomValues(const AttentionProblem &problem, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<float> draw(-1, 1);
  AttentionValues values;
  for (int64_t elements : problem.bufferElements()) {
    std::vector<float> &list = values.emplace_back(elements);
    for (float &value : list)
      value = BF16::fromFloat(draw(random)).toFloat();
  }
  return values;
}

//===----------------------------------------------------------------------===//
// The definition
//===----------------------------------------------------------------------===//

namespace {
struct Reference {
  const AttentionProblem &problem;
  AttentionValues &values;

  float &at(int role, int64_t b, int64_t row, int64_t head, int64_t i) const {
    auto &strides = problem.desc.*attentionStrides[role];
    return values[problem.buffers[role]][problem.offsets[role] +
                                         b * strides[0] + row * strides[1] +
                                         head * strides[2] + i];
  }
  double dot(int left, int right, int64_t b, int64_t row, int64_t head,
             int64_t key, int64_t size) const {
    const mpcrt_attention_desc &d = problem.desc;
    double sum = 0;
    for (int64_t i = 0; i < size; ++i)
      sum += double(at(left, b, row, head, i)) *
             at(right, b, key, head / (d.h / d.g), i);
    return sum;
  }
  /// Probabilities of a row's keys; `logSum` becomes its log-sum-exp.
  std::vector<double> probabilities(int64_t b, int64_t row, int64_t head,
                                    double &logSum) const {
    const mpcrt_attention_desc &d = problem.desc;
    std::vector<double> scores(d.causal ? row + 1 : d.t);
    for (size_t key = 0; key < scores.size(); ++key)
      scores[key] =
          d.scale * dot(AttentionQ, AttentionK, b, row, head, key, d.d);
    double most = *std::max_element(scores.begin(), scores.end()), sum = 0;
    for (double score : scores)
      sum += std::exp(score - most);
    logSum = most + std::log(sum);
    for (double &score : scores)
      score = std::exp(score - logSum);
    return scores;
  }

  void forward(int64_t b, int64_t row, int64_t head) const {
    const mpcrt_attention_desc &d = problem.desc;
    double logSum;
    std::vector<double> p = probabilities(b, row, head, logSum);
    for (int64_t i = 0; i < d.e; ++i) {
      double sum = 0;
      for (size_t key = 0; key < p.size(); ++key)
        sum += p[key] * at(AttentionV, b, key, head / (d.h / d.g), i);
      at(AttentionO, b, row, head, i) = static_cast<float>(sum);
    }
    if (d.has_lse)
      values[problem.buffers[AttentionLSE]][(b * d.h + head) * d.s + row] =
          static_cast<float>(logSum);
  }

  void gradient(int64_t b, int64_t row, int64_t head) const {
    const mpcrt_attention_desc &d = problem.desc;
    double logSum, mean = 0;
    std::vector<double> p = probabilities(b, row, head, logSum);
    std::vector<double> gradP(p.size());
    for (size_t key = 0; key < p.size(); ++key) {
      gradP[key] = dot(AttentionGradO, AttentionV, b, row, head, key, d.e);
      mean += p[key] * gradP[key];
    }
    int64_t shared = head / (d.h / d.g);
    for (size_t key = 0; key < p.size(); ++key) {
      double gradScore = d.scale * p[key] * (gradP[key] - mean);
      for (int64_t i = 0; i < d.d; ++i) {
        at(AttentionGradQ, b, row, head, i) +=
            static_cast<float>(gradScore * at(AttentionK, b, key, shared, i));
        at(AttentionGradK, b, key, shared, i) +=
            static_cast<float>(gradScore * at(AttentionQ, b, row, head, i));
      }
      for (int64_t i = 0; i < d.e; ++i)
        at(AttentionGradV, b, key, shared, i) +=
            static_cast<float>(p[key] * at(AttentionGradO, b, row, head, i));
    }
  }

  void clear(int role) const {
    auto [b, length, heads, width] = attentionSizes(problem.desc, role);
    for (int64_t i = 0; i < b; ++i)
      for (int64_t row = 0; row < length; ++row)
        for (int64_t head = 0; head < heads; ++head)
          for (int64_t j = 0; j < width; ++j)
            at(role, i, row, head, j) = 0;
  }
};
} // namespace

void computeAttention(const AttentionProblem &problem,
                      AttentionValues &values) {
  const mpcrt_attention_desc &d = problem.desc;
  Reference reference{problem, values};
  if (d.gradient)
    for (int role : {AttentionGradQ, AttentionGradK, AttentionGradV})
      reference.clear(role);
  for (int64_t b = 0; b < d.b; ++b)
    for (int64_t head = 0; head < d.h; ++head)
      for (int64_t row = 0; row < d.s; ++row)
        if (d.gradient)
          reference.gradient(b, row, head);
        else
          reference.forward(b, row, head);
}

} // namespace mpcrt::test
