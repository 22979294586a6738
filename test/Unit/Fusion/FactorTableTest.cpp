//===- FactorTableTest.cpp - splitting and identifying factors ------------===//

#include "mpc/Fusion/FactorTable.h"
#include <gtest/gtest.h>

using namespace mpc;

namespace {

llvm::SmallVector<int64_t> sizesOf(const FactorTable &table,
                                   llvm::ArrayRef<unsigned> factors) {
  llvm::SmallVector<int64_t> sizes;
  for (unsigned leaf : table.resolve(factors))
    sizes.push_back(table.getSize(leaf));
  return sizes;
}

TEST(FactorTable, EqualSizesBecomeOneFactor) {
  FactorTable table;
  unsigned a = table.add(8), b = table.add(8);
  ASSERT_TRUE(succeeded(table.unify({a}, {b})));
  EXPECT_EQ(table.resolve({a}), table.resolve({b}));
}

TEST(FactorTable, ALargerFactorIsSplit) {
  FactorTable table;
  unsigned a = table.add(24), b = table.add(2), c = table.add(3),
           d = table.add(4);
  ASSERT_TRUE(succeeded(table.unify({a}, {b, c, d})));
  EXPECT_EQ(sizesOf(table, {a}), (llvm::SmallVector<int64_t>{2, 3, 4}));
  EXPECT_EQ(table.resolve({a}), table.resolve({b, c, d}));
}

TEST(FactorTable, CutsMeetInACommonRefinement) {
  FactorTable table;
  unsigned a = table.add(4), b = table.add(6), c = table.add(2),
           d = table.add(12);
  ASSERT_TRUE(succeeded(table.unify({a, b}, {c, d})));
  EXPECT_EQ(sizesOf(table, {a, b}), (llvm::SmallVector<int64_t>{2, 2, 6}));
  EXPECT_EQ(table.resolve({a, b}), table.resolve({c, d}));
}

TEST(FactorTable, SplitsAreSeenByEarlierUses) {
  FactorTable table;
  unsigned a = table.add(12), b = table.add(12), c = table.add(3),
           d = table.add(4);
  ASSERT_TRUE(succeeded(table.unify({a}, {b})));
  ASSERT_TRUE(succeeded(table.unify({b}, {c, d})));
  EXPECT_EQ(sizesOf(table, {a}), (llvm::SmallVector<int64_t>{3, 4}));
}

TEST(FactorTable, FactorsWithoutACommonSplitFail) {
  FactorTable table;
  unsigned a = table.add(6), b = table.add(4), c = table.add(4),
           d = table.add(6);
  EXPECT_TRUE(failed(table.unify({a, b}, {c, d})));
  EXPECT_TRUE(
      failed(table.unify({table.add(6)}, {table.add(2), table.add(2)})));
  EXPECT_TRUE(failed(table.unify({table.add(6)}, {})));
}

} // namespace
