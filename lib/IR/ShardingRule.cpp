//===- ShardingRule.cpp - rule builder and shared rules -------------------===//

#include "mpc/IR/ShardingRule.h"
#include "mpc/IR/MPC.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mpc;

unsigned ShardingRuleBuilder::add(Factor factor) {
  rule.factors.push_back(factor);
  return rule.factors.size() - 1;
}

ShardingRuleBuilder &ShardingRuleBuilder::operand(TensorFactors dims) {
  rule.operands.push_back(std::move(dims));
  return *this;
}

ShardingRuleBuilder &ShardingRuleBuilder::result(TensorFactors dims) {
  rule.results.push_back(std::move(dims));
  return *this;
}

ShardingRuleBuilder &ShardingRuleBuilder::linear(bool value) {
  rule.linear = value;
  return *this;
}

TensorFactors ShardingRuleBuilder::parallelDims(ArrayRef<int64_t> shape) {
  TensorFactors dims;
  for (int64_t size : shape)
    dims.push_back(size == 1 ? DimFactors{} : DimFactors{parallel(size)});
  return dims;
}

int64_t ShardingRule::getNumPoints() const {
  int64_t points = 1;
  for (const Factor &factor : factors)
    points *= factor.size;
  return points;
}

static void printTensor(llvm::raw_ostream &os, const TensorFactors &dims) {
  os << "(";
  llvm::interleave(
      dims, os,
      [&](const DimFactors &factors) {
        if (factors.empty())
          os << "1";
        for (unsigned factor : factors)
          os << static_cast<char>('a' + factor % 26);
      },
      ",");
  os << ")";
}

std::string ShardingRule::str() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto print = [&](const TensorFactors &dims) { printTensor(os, dims); };
  llvm::interleave(operands, os, print, ",");
  os << "->";
  llvm::interleave(results, os, print, ",");
  os << " {";
  llvm::interleaveComma(llvm::enumerate(factors), os, [&](auto it) {
    const Factor &factor = it.value();
    os << static_cast<char>('a' + it.index() % 26) << "=" << factor.size;
    if (factor.kind == FactorKind::Reduction)
      os << " " << stringifyReductionKind(factor.reduction);
    else if (factor.kind == FactorKind::Inner)
      os << " inner";
    else if (factor.kind == FactorKind::Whole)
      os << " whole";
  });
  os << "}" << (linear ? " linear" : "");
  return text;
}

ShardingRule mpc::getBroadcastRule(Operation *op, bool linear) {
  ShardingRuleBuilder builder;
  ArrayRef<int64_t> shape =
      cast<RankedTensorType>(op->getResult(0).getType()).getShape();
  TensorFactors result = builder.parallelDims(shape);
  for (Type type : op->getOperandTypes()) {
    ArrayRef<int64_t> operandShape = cast<RankedTensorType>(type).getShape();
    size_t lead = shape.size() - operandShape.size();
    TensorFactors operand;
    for (size_t dim = 0; dim < operandShape.size(); ++dim)
      operand.push_back(operandShape[dim] == 1 ? DimFactors{}
                                               : result[lead + dim]);
    builder.operand(operand);
  }
  return builder.result(result).linear(linear).build();
}

ShardingRule mpc::getReshapeRule(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  ShardingRuleBuilder builder;
  TensorFactors source(from.size()), target(to.size());
  size_t i = 0, j = 0;
  int64_t restFrom = from.empty() ? 1 : from[0],
          restTo = to.empty() ? 1 : to[0];
  // Walk both shapes from the outermost dimension and cut off common factors.
  while (i < from.size() && j < to.size()) {
    if (restFrom == 1) {
      if (++i < from.size())
        restFrom = from[i];
      continue;
    }
    if (restTo == 1) {
      if (++j < to.size())
        restTo = to[j];
      continue;
    }
    // [6] -> [2, 3]: a factor of 2, then one of 3. [6, 4] -> [8, 3] has no
    // common cut: everything up to the next common boundary is one whole.
    int64_t common = std::min(restFrom, restTo);
    if (std::max(restFrom, restTo) % common == 0) {
      unsigned factor = builder.parallel(common);
      source[i].push_back(factor);
      target[j].push_back(factor);
      restFrom /= common;
      restTo /= common;
      continue;
    }
    size_t beginFrom = i, beginTo = j;
    int64_t productFrom = restFrom, productTo = restTo;
    while (productFrom != productTo) {
      if (productFrom < productTo)
        productFrom *= from[++i];
      else
        productTo *= to[++j];
    }
    for (size_t d = beginFrom; d <= i; ++d) {
      int64_t size = d == beginFrom ? restFrom : from[d];
      if (size > 1)
        source[d].push_back(builder.whole(size));
    }
    for (size_t d = beginTo; d <= j; ++d) {
      int64_t size = d == beginTo ? restTo : to[d];
      if (size > 1)
        target[d].push_back(builder.whole(size));
    }
    restFrom = restTo = 1;
  }
  return builder.operand(source).result(target).linear().build();
}
