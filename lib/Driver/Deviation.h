//===- Deviation.h - how two tensors differ ---------------------*- C++ -*-===//

#ifndef MPC_LIB_DRIVER_DEVIATION_H
#define MPC_LIB_DRIVER_DEVIATION_H

#include "RunRecord.h"
#include "llvm/ADT/BitVector.h"

namespace mpc {

/// The largest difference of two elements and the largest element of the first
/// tensor, or the norms of both.
struct Deviation {
  double difference = 0, scale = 0;
};

/// Of one tensor in two runs; norms only where the options want them, and not
/// for gradients. Elements in `leftOut` count as equal unless one of them is
/// not a number: then the difference is infinite, as it is for tensors of other
/// than floating-point types that are not equal.
llvm::Expected<Deviation>
getDeviation(const RecordedTensor &a, const RecordedTensor &b,
             const VerifyOptions &options,
             const llvm::BitVector *leftOut = nullptr);

} // namespace mpc

#endif
