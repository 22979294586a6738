//===- CollectiveTest.cpp - Collectives run from manifests ----------------===//
#include "TestSession.h"
#include <gtest/gtest.h>
#include <numeric>

using namespace mpcrt::test;

namespace {

std::vector<int> allOf(int devices) {
  std::vector<int> list(devices);
  std::iota(list.begin(), list.end(), 0);
  return list;
}

/// An all_reduce over all devices, each feeding a row and fetching the result.
TEST(Collective, allReduceSumsRows) {
  for (int devices : {1, 2, 3, 8})
    for (int64_t count : {1, 100, 20011})
      for (bool inPlace : {false, true}) {
        int64_t bytes = count * 4, room = (bytes + 63) / 64 * 64;
        ManifestBuilder b(devices, 2 * room);
        b.group(allOf(devices))
            .input("x", "f32", {devices, count})
            .output("y", "f32", {devices, count});
        json launches = {feed(0, 0, {1, 2}, {1, count}),
                         allReduce(0, inPlace ? 0 : 1, count),
                         fetch(0, inPlace ? 0 : 1, {1, 2}, {1, count})};
        int body = b.body({bytes, bytes}, launches);
        for (int d = 0; d < devices; ++d)
          b.act(d, body, {0, room}, {0, d, 0});
        TestSession session(b.manifest);
        std::vector<float> x(devices * count), y(x.size());
        std::iota(x.begin(), x.end(), 1.0f);
        for (int step = 0; step < 3; ++step) {
          ASSERT_EQ(session.run({bufferOf(x)}, {bufferOf(y)}).message, "");
          for (int64_t i = 0; i < count; ++i) {
            float sum = 0;
            for (int d = 0; d < devices; ++d)
              sum += x[d * count + i];
            for (int d = 0; d < devices; ++d)
              ASSERT_EQ(y[d * count + i], sum);
          }
        }
        EXPECT_EQ(session.counters(0).collectives[MPCRT_ALL_REDUCE], 3);
        EXPECT_EQ(session.counters(0).collective_bytes[MPCRT_ALL_REDUCE],
                  3 * bytes);
      }
}

} // namespace
