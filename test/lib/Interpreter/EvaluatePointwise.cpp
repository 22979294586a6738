//===- EvaluatePointwise.cpp - arithmetic and activations -----------------===//

#include "Evaluators.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace mpc;
using namespace mpc::test;

using Arguments = ArrayRef<double>;
using Function = std::function<double(Arguments)>;

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

static double gelu(double x, GeluForm form) {
  if (form == GeluForm::Exact)
    return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
  double inner = std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
  return 0.5 * x * (1 + std::tanh(inner));
}

static double geluSlope(double x, GeluForm form) {
  if (form == GeluForm::Exact)
    return 0.5 * (1 + std::erf(x / std::sqrt(2.0))) +
           x * std::exp(-x * x / 2) / std::sqrt(2 * M_PI);
  double factor = std::sqrt(2 / M_PI);
  double h = std::tanh(factor * (x + 0.044715 * x * x * x));
  return 0.5 * (1 + h) +
         0.5 * x * (1 - h * h) * factor * (1 + 3 * 0.044715 * x * x);
}

/// The value an integer type holds after wrapping.
static double wrap(uint64_t bits, Type type) {
  unsigned width = type.getIntOrFloatBitWidth();
  if (width < 64)
    bits &= (uint64_t(1) << width) - 1;
  if (width == 1 || type.isUnsignedInteger())
    return static_cast<double>(bits);
  if (width < 64 && (bits >> (width - 1)))
    bits |= ~uint64_t(0) << width;
  return static_cast<double>(static_cast<int64_t>(bits));
}

static uint64_t toBits(double value) {
  return static_cast<uint64_t>(static_cast<int64_t>(value));
}

static bool compare(Comparison predicate, double a, double b) {
  switch (predicate) {
  case Comparison::EQ:
    return a == b;
  case Comparison::NE:
    return a != b;
  case Comparison::LT:
    return a < b;
  case Comparison::LE:
    return a <= b;
  case Comparison::GT:
    return a > b;
  case Comparison::GE:
    return a >= b;
  }
  llvm_unreachable("all comparisons are covered");
}

static double convert(double value, Type to) {
  if (isa<FloatType>(to))
    return value;
  if (to.isInteger(1))
    return value != 0;
  return wrap(toBits(std::trunc(value)), to);
}

