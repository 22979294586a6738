#include "mpc/Data/Box.h"
#include "TestFiles.h"

using namespace mpc::data;
using namespace mpc::data::test;

namespace {
struct Stretch {
  int64_t array, box, count;
  bool operator==(const Stretch &) const = default;
};
} // namespace

static std::vector<Stretch> runsOf(const Box &box,
                                   llvm::ArrayRef<int64_t> shape) {
  std::vector<Stretch> runs;
  llvm::cantFail(forEachRun(box, shape, [&](int64_t a, int64_t b, int64_t n) {
    runs.push_back({a, b, n});
    return llvm::Error::success();
  }));
  return runs;
}

TEST(Box, runsAreAsLongAsPossible) {
  EXPECT_EQ(runsOf(Box::whole({4, 6}), {4, 6}),
            (std::vector<Stretch>{{0, 0, 24}}));
  EXPECT_EQ(runsOf({{1, 0}, {2, 6}}, {4, 6}),
            (std::vector<Stretch>{{6, 0, 12}}));
  EXPECT_EQ(runsOf({{0, 3}, {2, 3}}, {4, 6}),
            (std::vector<Stretch>{{3, 0, 3}, {9, 3, 3}}));
  EXPECT_EQ(runsOf({{}, {}}, {}), (std::vector<Stretch>{{0, 0, 1}}));
  EXPECT_TRUE(runsOf({{0, 2}, {4, 0}}, {4, 6}).empty());
}

TEST(Box, runsOfAnInnerBlockMatchIndexArithmetic) {
  Shape shape = {3, 4, 5};
  Box box = {{1, 1, 2}, {2, 2, 3}};
  std::vector<int64_t> expected;
  for (int64_t i = 1; i < 3; ++i)
    for (int64_t j = 1; j < 3; ++j)
      for (int64_t k = 2; k < 5; ++k)
        expected.push_back((i * 4 + j) * 5 + k);
  std::vector<int64_t> visited;
  for (const Stretch &run : runsOf(box, shape)) {
    EXPECT_EQ(run.box, static_cast<int64_t>(visited.size()));
    for (int64_t n = 0; n < run.count; ++n)
      visited.push_back(run.array + n);
  }
  EXPECT_EQ(visited, expected);
}

TEST(Box, refusesBoxesThatLeaveTheArray) {
  int64_t top = std::numeric_limits<int64_t>::max();
  EXPECT_FAILS(checkWithin({{0}, {1}}, {4, 6}), "rank 1");
  EXPECT_FAILS(checkWithin({{0, 4}, {4, 3}}, {4, 6}), "in dim 1");
  EXPECT_FAILS(checkWithin({{-1, 0}, {1, 1}}, {4, 6}), "in dim 0");
  EXPECT_FAILS(checkWithin({{2, 0}, {top, 1}}, {4, 6}), "in dim 0");
  EXPECT_GOOD(checkWithin({{4, 6}, {0, 0}}, {4, 6}));
}

TEST(Box, intersectionIsTheOverlapOrNothing) {
  Box left = {{0, 0}, {4, 4}}, right = {{2, 3}, {4, 4}};
  EXPECT_EQ(*intersect(left, right), (Box{{2, 3}, {2, 1}}));
  EXPECT_FALSE(intersect(left, {{4, 0}, {1, 4}}));
  EXPECT_TRUE(intersect(Box::whole({}), Box::whole({})));
}
