//===- Code.h - A package's kernels in memory -------------------*- C++ -*-===//
#ifndef MPCRT_PACKAGE_CODE_H
#define MPCRT_PACKAGE_CODE_H

#include "mpcrt/abi.h"
#include "mpcrt/package/Manifest.h"

namespace mpcrt {

/// The block of a package, mapped and ready to be called. Writable while it is
/// filled in, executable afterwards, never both.
class LoadedCode {
public:
  /// Throws where an offset leaves the block, or a function is not known.
  LoadedCode(std::string_view bytes, const CodeLayout &layout);
  LoadedCode(const LoadedCode &) = delete;
  ~LoadedCode();

  /// Null where there is no such kernel.
  mpcrt_kernel find(const std::string &kernel) const;

private:
  void fillIn();

  const CodeLayout layout;
  char *memory = nullptr;
  size_t size = 0;
};

} // namespace mpcrt

#endif // MPCRT_PACKAGE_CODE_H
