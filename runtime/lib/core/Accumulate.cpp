//===- Accumulate.cpp - Adds boxes into the host's outputs ----------------===//
#include "Accumulate.h"
#include "DType.h"
#include "Reduction.h"
#include <cstring>

namespace mpcrt {

void clearAccumulated(const Program &program, const mpcrt_buffer *outputs) {
  for (const Contribution &c : program.contributions)
    std::memset(outputs[c.output].data, 0, outputs[c.output].bytes);
}

/// Adds row after row: the innermost dimension is dense on both sides.
static void addBox(const TensorInfo &tensor, const Contribution &c,
                   const char *box, char *output) {
  int64_t elem = dtypeBytes(tensor.dtype);
  size_t rank = tensor.shape.size();
  int64_t row = rank ? c.size[rank - 1] : 1;
  int64_t rows = elementCount(c.size) / row;
  std::array<int64_t, maxRank> index{};
  for (int64_t r = 0; r < rows; ++r) {
    int64_t rest = r;
    for (size_t i = rank ? rank - 1 : 0; i-- > 0; rest /= c.size[i])
      index[i] = c.begin[i] + rest % c.size[i];
    if (rank)
      index[rank - 1] = c.begin[rank - 1];
    char *to = output + elem * denseOffset(tensor.shape, {index.data(), rank});
    const char *sources[] = {to, box + r * row * elem};
    reduceElements(tensor.dtype, Reduce::Sum, sources, 0, {{&to, 1}}, row);
  }
}

void addContributions(const Program &program, const char *staging,
                      const mpcrt_buffer *outputs) {
  for (Index number : program.contributionOrder) {
    const Contribution &c = program.contributions[number];
    if (c.active)
      addBox(program.outputs[c.output], c, staging + c.stagingOffset,
             static_cast<char *>(outputs[c.output].data));
  }
}

} // namespace mpcrt
