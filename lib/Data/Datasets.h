// The kinds of dataset that openDataset chooses from.
#ifndef MPC_LIB_DATA_DATASETS_H
#define MPC_LIB_DATA_DATASETS_H

#include "mpc/Data/Dataset.h"

namespace mpc::data {

using DatasetOr = llvm::Expected<std::shared_ptr<const Dataset>>;

/// u8 images [n, ...] as f32 in [0, 1], and labels [n]; the paths name them in
/// errors.
DatasetOr openImages(llvm::StringRef imagesPath, llvm::StringRef labelsPath);
DatasetOr openSafetensorsDataset(llvm::StringRef path);
/// Windows of `sequence` tokens and their successors.
DatasetOr openTokens(llvm::StringRef path, ElementType type, int64_t sequence);

} // namespace mpc::data

#endif // MPC_LIB_DATA_DATASETS_H
