//===- RangeTest.cpp - What profilers see of a run ------------------------===//
#include "CUDARing.h"
#include "RangeTool.h"
#include <cstdlib>
#include <gtest/gtest.h>

using namespace mpcrt;
using namespace mpcrt::test;

namespace {

[[maybe_unused]] const bool isInjected = [] {
  setenv("NVTX_INJECTION64_PATH", MPCRT_TEST_RANGE_TOOL, 1);
  return true;
}();

std::string categoryOf(const std::string &kind) {
  bool isMessage = kind == "send" || kind == "recv" || kind == "wait_send";
  return isMessage ? "message" : "compute";
}

TEST(Ranges, haveTheActionsOfAStep) {
  json manifest = ring(2);
  std::map<std::pair<std::string, std::string>, int> expected;
  for (const json &device : manifest["programs"][0]["devices"])
    for (const json &action : device["actions"]) {
      std::string name = action["id"].dump(),
                  category = categoryOf(action["kind"]);
      ++expected[{name, category}];
      if (category == "compute") // each of its bodies reduces once
        ++expected[{name, "collective"}];
    }
  standin::reset(0);
  RingResults results =
      runRing(forStandin(manifest, ringKernels), 2, takeRanges);
  EXPECT_EQ(results.error, "");
  EXPECT_EQ(takeRanges(), expected); // of the last step
  EXPECT_EQ(openRanges(), 0);
}

TEST(Ranges, endWithAnError) {
  json cuda = forStandin(ring(1), ringKernels);
  standin::reset(0);
  RingResults results = runRing(
      cuda, 1, [&] { standin::failInKernel(cuda["kernels"][0]["entry"]); });
  EXPECT_NE(results.error, "");
  EXPECT_EQ(openRanges(), 0);
}

} // namespace
