// NumPy's files: .npy holds one array, .npz is a zip archive of them.
#ifndef MPC_DATA_NPZ_H
#define MPC_DATA_NPZ_H

#include "mpc/Data/HostArray.h"
#include <string>
#include <vector>

namespace mpc::data {

/// Reads a .npy file: versions 1 to 3, little-endian numbers and bool; Fortran
/// order becomes row-major. Errors: anything else (objects, strings,
/// structures, big-endian), a wrong size.
llvm::Expected<HostArray> readNPY(llvm::StringRef path);

/// Reads all arrays of a .npz file in the archive's order, names without
/// ".npy". Members may be stored or deflated (numpy.savez_compressed), zip64 or
/// not; their sums are checked, and nothing is allocated that a member of its
/// compressed size could not hold. Errors name the member.
llvm::Expected<std::vector<NamedArray>> readNPZ(llvm::StringRef path);

/// Written aside and renamed. Neither format has bf16: it is written as f32.
llvm::Error writeNPY(llvm::StringRef path, const HostArray &array);
/// Members are stored, in the order given. Names must differ and not be empty.
llvm::Error writeNPZ(llvm::StringRef path, llvm::ArrayRef<NamedArray> arrays);

} // namespace mpc::data

#endif // MPC_DATA_NPZ_H
