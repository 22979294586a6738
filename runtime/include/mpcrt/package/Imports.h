//===- Imports.h - Functions that packaged kernels may call -----*- C++ -*-===//
#ifndef MPCRT_PACKAGE_IMPORTS_H
#define MPCRT_PACKAGE_IMPORTS_H

#include <string_view>

namespace mpcrt {

/// The address of a function of the C library in this process; null for those
/// that a package cannot ask for.
void *findImport(std::string_view symbol);

} // namespace mpcrt

#endif // MPCRT_PACKAGE_IMPORTS_H
