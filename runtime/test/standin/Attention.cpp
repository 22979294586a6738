//===- Attention.cpp - Attention of the stand-in --------------------------===//
//
// In place of libmpcrt-cudnn.so and of cuDNN.
//
//===----------------------------------------------------------------------===//
#include "core/Attention.h"
#include "Memory.h"
#include "Queue.h"
#include "Standin.h"
#include "core/HalfFloat.h"
#include "cuda/AttentionPlugin.h"
#include "cuda/AttentionWorkspace.h"
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>

namespace mpcrt::cuda {
MPCRT_ATTENTION_FUNCTIONS(MPCRT_DECLARE_ATTENTION)
extern "C" __attribute__((visibility("default"))) size_t cudnnGetVersion();

struct AttentionPlanTag {
  mpcrt_attention_desc desc;
  int64_t workspaceBytes;
};
} // namespace mpcrt::cuda

using namespace mpcrt;
using namespace mpcrt::cuda;

namespace {

/// The attention's operands, when its turn has come. Sums are in f32.
struct Problem {
  mpcrt_attention_desc d;
  std::array<char *, attentionRoles> operands;

  char *at(int role, int64_t b, int64_t row, int64_t head, int64_t i) const {
    const AttentionStrides &strides = d.*attentionStrides[role];
    return operands[role] + 2 * (b * strides[0] + row * strides[1] +
                                 head * strides[2] + i * strides[3]);
  }
  float read(int role, int64_t b, int64_t row, int64_t head, int64_t i) const {
    uint16_t bits;
    std::memcpy(&bits, at(role, b, row, head, i), sizeof bits);
    return d.dtype == MPCRT_BF16 ? BF16{bits}.toFloat() : F16{bits}.toFloat();
  }
  void write(int role, int64_t b, int64_t row, int64_t head, int64_t i,
             float value) const {
    uint16_t bits = d.dtype == MPCRT_BF16 ? BF16::fromFloat(value).bits
                                          : F16::fromFloat(value).bits;
    std::memcpy(at(role, b, row, head, i), &bits, sizeof bits);
  }
  char *logSum(int64_t b, int64_t row, int64_t head) const {
    return operands[AttentionLSE] + 4 * ((b * d.h + head) * d.s + row);
  }
  int64_t sharedHead(int64_t head) const { return head / (d.h / d.g); }
  int64_t keys(int64_t row) const { return d.causal ? row + 1 : d.t; }

  float dot(int rows, int keys, int64_t b, int64_t row, int64_t key,
            int64_t head, int64_t size) const {
    float sum = 0;
    for (int64_t i = 0; i < size; ++i)
      sum +=
          read(rows, b, row, head, i) * read(keys, b, key, sharedHead(head), i);
    return sum;
  }
  float score(int64_t b, int64_t row, int64_t key, int64_t head) const {
    return static_cast<float>(d.scale) *
           dot(AttentionQ, AttentionK, b, row, key, head, d.d);
  }

  template <typename Body> void forEachRow(const Body &body) const {
    for (int64_t b = 0; b < d.b; ++b)
      for (int64_t head = 0; head < d.h; ++head)
        for (int64_t row = 0; row < d.s; ++row)
          body(b, row, head);
  }
  void forward() const;
  void gradient() const;
};

void Problem::forward() const {
  forEachRow([&](int64_t b, int64_t row, int64_t head) {
    std::vector<float> weights(keys(row));
    for (size_t key = 0; key < weights.size(); ++key)
      weights[key] = score(b, row, key, head);
    float most = *std::max_element(weights.begin(), weights.end()), sum = 0;
    for (float &weight : weights)
      sum += weight = std::exp(weight - most);
    for (int64_t i = 0; i < d.e; ++i) {
      float value = 0;
      for (size_t key = 0; key < weights.size(); ++key)
        value += weights[key] * read(AttentionV, b, key, sharedHead(head), i);
      write(AttentionO, b, row, head, i, value / sum);
    }
    float lse = most + std::log(sum);
    if (d.has_lse)
      std::memcpy(logSum(b, row, head), &lse, sizeof lse);
  });
}

/// A gradient before it is rounded.
struct Accumulator {
  Accumulator(const Problem &problem, int role)
      : problem(problem), role(role), sizes(attentionSizes(problem.d, role)),
        values(sizes[0] * sizes[1] * sizes[2] * sizes[3]) {}

