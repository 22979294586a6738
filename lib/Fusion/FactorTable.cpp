//===- FactorTable.cpp - union-find with splitting ------------------------===//

#include "mpc/Fusion/FactorTable.h"

using namespace mpc;
using llvm::ArrayRef;
using llvm::LogicalResult;
using llvm::SmallVector;

unsigned FactorTable::add(int64_t size) {
  nodes.push_back({size, {}});
  return nodes.size() - 1;
}

DimFactors FactorTable::resolve(ArrayRef<unsigned> factors) const {
  DimFactors leaves;
  SmallVector<unsigned> stack(llvm::reverse(factors));
  while (!stack.empty()) {
    unsigned factor = stack.pop_back_val();
    const Node &node = nodes[factor];
    if (node.parts.empty())
      leaves.push_back(factor);
    else
      stack.append(node.parts.rbegin(), node.parts.rend());
  }
  return leaves;
}

void FactorTable::split(unsigned leaf, int64_t majorSize) {
  int64_t minorSize = nodes[leaf].size / majorSize;
  unsigned major = add(majorSize), minor = add(minorSize);
  nodes[leaf].parts = {major, minor};
}

LogicalResult FactorTable::unify(ArrayRef<unsigned> a, ArrayRef<unsigned> b) {
  // Leaves still to match, the major one on top.
  auto pending = [&](ArrayRef<unsigned> list) {
    DimFactors leaves = resolve(list);
    return SmallVector<unsigned>(llvm::reverse(leaves));
  };
  SmallVector<unsigned> left = pending(a), right = pending(b);
  while (!left.empty() && !right.empty()) {
    // An earlier step may have split or identified what is still pending.
    DimFactors l = resolve(left.pop_back_val());
    DimFactors r = resolve(right.pop_back_val());
    left.append(l.rbegin(), l.rend());
    right.append(r.rbegin(), r.rend());
    unsigned x = left.pop_back_val(), y = right.pop_back_val();
    if (x == y)
      continue;
    int64_t sizeX = getSize(x), sizeY = getSize(y);
    if (sizeX == sizeY) {
      nodes[x].parts = {y};
      continue;
    }
    bool splitX = sizeX > sizeY;
    if (std::max(sizeX, sizeY) % std::min(sizeX, sizeY) != 0)
      return llvm::failure();
    split(splitX ? x : y, std::min(sizeX, sizeY));
    left.push_back(x);
    right.push_back(y);
  }
  return llvm::success(left.empty() && right.empty());
}
