// How this library words its errors: lower-case, no full stop, names quoted.
#ifndef MPC_LIB_DATA_ERRORS_H
#define MPC_LIB_DATA_ERRORS_H

#include "mpcrt/files/ElementType.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include <cerrno>
#include <cstring>

namespace mpc::data {

inline llvm::Error fail(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// "cannot ACTION 'PATH': No space left on device", from errno or `code`.
inline llvm::Error failSystem(const llvm::Twine &action,
                              const llvm::Twine &path, int code = errno) {
  return fail("cannot " + action + " '" + path + "': " + std::strerror(code));
}

/// "PLACE: what went wrong"; success stays success.
inline llvm::Error within(const llvm::Twine &place, llvm::Error error) {
  if (!error)
    return error;
  return fail(place + ": " + llvm::toString(std::move(error)));
}

/// Calls `body`; what the files library throws becomes an error.
template <typename Body> llvm::Error catchFileError(Body &&body) {
  try {
    body();
  } catch (const mpcrt::FileError &error) {
    return fail(error.what());
  }
  return llvm::Error::success();
}

} // namespace mpc::data

#endif // MPC_LIB_DATA_ERRORS_H