uint32_t test::philox(uint64_t index, uint64_t step, uint64_t seed) {
  uint32_t counter[4] = {uint32_t(index), uint32_t(index >> 32), uint32_t(step),
                         uint32_t(step >> 32)};
  uint32_t key[2] = {uint32_t(seed), uint32_t(seed >> 32)};
  for (int round = 0; round < 10; ++round) {
    uint64_t product0 = uint64_t(0xD2511F53) * counter[0];
    uint64_t product1 = uint64_t(0xCD9E8D57) * counter[2];
    uint32_t next[4] = {
        uint32_t(product1 >> 32) ^ counter[1] ^ key[0], uint32_t(product1),
        uint32_t(product0 >> 32) ^ counter[3] ^ key[1], uint32_t(product0)};
    std::copy(next, next + 4, counter);
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter[0];
}

static Function getUnary(Operation *op) {
  using namespace std;
  auto unary = [](double (*function)(double)) -> Function {
    return [function](Arguments v) { return function(v[0]); };
  };
  return llvm::TypeSwitch<Operation *, Function>(op)
      .Case([&](NegOp) { return unary([](double x) { return -x; }); })
      .Case([&](ExpOp) { return unary(exp); })
      .Case([&](LogOp) { return unary(log); })
      .Case([&](SqrtOp) { return unary(sqrt); })
      .Case([&](RsqrtOp) {
        return unary([](double x) { return 1 / std::sqrt(x); });
      })
      .Case([&](TanhOp) { return unary(tanh); })
      .Case([&](ErfOp) { return unary(erf); })
      .Case([&](AbsOp) { return unary(fabs); })
      .Case([&](SigmoidOp) { return unary(sigmoid); })
      .Case([&](SiluOp) {
        return unary([](double x) { return x * sigmoid(x); });
      })
      .Case(
          [&](ReluOp) { return unary([](double x) { return x < 0 ? 0 : x; }); })
      .Case([&](SoftplusOp) {
        // e^x of a large x overflows, but then 1 is nothing beside it.
        return unary(
            [](double x) { return x > 40 ? x : std::log1p(std::exp(x)); });
      })
      .Case([&](GeluOp gelu) {
        GeluForm form = gelu.getForm();
        return [form](Arguments v) { return ::gelu(v[0], form); };
      })
      .Default([](Operation *) { return Function(); });
}

static Function getFloatBinary(Operation *op) {
  using F = Function;
  return llvm::TypeSwitch<Operation *, F>(op)
      .Case([](AddOp) { return F([](Arguments v) { return v[0] + v[1]; }); })
      .Case([](SubOp) { return F([](Arguments v) { return v[0] - v[1]; }); })
      .Case([](MulOp) { return F([](Arguments v) { return v[0] * v[1]; }); })
      .Case([](DivOp) { return F([](Arguments v) { return v[0] / v[1]; }); })
      .Case([](PowOp) {
        return F([](Arguments v) { return std::pow(v[0], v[1]); });
      })
      .Case([](GeluGradOp op) {
        GeluForm form = op.getForm();
        return F([form](Arguments v) { return v[1] * geluSlope(v[0], form); });
      })
      .Case([](MaximumOp) {
        return F([](Arguments v) { return std::max(v[0], v[1]); });
      })
      .Case([](MinimumOp) {
        return F([](Arguments v) { return std::min(v[0], v[1]); });
      })
      .Default([](Operation *) { return F(); });
}

using IntegerFunction = std::function<uint64_t(int64_t, int64_t)>;

static IntegerFunction getIntegerBinary(Operation *op) {
  using F = IntegerFunction;
  using I = int64_t;
  return llvm::TypeSwitch<Operation *, F>(op)
      .Case([](AddOp) {
        return F([](I a, I b) { return uint64_t(a) + uint64_t(b); });
      })
      .Case([](SubOp) {
        return F([](I a, I b) { return uint64_t(a) - uint64_t(b); });
      })
      .Case([](MulOp) {
        return F([](I a, I b) { return uint64_t(a) * uint64_t(b); });
      })
      .Case([](DivOp) {
        return F([](I a, I b) -> uint64_t {
          return b == 0 ? 0 : b == -1 ? -uint64_t(a) : a / b;
        });
      })
      .Case(
          [](MaximumOp) { return F([](I a, I b) { return std::max(a, b); }); })
      .Case(
          [](MinimumOp) { return F([](I a, I b) { return std::min(a, b); }); })
      .Case([](AndOp) { return F([](I a, I b) { return a & b; }); })
      .Case([](OrOp) { return F([](I a, I b) { return a | b; }); })
      .Default([](Operation *) { return F(); });
}

static Function getBinary(Operation *op) {
  if (op->getNumResults() != 1)
    return nullptr;
  Type element = getElementTypeOrSelf(op->getResult(0));
  if (isa<FloatType>(element))
    return getFloatBinary(op);
  IntegerFunction function = getIntegerBinary(op);
  if (!function)
    return nullptr;
  return [=](Arguments v) {
    return wrap(function(int64_t(v[0]), int64_t(v[1])), element);
  };
}

static Function getOther(Operation *op) {
  return llvm::TypeSwitch<Operation *, Function>(op)
      .Case([](CompareOp op) -> Function {
        Comparison predicate = op.getPredicate();
        return [=](Arguments v) { return compare(predicate, v[0], v[1]); };
      })
      .Case([](SelectOp) -> Function {
        return [](Arguments v) { return v[0] != 0 ? v[1] : v[2]; };
      })
      .Case([](CastOp op) -> Function {
        Type to = getElementTypeOrSelf(op.getResult());
        return [=](Arguments v) { return convert(v[0], to); };
      })
      .Case([](RandomBitsOp op) -> Function {
        uint64_t seed = op.getSeed();
        return [=](Arguments v) {
          return static_cast<int32_t>(philox(toBits(v[0]), toBits(v[1]), seed));
        };
      })
      .Default([](Operation *) { return Function(); });
}

std::optional<std::vector<Tensor>> test::evaluatePointwise(Operation *op,
                                                           Operands operands) {
  Function function = getUnary(op);
  if (!function)
    function = getBinary(op);
  if (!function)
    function = getOther(op);
  if (!function)
    return std::nullopt;
  Tensor result = Tensor::zeros(shapeOf(op->getResult(0)));
  std::vector<double> arguments(operands.size());
  forEach(result.shape, [&](const Coords &coords) {
    for (auto [argument, operand] : llvm::zip_equal(arguments, operands))
      argument = at(operand, coords);
    ref(result, coords) = function(arguments);
  });
  return std::vector<Tensor>{std::move(result)};
}
