//===- FoldMath.cpp - arithmetic on constants -----------------------------===//

#include "Fold.h"
#include <cmath>

using namespace mpc;
using namespace mpc::onnx_import;
using data::ElementType;
using data::Shape;

//===----------------------------------------------------------------------===//
// Element by element
//===----------------------------------------------------------------------===//

/// Calls `element(result, i, a, j, b, k)` for every element of the common
/// shape.
template <typename Element>
static FoldResult zip(FoldedNode &node, const Constant &a, const Constant &b,
                      ElementType type, Element element) {
  auto shape = broadcastShapes(a.shape, b.shape);
  if (!shape)
    return shape.takeError();
  auto result = node.allocate(type, *shape);
  if (!result)
    return result.takeError();
  Shape left = getBroadcastStrides(a.shape, *shape);
  Shape right = getBroadcastStrides(b.shape, *shape);
  for (int64_t i = 0; i < result->count(); ++i)
    element(*result, i, a, getOffset(i, *shape, left), b,
            getOffset(i, *shape, right));
  return single(std::move(result));
}

static llvm::Error checkTypes(const Constant &a, const Constant &b) {
  if (a.isFloat() == b.isFloat())
    return llvm::Error::success();
  return llvm::createStringError("its operands have different types");
}

/// `onReals` and `onIntegers` take two numbers; integers wrap around.
template <auto onReals, auto onIntegers>
static FoldResult binary(FoldedNode &node) {
  const Constant &a = node.operand(0), &b = node.operand(1);
  if (llvm::Error error = checkTypes(a, b))
    return error;
  return zip(node, a, b, a.type,
             [](Constant &result, int64_t i, const Constant &a, int64_t j,
                const Constant &b, int64_t k) {
               if (a.isFloat())
                 result.store(
                     i, static_cast<double>(onReals(a.reals[j], b.reals[k])));
               else
                 result.store(i, static_cast<int64_t>(
                                     onIntegers(a.integers[j], b.integers[k])));
             });
}

template <auto predicate> static FoldResult comparison(FoldedNode &node) {
  const Constant &a = node.operand(0), &b = node.operand(1);
  if (llvm::Error error = checkTypes(a, b))
    return error;
  return zip(node, a, b, ElementType::I1,
             [](Constant &result, int64_t i, const Constant &a, int64_t j,
                const Constant &b, int64_t k) {
               result.integers[i] =
                   a.isFloat() ? predicate(a.reals[j], b.reals[k])
                               : predicate(a.integers[j], b.integers[k]);
             });
}

template <auto function> static FoldResult unary(FoldedNode &node) {
  const Constant &x = node.operand(0);
  auto result = node.allocate(x.type, x.shape);
  if (!result)
    return result.takeError();
  for (int64_t i = 0; i < x.count(); ++i)
    if (x.isFloat())
      result->store(i, static_cast<double>(function(x.reals[i])));
    else
      result->store(i, static_cast<int64_t>(function(x.integers[i])));
  return single(std::move(result));
}

template <auto predicate> static FoldResult test(FoldedNode &node) {
  const Constant &x = node.operand(0);
  auto result = node.allocate(ElementType::I1, x.shape);
  if (!result)
    return result.takeError();
  for (int64_t i = 0; i < x.count(); ++i)
    result->integers[i] = predicate(x.real(i));
  return single(std::move(result));
}

/// Max and Min take any number of operands.
template <auto fold> static FoldResult variadic(FoldedNode &node) {
  FoldResult result = single(node.operand(0));
  for (size_t i = 1; i < node.numOperands() && result; ++i) {
    if (!node.has(i))
      return llvm::createStringError("operand " + llvm::Twine(i) +
                                     " is missing");
    const Constant a = std::move(result->front());
    if (llvm::Error error = checkTypes(a, node.operand(i)))
      return error;
    result = zip(node, a, node.operand(i), a.type,
                 [](Constant &result, int64_t i, const Constant &a, int64_t j,
                    const Constant &b, int64_t k) {
                   if (a.isFloat())
                     result.store(i, fold(a.reals[j], b.reals[k]));
                   else
                     result.store(i, fold(a.integers[j], b.integers[k]));
                 });
  }
  return result;
}

