//===- Error.h - How the runtime reports errors internally ------*- C++ -*-===//
//
// Inside the library errors are exceptions of one type; the C API turns them
// into mpcrt_status objects and lets none through.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_CORE_ERROR_H
#define MPCRT_CORE_ERROR_H

#include "mpcrt/mpcrt.h"
#include <exception>
#include <source_location>
#include <sstream>
#include <string>

namespace mpcrt {

class Error : public std::exception {
public:
  Error(int32_t code, std::string message, std::source_location where)
      : code(code), message(std::move(message)), where(where) {}
  const char *what() const noexcept override { return message.c_str(); }

  int32_t code;
  std::string message;
  std::source_location where;
};

/// What a device reports; whoever knows the action adds it.
class DeviceError : public Error {
public:
  using Error::Error;
};

/// Joins anything printable: text("device ", 3, " is missing").
template <typename... Parts> std::string text(const Parts &...parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

/// Throws; `code` is one of MPCRT_INVALID_ARGUMENT and so on.
[[noreturn]] inline void
fail(int32_t code, std::string message,
     std::source_location where = std::source_location::current()) {
  throw Error(code, std::move(message), where);
}

} // namespace mpcrt

#endif // MPCRT_CORE_ERROR_H
