//===- CodeImage.h - kernels for a package ----------------------*- C++ -*-===//
//
//   auto image = linkCode(kernels.getObjects());
//   ... image->bytes, image->layout ...          // mpcrt/package/Manifest.h
//
// The linker is LLVM's JITLink, the very one that kernels run under in the JIT,
// with memory that is a file's: so packages need neither a system linker when
// they are written nor an object loader when they are read.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_CONVERSION_CODEIMAGE_H
#define MPC_CONVERSION_CODEIMAGE_H

#include "mpcrt/package/Manifest.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace mpc {

/// Kernels linked to one block of bytes that runs wherever it lies.
struct CodeImage {
  std::string bytes;
  mpcrt::CodeLayout layout;
};

/// Links relocatable objects, one a kernel, given with the kernel's symbol.
/// Fails where a kernel calls a function that runners do not offer.
llvm::Expected<CodeImage> linkCode(
    llvm::ArrayRef<std::pair<llvm::StringRef, llvm::MemoryBufferRef>> objects);

} // namespace mpc

#endif