// Integers wrap around, as they do in ONNX's implementations.
static int64_t wrap(uint64_t value) { return static_cast<int64_t>(value); }
static uint64_t u(int64_t value) { return static_cast<uint64_t>(value); }
static int64_t quotient(int64_t a, int64_t b) {
  return b == 0 ? 0 : b == -1 ? wrap(-u(a)) : a / b;
}
static int64_t remainder(int64_t a, int64_t b) {
  return b == 0 || b == -1 ? 0 : a % b;
}
/// The sign of the divisor, as Python's %.
static int64_t modulo(int64_t a, int64_t b) {
  if (b == 0 || b == -1)
    return 0;
  int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/// With `fmod` the sign is the dividend's.
static FoldResult foldMod(FoldedNode &node) {
  static constexpr auto reals = [](double a, double b) {
    return std::fmod(a, b);
  };
  return node.attributes.integer("fmod", 0)
             ? binary<reals, [](int64_t a,
                                int64_t b) { return remainder(a, b); }>(node)
             : binary<reals, [](int64_t a, int64_t b) { return modulo(a, b); }>(
                   node);
}

static FoldResult foldIsInf(FoldedNode &node) {
  const Constant &x = node.operand(0);
  auto result = node.allocate(ElementType::I1, x.shape);
  if (!result)
    return result.takeError();
  bool positive = node.attributes.integer("detect_positive", 1) != 0;
  bool negative = node.attributes.integer("detect_negative", 1) != 0;
  for (int64_t i = 0; i < x.count(); ++i)
    result->integers[i] =
        std::isinf(x.real(i)) && (x.real(i) > 0 ? positive : negative);
  return single(std::move(result));
}

static FoldResult foldPow(FoldedNode &node) {
  const Constant &a = node.operand(0), &b = node.operand(1);
  return zip(node, a, b, a.type,
             [](Constant &result, int64_t i, const Constant &a, int64_t j,
                const Constant &b, int64_t k) {
               result.store(i, std::pow(a.real(j), b.real(k)));
             });
}

static FoldResult foldWhere(FoldedNode &node) {
  const Constant &a = node.operand(1), &b = node.operand(2);
  if (llvm::Error error = checkTypes(a, b))
    return error;
  auto branches = broadcastShapes(a.shape, b.shape);
  if (!branches)
    return branches.takeError();
  const Constant &condition = node.operand(0);
  if (condition.isFloat())
    return llvm::createStringError("its condition is no truth value");
  auto shape = broadcastShapes(condition.shape, *branches);
  if (!shape)
    return shape.takeError();
  auto result = node.allocate(a.type, *shape);
  if (!result)
    return result.takeError();
  Shape ofCondition = getBroadcastStrides(condition.shape, *shape);
  Shape ofA = getBroadcastStrides(a.shape, *shape);
  Shape ofB = getBroadcastStrides(b.shape, *shape);
  for (int64_t i = 0; i < result->count(); ++i)
    if (condition.integers[getOffset(i, *shape, ofCondition)])
      result->set(i, a, getOffset(i, *shape, ofA));
    else
      result->set(i, b, getOffset(i, *shape, ofB));
  return single(std::move(result));
}

static FoldResult castTo(FoldedNode &node, ElementType type) {
  const Constant &x = node.operand(0);
  auto result = node.allocate(type, x.shape);
  if (!result)
    return result.takeError();
  for (int64_t i = 0; i < x.count(); ++i)
    if (x.isFloat())
      result->store(i, x.reals[i]);
    else
      result->store(i, x.integers[i]);
  return single(std::move(result));
}

static FoldResult foldCast(FoldedNode &node) {
  auto type =
      getElementType(static_cast<int32_t>(node.attributes.integer("to", 0)));
  return type ? castTo(node, *type) : FoldResult(type.takeError());
}

static FoldResult foldCastLike(FoldedNode &node) {
  return castTo(node, node.operand(1).type);
}

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

#define BOTH(expression) [](auto a, auto b) { return expression; }
#define INTEGERS(expression) [](int64_t a, int64_t b) { return expression; }
#define REALS(expression) [](double a, double b) { return expression; }
#define NO_REALS [](double, double) { return std::nan(""); }
#define EACH(expression) [](auto x) { return expression; }
#define REAL(expression)                                                       \
  [](auto value) {                                                             \
    double x = static_cast<double>(value);                                     \
    return expression;                                                         \
  }

static constexpr auto largest = BOTH(a < b ? b : a);
static constexpr auto smallest = BOTH(b < a ? b : a);

llvm::ArrayRef<FoldEntry> onnx_import::getMathFolds() {
  static const FoldEntry entries[] = {
      {"Add", 2, binary<REALS(a + b), INTEGERS(wrap(u(a) + u(b)))>},
      {"Sub", 2, binary<REALS(a - b), INTEGERS(wrap(u(a) - u(b)))>},
      {"Mul", 2, binary<REALS(a * b), INTEGERS(wrap(u(a) * u(b)))>},
      {"Div", 2, binary<REALS(a / b), INTEGERS(quotient(a, b))>},
      {"Mod", 2, foldMod},
      {"Pow", 2, foldPow},
      {"Max", 1, variadic<largest>},
      {"Min", 1, variadic<smallest>},
      {"And", 2, binary<NO_REALS, INTEGERS(a & b)>},
      {"Or", 2, binary<NO_REALS, INTEGERS(a | b)>},
      {"Xor", 2, binary<NO_REALS, INTEGERS(a ^ b)>},
      {"BitwiseAnd", 2, binary<NO_REALS, INTEGERS(a & b)>},
      {"BitwiseOr", 2, binary<NO_REALS, INTEGERS(a | b)>},
      {"Equal", 2, comparison<BOTH(a == b)>},
      {"Less", 2, comparison<BOTH(a < b)>},
      {"LessOrEqual", 2, comparison<BOTH(a <= b)>},
      {"Greater", 2, comparison<BOTH(b < a)>},
      {"GreaterOrEqual", 2, comparison<BOTH(b <= a)>},
      {"Not", 1, test<EACH(x == 0)>},
      {"IsNaN", 1, test<EACH(x != x)>},
      {"IsInf", 1, foldIsInf},
      {"Neg", 1, unary<EACH(decltype(x)(0) - x)>},
      {"Abs", 1, unary<EACH(x < 0 ? decltype(x)(0) - x : x)>},
      {"Sign", 1, unary<EACH((0 < x) - (x < 0))>},
      {"Sqrt", 1, unary<REAL(std::sqrt(x))>},
      {"Reciprocal", 1, unary<REAL(1 / x)>},
      {"Exp", 1, unary<REAL(std::exp(x))>},
      {"Log", 1, unary<REAL(std::log(x))>},
      {"Sin", 1, unary<REAL(std::sin(x))>},
      {"Cos", 1, unary<REAL(std::cos(x))>},
      {"Tanh", 1, unary<REAL(std::tanh(x))>},
      {"Erf", 1, unary<REAL(std::erf(x))>},
      {"Sigmoid", 1, unary<REAL(1 / (1 + std::exp(-x)))>},
      {"Floor", 1, unary<REAL(std::floor(x))>},
      {"Ceil", 1, unary<REAL(std::ceil(x))>},
      {"Round", 1, unary<REAL(std::nearbyint(x))>},
      {"Where", 3, foldWhere},
      {"Cast", 1, foldCast},
      {"CastLike", 2, foldCastLike},
  };
  return entries;
}
