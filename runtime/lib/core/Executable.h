//===- Executable.h - What has been loaded ----------------------*- C++ -*-===//
#ifndef MPCRT_CORE_EXECUTABLE_H
#define MPCRT_CORE_EXECUTABLE_H

#include "Manifest.h"

namespace mpcrt {

/// The checked manifest and, of kernels that are functions of the host, their
/// addresses; null for those of a module.
struct Executable {
  Manifest manifest;
  std::vector<mpcrt_kernel> kernels;
};

} // namespace mpcrt

#endif // MPCRT_CORE_EXECUTABLE_H
