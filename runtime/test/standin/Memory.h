//===- Memory.h - Addresses and parameters of the stand-in ------*- C++ -*-===//
#ifndef MPCRT_TEST_STANDIN_MEMORY_H
#define MPCRT_TEST_STANDIN_MEMORY_H

#include <memory>
#include <string>
#include <vector>

namespace mpcrt::standin {

/// What a launch got, kept until it is done.
struct Parameters {
  std::vector<std::vector<char>> values;
  std::vector<void *> pointers;
};

std::shared_ptr<Parameters> copyParameters(const std::string &entry,
                                           void **parameters);

/// Of the device, without an address; false where there is not enough.
size_t moduleBytes();
/// Whether there is room for what a library loads; it is not kept.
bool canLoadLibrary();
bool takeMemory(size_t bytes);
void returnMemory(size_t bytes);

} // namespace mpcrt::standin

#endif // MPCRT_TEST_STANDIN_MEMORY_H
