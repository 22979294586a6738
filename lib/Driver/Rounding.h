//===- Rounding.h - what rounding does to a run -----------------*- C++ -*-===//
//
// The reference runs again, moved (Moved.h). Where its own tensors differ by as
// much as those of the split program, the difference says nothing.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_DRIVER_ROUNDING_H
#define MPC_LIB_DRIVER_ROUNDING_H

#include "RunRecord.h"
#include "llvm/ADT/BitVector.h"

namespace mpc {

/// The reference again, moved; the record has the reference's tensors.
using RunMoved = llvm::function_ref<llvm::Expected<RunRecord>(uint64_t run)>;

class Rounding {
public:
  Rounding(const RunRecord &expected, const VerifyOptions &options)
      : expected(expected), options(options), noise(expected.size()) {}

  llvm::Error measure(RunMoved runMoved);

  /// How much a tensor differs from itself, as getDeviation measures it.
  double getNoise(size_t tensor) const { return noise[tensor]; }
  /// Elements of a weight whose gradients are rounding, for an optimizer that
  /// divides by them; else null.
  const llvm::BitVector *getLeftOut(size_t tensor) const;

private:
  llvm::Error addNoise(const RunRecord &moved, bool gradients);
  llvm::Error findLeftOut();

  const RunRecord &expected;
  const VerifyOptions &options;
  std::vector<double> noise;
  /// By parameter.
  llvm::StringMap<llvm::BitVector> leftOut;
};

} // namespace mpc

#endif
