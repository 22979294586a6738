//===- Status.h - Errors as the C API hands them out ------------*- C++ -*-===//
#ifndef MPCRT_CORE_STATUS_H
#define MPCRT_CORE_STATUS_H

#include "Error.h"

namespace mpcrt {

/// A status for the exception being handled. Never throws: when memory is short
/// the status is a static one.
mpcrt_status *statusOfCurrentException() noexcept;

/// Calls `body` and turns whatever it throws into a status.
template <typename Body> mpcrt_status *guard(Body &&body) noexcept {
  try {
    body();
    return nullptr;
  } catch (...) {
    return statusOfCurrentException();
  }
}

/// Fails where a caller has not given an argument.
inline void requireArgument(bool isGiven, const char *name) {
  if (!isGiven)
    fail(MPCRT_INVALID_ARGUMENT, text("argument '", name, "' is NULL"));
}

} // namespace mpcrt

#endif // MPCRT_CORE_STATUS_H
