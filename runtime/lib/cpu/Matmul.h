//===- Matmul.h - Matrix products by oneDNN ---------------------*- C++ -*-===//
#ifndef MPCRT_CPU_MATMUL_H
#define MPCRT_CPU_MATMUL_H

#include "mpcrt/abi.h"
#include <memory>

namespace mpcrt {

/// One matmul made ready: the primitive, and which operands must be packed
/// first because oneDNN is slow with their strides. Packed copies and oneDNN's
/// scratchpad lie in the workspace. Built for the calling thread's team size;
/// used by one thread at a time.
class MatmulPlan {
public:
  /// Fails with MPCRT_UNSUPPORTED for types this CPU's library cannot multiply.
  explicit MatmulPlan(const mpcrt_matmul_desc &desc);
  ~MatmulPlan();

  /// A multiple of 64.
  int64_t workspaceBytes() const;
  void run(char *a, char *b, char *c, char *bias, char *workspace);

private:
  struct Parts;
  std::unique_ptr<Parts> parts;
};

/// Whether oneDNN multiplies the type on this processor.
bool hasMatmul(int32_t dtype);

/// Whether oneDNN adds the bias and applies the activation at no cost: not
/// where the product without them would be turned round.
bool hasFastEpilogue(const mpcrt_matmul_desc &desc);

} // namespace mpcrt

#endif // MPCRT_CPU_MATMUL_H
