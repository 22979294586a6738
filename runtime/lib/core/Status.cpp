//===- Status.cpp - Errors as the C API hands them out --------------------===//
#include "Status.h"
#include "Error.h"
#include <new>

struct mpcrt_status {
  int32_t code;
  std::string message;
  const char *file;
  int32_t line;
};

namespace mpcrt {

/// For when there is no memory for a status; never destroyed.
static mpcrt_status *outOfMemory() noexcept {
  // Short enough for the string's own storage, so building it cannot fail.
  static mpcrt_status status = {MPCRT_OUT_OF_MEMORY, "out of memory", __FILE__,
                                __LINE__};
  return &status;
}

mpcrt_status *statusOfCurrentException() noexcept {
  try {
    try {
      throw;
    } catch (const Error &e) {
      return new mpcrt_status{e.code, e.message, e.where.file_name(),
                              static_cast<int32_t>(e.where.line())};
    } catch (const std::bad_alloc &) {
      return outOfMemory();
    } catch (const std::exception &e) {
      return new mpcrt_status{MPCRT_INTERNAL, e.what(), __FILE__, __LINE__};
    } catch (...) {
      return new mpcrt_status{MPCRT_INTERNAL, "unknown exception", __FILE__,
                              __LINE__};
    }
  } catch (...) {
    return outOfMemory();
  }
}

} // namespace mpcrt

int32_t mpcrt_status_code(const mpcrt_status *status) {
  return status ? status->code : MPCRT_OK;
}
const char *mpcrt_status_message(const mpcrt_status *status) {
  return status ? status->message.c_str() : "";
}
const char *mpcrt_status_file(const mpcrt_status *status) {
  return status ? status->file : "";
}
int32_t mpcrt_status_line(const mpcrt_status *status) {
  return status ? status->line : 0;
}
void mpcrt_status_destroy(mpcrt_status *status) {
  if (status != mpcrt::outOfMemory())
    delete status;
}
