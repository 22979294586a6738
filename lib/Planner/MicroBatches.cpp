//===- MicroBatches.cpp - how many micro-batches --------------------------===//

#include "MicroBatches.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;

/// Below this many a stage the pipeline is mostly bubble.
static constexpr int64_t kMicrosPerStage = 4;

llvm::SmallVector<int64_t> mpc::getBatchSizes(ModuleOp module) {
  llvm::SmallVector<int64_t> sizes;
  for (auto func : module.getOps<func::FuncOp>()) {
    if (func.isPrivate() || func.isExternal())
      continue;
    for (unsigned i = 0; i < func.getNumArguments(); ++i) {
      auto type = dyn_cast<RankedTensorType>(func.getArgumentTypes()[i]);
      if (type && type.getRank() > 0 && !func.getArgAttr(i, tags::kWhole) &&
          !llvm::is_contained(sizes, type.getDimSize(0)))
        sizes.push_back(type.getDimSize(0));
    }
  }
  return sizes;
}

bool mpc::canCutBatch(llvm::ArrayRef<int64_t> sizes, int64_t parts) {
  return llvm::all_of(sizes, [&](int64_t size) {
    return parts <= size && (parts - 1) * ceilDiv(size, parts) < size;
  });
}

/// Every part has equally many rows.
static bool isEven(llvm::ArrayRef<int64_t> sizes, int64_t parts) {
  return llvm::all_of(sizes, [&](int64_t size) { return size % parts == 0; });
}

llvm::SmallVector<int64_t>
mpc::getMicroBatchCandidates(llvm::ArrayRef<int64_t> sizes, int64_t dataParts,
                             int64_t stages) {
  int64_t batch = sizes.empty() ? 1 : *llvm::min_element(sizes);
  auto fits = [&](int64_t micros) {
    return canCutBatch(sizes, dataParts * micros);
  };
  std::set<int64_t> candidates;
  for (int64_t goal = kMicrosPerStage * stages;
       goal <= 4 * kMicrosPerStage * stages; goal *= 2) {
    int64_t valid = 0, even = 0;
    for (int64_t micros = goal; micros <= 2 * goal && micros <= batch;
         ++micros) {
      if (!valid && fits(micros))
        valid = micros;
      if (!even && isEven(sizes, dataParts * micros))
        even = micros;
    }
    if (even || valid)
      candidates.insert(even ? even : valid);
  }
  // The batch is too small for the goal: as many as it allows.
  for (int64_t micros = std::min(batch, kMicrosPerStage * stages);
       candidates.empty() && micros > 1; --micros)
    if (fits(micros))
      candidates.insert(micros);
  if (candidates.empty())
    candidates.insert(1);
  return llvm::SmallVector<int64_t>(candidates.begin(), candidates.end());
}