  float &at(int64_t b, int64_t row, int64_t head, int64_t i) {
    return values[((b * sizes[1] + row) * sizes[2] + head) * sizes[3] + i];
  }
  void store() {
    for (int64_t b = 0; b < sizes[0]; ++b)
      for (int64_t row = 0; row < sizes[1]; ++row)
        for (int64_t head = 0; head < sizes[2]; ++head)
          for (int64_t i = 0; i < sizes[3]; ++i)
            problem.write(role, b, row, head, i, at(b, row, head, i));
  }

  const Problem &problem;
  int role;
  std::array<int64_t, 4> sizes;
  std::vector<float> values;
};

void Problem::gradient() const {
  Accumulator gradQ(*this, AttentionGradQ), gradK(*this, AttentionGradK),
      gradV(*this, AttentionGradV);
  forEachRow([&](int64_t b, int64_t row, int64_t head) {
    int64_t shared = sharedHead(head);
    float lse, mean = 0;
    std::memcpy(&lse, logSum(b, row, head), sizeof lse);
    for (int64_t i = 0; i < d.e; ++i)
      mean += read(AttentionGradO, b, row, head, i) *
              read(AttentionO, b, row, head, i);
    for (int64_t key = 0; key < keys(row); ++key) {
      float weight = std::exp(score(b, row, key, head) - lse);
      float gradScore =
          static_cast<float>(d.scale) * weight *
          (dot(AttentionGradO, AttentionV, b, row, key, head, d.e) - mean);
      for (int64_t i = 0; i < d.d; ++i) {
        gradQ.at(b, row, head, i) +=
            gradScore * read(AttentionK, b, key, shared, i);
        gradK.at(b, key, shared, i) +=
            gradScore * read(AttentionQ, b, row, head, i);
      }
      for (int64_t i = 0; i < d.e; ++i)
        gradV.at(b, key, shared, i) +=
            weight * read(AttentionGradO, b, row, head, i);
    }
  });
  for (Accumulator *result : {&gradQ, &gradK, &gradV})
    result->store();
}

std::atomic<int> plans;

int report(AttentionError *error, int status, const char *text) {
  std::snprintf(error->text, sizeof error->text, "%s", text);
  return status;
}

} // namespace

int standin::attentionPlans() { return plans.exchange(0); }

namespace mpcrt::cuda {

size_t cudnnGetVersion() { return 91900; }

int mpcrt_attention_open(int version, void *cudnn, AttentionLibrary *library,
                         AttentionError *error) {
  if (version != attentionPluginVersion || !cudnn)
    return report(error, AttentionFailed, "of another version");
  static char only;
  *library = reinterpret_cast<AttentionLibrary>(&only);
  return Success;
}

int mpcrt_attention_close(AttentionLibrary) { return Success; }

int mpcrt_attention_create(AttentionLibrary, const mpcrt_attention_desc *desc,
                           int deterministic, AttentionPlan *plan,
                           int64_t *workspaceBytes, AttentionError *error) {
  if (!deterministic)
    return report(error, AttentionFailed, "results do not repeat");
  if (desc->d % 8 || desc->e % 8)
    return report(error, AttentionUnsupported,
                  "hidden_dim should be multiple of 8");
  // An odd number of heads needs more than anybody expects.
  *workspaceBytes = attentionWorkspace(*desc) * (desc->h % 2 ? 2 : 1);
  *plan = new AttentionPlanTag{*desc, *workspaceBytes};
  ++plans;
  return Success;
}

int mpcrt_attention_destroy(AttentionPlan plan) {
  delete plan;
  return Success;
}

int mpcrt_attention_run(AttentionPlan plan, char *const *operands,
                        char *workspace, Stream stream, AttentionError *error) {
  if (!standin::canLoadLibrary())
    return report(error, AttentionNoMemory, "out of memory");
  Problem problem = {plan->desc, {}};
  for (int role = 0; role < attentionRoles; ++role) {
    if (isAttentionOperand(plan->desc, role) != (operands[role] != nullptr))
      return report(error, AttentionFailed, "an operand too many or too few");
    problem.operands[role] = standin::hostOf(operands[role]);
  }
  char *scratch = standin::hostOf(workspace);
  standin::Queue::get().ask(reinterpret_cast<standin::StreamState *>(stream),
                            [=, bytes = plan->workspaceBytes] {
                              std::memset(scratch, 0x5a,
                                          bytes); // it is the library's own
                              if (problem.d.gradient)
                                problem.gradient();
                              else
                                problem.forward();
                            });
  return standin::Queue::get().error()
             ? report(error, AttentionFailed, "the device has stopped")
             : int(Success);
}

} // namespace mpcrt::cuda
