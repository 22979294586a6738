#include "mpc/Data/Batches.h"
#include "TestFiles.h"
#include <algorithm>

using namespace mpc::data;
using namespace mpc::data::test;

TEST(Shuffle, isAPermutationFixedBySeedAndEpoch) {
  std::vector<int64_t> order = shuffledOrder(1, 0, 1000);
  EXPECT_EQ(order, shuffledOrder(1, 0, 1000));
  EXPECT_NE(order, shuffledOrder(1, 1, 1000));
  EXPECT_NE(order, shuffledOrder(2, 0, 1000));
  EXPECT_NE(shuffledOrder(1, 1, 1000), shuffledOrder(2, 0, 1000));
  std::sort(order.begin(), order.end());
  for (int64_t i = 0; i < 1000; ++i)
    EXPECT_EQ(order[i], i);
}

TEST(Shuffle, neverChanges) {
  // From an independent program; resumed runs rely on it.
  EXPECT_EQ(shuffledOrder(42, 3, 8),
            (std::vector<int64_t>{3, 1, 6, 4, 5, 2, 7, 0}));
  EXPECT_EQ(shuffledOrder(0, 0, 1), (std::vector<int64_t>{0}));
}

TEST(Shuffle, everyPlaceIsEquallyLikely) {
  int counts[4][4] = {};
  constexpr int epochs = 4000;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    std::vector<int64_t> order = shuffledOrder(7, epoch, 4);
    for (int place = 0; place < 4; ++place)
      ++counts[place][order[place]];
  }
  for (auto &row : counts)
    for (int count : row)
      EXPECT_NEAR(count, epochs / 4, 140); // 5 standard deviations
}

static std::vector<int64_t> take(BatchIterator &iterator, int batches) {
  std::vector<int64_t> all;
  for (int i = 0; i < batches; ++i)
    llvm::append_range(all, iterator.next());
  return all;
}

TEST(BatchIterator, keepsTheSmallerLastBatch) {
  BatchIterator iterator =
      unwrap(BatchIterator::create({10, 4, 1, /*shuffle=*/false}));
  EXPECT_EQ(iterator.batchesPerEpoch(), 3);
  EXPECT_EQ(iterator.next().vec(), (std::vector<int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(iterator.cursor(), (Cursor{0, 4}));
  EXPECT_EQ(iterator.next().size(), 4u);
  EXPECT_EQ(iterator.next().vec(), (std::vector<int64_t>{8, 9}));
  EXPECT_EQ(iterator.cursor(), (Cursor{1, 0}));
}

TEST(BatchIterator, dropsTheSmallerLastBatchWhereTold) {
  BatchIterator iterator = unwrap(
      BatchIterator::create({10, 4, 1, /*shuffle=*/true, /*dropLast=*/true}));
  EXPECT_EQ(iterator.batchesPerEpoch(), 2);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(iterator.next().size(), 4u);
  EXPECT_EQ(iterator.cursor(), (Cursor{2, 4}));
}

TEST(BatchIterator, anEpochUsesEverySampleOnce) {
  BatchIterator iterator = unwrap(BatchIterator::create({10, 3, 5}));
  std::vector<int64_t> first = take(iterator, 4), second = take(iterator, 4);
  EXPECT_EQ(first, shuffledOrder(5, 0, 10));
  EXPECT_EQ(second, shuffledOrder(5, 1, 10));
}

TEST(BatchIterator, goesOnWhereAnotherStopped) {
  for (bool dropLast : {false, true}) {
    BatchOptions options = {11, 4, 9, true, dropLast};
    for (int done = 0; done < 9; ++done) {
      BatchIterator whole = unwrap(BatchIterator::create(options));
      take(whole, done);
      BatchIterator resumed =
          unwrap(BatchIterator::create(options, whole.cursor()));
      EXPECT_EQ(take(resumed, 7), take(whole, 7));
      EXPECT_EQ(resumed.cursor(), whole.cursor());
    }
  }
}

TEST(BatchIterator, refusesWhatGivesNoBatches) {
  EXPECT_FAILS(BatchIterator::create({0, 1}), "no samples");
  EXPECT_FAILS(BatchIterator::create({5, 0}), "at least 1");
  EXPECT_FAILS(BatchIterator::create({5, 6, 0, true, true}),
               "smaller batches are dropped");
  EXPECT_FAILS(BatchIterator::create({5, 2}, {0, 6}), "cannot go on at sample");
  EXPECT_FAILS(BatchIterator::create({5, 2}, {-1, 0}), "cannot go on");
}
