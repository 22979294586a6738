//===- Machine.h - What this processor can do -------------------*- C++ -*-===//
#ifndef MPCRT_PACKAGE_MACHINE_H
#define MPCRT_PACKAGE_MACHINE_H

#include <string>
#include <string_view>
#include <vector>

namespace mpcrt {

/// "x86_64", "aarch64".
std::string getArchitecture();

/// Whether findMissingFeatures looks for this feature.
bool isKnownFeature(std::string_view name);

/// Those of `features` (LLVM's names) that this processor lacks. Features that
/// kernels do not use (of system instructions) are taken as present.
std::vector<std::string>
findMissingFeatures(const std::vector<std::string> &features);

} // namespace mpcrt

#endif // MPCRT_PACKAGE_MACHINE_H
