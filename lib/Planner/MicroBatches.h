//===- MicroBatches.h - how many micro-batches ----------------------------===//

#ifndef MPC_LIB_PLANNER_MICROBATCHES_H
#define MPC_LIB_PLANNER_MICROBATCHES_H

#include "mpc/IR/MPC.h"

namespace mpc {

/// The different batch sizes of the arguments of all public functions.
llvm::SmallVector<int64_t> getBatchSizes(mlir::ModuleOp module);

/// Whether `parts` parts leave none empty.
bool canCutBatch(llvm::ArrayRef<int64_t> sizes, int64_t parts);

/// Counts worth simulating for a pipeline, ascending: from 4 a stage,
/// preferring equal parts; the largest possible where the batch does not
/// allow 4.
llvm::SmallVector<int64_t>
getMicroBatchCandidates(llvm::ArrayRef<int64_t> sizes, int64_t dataParts,
                        int64_t stages);

} // namespace mpc

#endif
