// IDX, the format of MNIST and its kin: one dense array, big-endian, often
// gzipped.
#ifndef MPC_DATA_IDX_H
#define MPC_DATA_IDX_H

#include "mpc/Data/HostArray.h"

namespace mpc::data {

/// Reads a .idx or .idx.gz file (told apart by content) into host byte order.
/// Types u8, i8, i16, i32, f32, f64; rank 1 to 8. Errors: a wrong magic
/// number, more or less data than the header says, a damaged or cut gzip
/// stream. Nothing is allocated that the file could not hold.
llvm::Expected<HostArray> readIDX(llvm::StringRef path);

} // namespace mpc::data

#endif // MPC_DATA_IDX_H
