//===- RecomputeTest.cpp - where full recomputation keeps values ----------===//

#include "mpc/Transforms/Recompute.h"
#include "gtest/gtest.h"

using namespace mpc;
using Places = llvm::SmallVector<int64_t>;

/// Layers of `inside` wide values that the backward needs and a narrow one that
/// goes on to the next layer.
static std::vector<ChainValue> makeLayers(int64_t layers, int64_t inside,
                                          int64_t wide, int64_t narrow) {
  std::vector<ChainValue> chain;
  for (int64_t layer = 0; layer < layers; ++layer) {
    for (int64_t i = 0; i < inside; ++i)
      chain.push_back({wide, static_cast<int64_t>(chain.size()) + 1, true});
    int64_t next =
        std::min<int64_t>(chain.size() + 1, layers * (inside + 1) - 1);
    chain.push_back({narrow, next, true});
  }
  return chain;
}

TEST(Recompute, LayersOfWideValuesAreComputedAgainOneByOne) {
  // 5 kept and a piece of 31, against 2 kept and two layers of 62.
  EXPECT_EQ(chooseNarrowPlaces(makeLayers(6, 3, 10, 1), 1),
            (Places{3, 7, 11, 15, 19}));
}

TEST(Recompute, CheapLayersAreTakenTogether) {
  // 16 layers of 1 + 1: pieces of about the root of all, as Chen et al. found.
  Places places = chooseNarrowPlaces(makeLayers(16, 1, 1, 1), 1);
  EXPECT_GE(places.size(), 2u);
  EXPECT_LE(places.size(), 8u);
}

TEST(Recompute, MicroBatchesInFlightMakeKeepingDearer) {
  std::vector<ChainValue> chain = makeLayers(16, 2, 4, 2);
  EXPECT_LT(chooseNarrowPlaces(chain, 8).size(),
            chooseNarrowPlaces(chain, 1).size());
}

TEST(Recompute, ChainsWithoutAPlaceToCutStayWhole) {
  EXPECT_TRUE(chooseNarrowPlaces({}, 1).empty());
  EXPECT_TRUE(chooseNarrowPlaces({{8, 0, true}}, 4).empty());
  // Nothing that the backward needs.
  EXPECT_TRUE(chooseNarrowPlaces({{8, 1, false}, {8, 1, false}}, 1).empty());
}

TEST(Recompute, ASkipConnectionIsKeptOnce) {
  // Value 0 is used at the end: it crosses every place, and counts at the
  // first.
  std::vector<ChainValue> chain = makeLayers(4, 2, 20, 1);
  chain.insert(chain.begin(), {50, 12, false});
  for (ChainValue &value : llvm::drop_begin(chain))
    ++value.lastUse;
  chain.back().lastUse = 12;
  Places places = chooseNarrowPlaces(chain, 1);
  for (int64_t place : {3, 6, 9})
    EXPECT_TRUE(llvm::is_contained(places, place)) << place;
}
