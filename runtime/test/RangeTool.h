//===- RangeTool.h - A tool that watches ranges -----------------*- C++ -*-===//
//
// An injection library for NVTX (NVTX_INJECTION64_PATH), as profilers are.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_TEST_RANGETOOL_H
#define MPCRT_TEST_RANGETOOL_H

#include <map>
#include <string>
#include <utility>

namespace mpcrt::test {

/// What has been pushed since the last call: how often, by name and category.
/// Fails the program where a thread has popped more than it has pushed.
std::map<std::pair<std::string, std::string>, int> takeRanges();
/// How many are open in all threads.
int openRanges();

} // namespace mpcrt::test

#endif // MPCRT_TEST_RANGETOOL_H
