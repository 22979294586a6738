// The JSON header of a safetensors file: checked on the way in, laid out on
// the way out.
#ifndef MPC_LIB_DATA_SAFETENSORSHEADER_H
#define MPC_LIB_DATA_SAFETENSORSHEADER_H

#include "mpc/Data/Safetensors.h"

namespace mpc::data {

struct ParsedHeader {
  std::vector<TensorEntry> tensors; ///< sorted by begin; absolute offsets
  StringTable metadata;
};

/// `text` is the JSON, which the data follow at byte `dataBegin` up to
/// `fileSize`.
llvm::Expected<ParsedHeader> parseSafetensorsHeader(llvm::StringRef text,
                                                    uint64_t dataBegin,
                                                    uint64_t fileSize);

struct HeaderLayout {
  std::string bytes;             ///< length, JSON and padding: a multiple of 8
  std::vector<TensorSpec> specs; ///< in file order
  std::vector<uint64_t> begins;  ///< absolute offset of each
};

llvm::Expected<HeaderLayout>
layOutSafetensorsHeader(llvm::ArrayRef<TensorSpec> specs,
                        const StringTable &metadata);

/// The format's own bound on the JSON.
inline constexpr uint64_t largestSafetensorsHeader = 100'000'000;

} // namespace mpc::data

#endif // MPC_LIB_DATA_SAFETENSORSHEADER_H
