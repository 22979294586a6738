//===- Match.cpp - recognising formulas -----------------------------------===//

#include "Match.h"
#include <cmath>

using namespace mlir;
using namespace mpc;
using namespace mpc::raise;

/// A product of many factors is no formula, and squares of squares have 2^n.
static constexpr unsigned kDeepest = 16, kMost = 8;

std::optional<double> raise::getNumber(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  if (!constant)
    return std::nullopt;
  if (auto real = dyn_cast<FloatAttr>(constant.getValue()))
    return real.getValueAsDouble();
  return std::nullopt;
}

bool raise::isNear(double a, double b) {
  return std::abs(a - b) <= 1e-4 * std::abs(b);
}

Product::Product(Value value) { multiply(value, 0); }

void Product::multiply(Value value, unsigned depth) {
  if (std::optional<double> number = getNumber(value)) {
    scale *= *number;
    return;
  }
  if (depth >= kDeepest || factors.size() + divisors.size() >= kMost) {
    factors.push_back(value);
    return;
  }
  if (auto mul = value.getDefiningOp<MulOp>()) {
    multiply(mul.getLhs(), depth + 1);
    return multiply(mul.getRhs(), depth + 1);
  }
  auto div = value.getDefiningOp<DivOp>();
  if (!div) {
    factors.push_back(value);
    return;
  }
  multiply(div.getLhs(), depth + 1);
  if (std::optional<double> number = getNumber(div.getRhs()))
    scale /= *number;
  else
    divisors.push_back(div.getRhs());
}

std::optional<Sum> raise::matchAddNumber(Value value) {
  auto add = value.getDefiningOp<AddOp>();
  if (!add)
    return std::nullopt;
  if (std::optional<double> number = getNumber(add.getRhs()))
    return Sum{add.getLhs(), *number};
  if (std::optional<double> number = getNumber(add.getLhs()))
    return Sum{add.getRhs(), *number};
  return std::nullopt;
}

Value raise::matchMean(Value value) {
  Product product(value);
  Value sum =
      product.take([](Value f) { return bool(f.getDefiningOp<ReduceOp>()); });
  if (!sum || !product.isEmpty())
    return {};
  auto reduce = sum.getDefiningOp<ReduceOp>();
  ArrayRef<int64_t> shape = getShape(reduce.getInput());
  int64_t last = static_cast<int64_t>(shape.size()) - 1;
  if (reduce.getKind() != ReductionKind::Sum ||
      reduce.getDims() != ArrayRef<int64_t>(last) ||
      !isNear(product.scale, 1.0 / static_cast<double>(shape[last])))
    return {};
  return reduce.getInput();
}
