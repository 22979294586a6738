// The text before the numbers of a .npy file.
#ifndef MPC_LIB_DATA_NPYHEADER_H
#define MPC_LIB_DATA_NPYHEADER_H

#include "mpc/Data/HostArray.h"

namespace mpc::data {

struct NPYHeader {
  ElementType type = ElementType::F32;
  bool fortranOrder = false;
  Shape shape;
  size_t dataOffset = 0;
};

/// `content` is the whole file; the data's size is not checked here.
llvm::Expected<NPYHeader> parseNPYHeader(llvm::StringRef content);

/// Magic, version 1 and the dictionary, padded to a multiple of 64 bytes. The
/// type must not be bf16, which NumPy lacks.
std::string npyHeaderText(ElementType type, llvm::ArrayRef<int64_t> shape);

} // namespace mpc::data

#endif // MPC_LIB_DATA_NPYHEADER_H
