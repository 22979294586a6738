//===- OpsMath.cpp - arithmetic and activations ---------------------------===//

#include "Model.h"
#include "OpTable.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::onnx_import;
using Value = mlir::Value;

template <typename Op> static void importBinary(Node &node) {
  node.setResult(node.e.make<Op>({node.operand(0), node.operand(1)}));
}

template <typename Op> static void importUnary(Node &node) {
  node.setResult(node.e.make<Op>({node.operand(0)}));
}

/// Sum, Max and Min take any number of operands.
template <typename Op> static void importVariadic(Node &node) {
  Value result = node.operand(0);
  for (int i = 1; i < node.numOperands(); ++i)
    result = node.e.make<Op>({result, node.operand(i)});
  node.setResult(result);
}

template <Comparison predicate> static void importComparison(Node &node) {
  node.setResult(node.e.compare(predicate, node.operand(0), node.operand(1)));
}

static bool isInteger(Value value) {
  return value && isa<IntegerType>(getElementTypeOrSelf(value));
}

static void importNeg(Node &node) {
  Value x = node.operand(0);
  node.setResult(isInteger(x) ? node.e.sub(node.e.scalar(x, 0), x)
                              : node.e.make<NegOp>({x}));
}

static void importReciprocal(Node &node) {
  Value x = node.operand(0);
  node.setResult(node.e.div(node.e.scalar(x, 1), x));
}

static void importNot(Node &node) {
  Value x = node.operand(0);
  node.setResult(node.e.compare(Comparison::EQ, x, node.e.scalar(x, 0)));
}

static void importIsNaN(Node &node) {
  Value x = node.operand(0);
  node.setResult(node.e.compare(Comparison::NE, x, x));
}

/// The one number that operand `index` is made of.
static std::optional<double> getNumber(Node &node, int index) {
  const Constant *constant = node.constant(index);
  if (!constant || !constant->isSplat())
    return std::nullopt;
  return constant->real(0);
}

/// Small powers are products and roots: exact, and cheap to differentiate.
static void importPow(Node &node) {
  Value x = node.operand(0);
  std::optional<double> exponent = getNumber(node, 1);
  const Constant *constant = node.constant(1);
  bool isScalar = exponent && constant->count() == 1;
  if (isScalar && *exponent == 2)
    return node.setResult(node.e.mul(x, x));
  if (isScalar && *exponent == 3)
    return node.setResult(node.e.mul(node.e.mul(x, x), x));
  if (isScalar && *exponent == 0.5)
    return node.setResult(node.e.make<SqrtOp>({x}));
  Value y = node.operand(1);
  if (x && y)
    node.setResult(
        node.e.make<PowOp>({x, node.e.cast(y, getElementTypeOrSelf(x))}));
}

static void importWhere(Node &node) {
  node.setResult(
      node.e.select(node.operand(0), node.operand(1), node.operand(2)));
}

static void importCast(Node &node) {
  auto type =
      getElementType(static_cast<int32_t>(node.attributes.integer("to", 0)));
  if (!type)
    return node.e.fail(toString(type.takeError()));
  node.setResult(node.e.cast(node.operand(0), node.e.getElement(*type)));
}

static void importCastLike(Node &node) {
  Value like = node.operand(1);
  if (like)
    node.setResult(node.e.cast(node.operand(0), getElementTypeOrSelf(like)));
}

static void importIdentity(Node &node) { node.setResult(node.operand(0)); }

/// Bounds may be absent, and may come as operands of rank 0.
static void importClip(Node &node) {
  Value x = node.operand(0);
  if (node.has(1))
    x = node.e.make<MaximumOp>({x, node.operand(1)});
  if (node.has(2))
    x = node.e.make<MinimumOp>({x, node.operand(2)});
  node.setResult(x);
}

static void importGelu(Node &node) {
  GeluForm form = node.attributes.text("approximate", "none") == "tanh"
                      ? GeluForm::Tanh
                      : GeluForm::Exact;
  Attribute attribute =
      GeluFormAttr::get(node.e.getBuilder().getContext(), form);
  node.setResult(node.e.make<GeluOp>({node.operand(0)},
                                     {node.e.named("form", attribute)}));
}

static void importLeakyRelu(Node &node) {
  Value x = node.operand(0);
  double slope = node.attributes.real("alpha", 0.01);
  Value positive = node.e.make<ReluOp>({x});
  Value negative = node.e.make<MinimumOp>({x, node.e.scalar(x, 0)});
  node.setResult(node.e.add(positive, node.e.mul(negative, slope)));
}

/// x * sigmoid(alpha x)
static void importSwish(Node &node) {
  Value x = node.operand(0);
  double alpha = node.attributes.real("alpha", 1);
  if (alpha == 1)
    return node.setResult(node.e.make<SiluOp>({x}));
  node.setResult(node.e.mul(x, node.e.make<SigmoidOp>({node.e.mul(x, alpha)})));
}

llvm::ArrayRef<OpEntry> onnx_import::getMathOps() {
  static constexpr OpEntry entries[] = {
      {"Add", 7, importBinary<AddOp>},
      {"Sub", 7, importBinary<SubOp>},
      {"Mul", 7, importBinary<MulOp>},
      {"Div", 7, importBinary<DivOp>},
      {"And", 7, importBinary<AndOp>},
      {"Or", 7, importBinary<OrOp>},
      {"BitwiseAnd", 18, importBinary<AndOp>},
      {"BitwiseOr", 18, importBinary<OrOp>},
      {"Pow", 7, importPow},
      {"Sum", 8, importVariadic<AddOp>},
      {"Max", 8, importVariadic<MaximumOp>},
      {"Min", 8, importVariadic<MinimumOp>},
      {"Equal", 7, importComparison<Comparison::EQ>},
      {"Less", 7, importComparison<Comparison::LT>},
      {"LessOrEqual", 12, importComparison<Comparison::LE>},
      {"Greater", 7, importComparison<Comparison::GT>},
      {"GreaterOrEqual", 12, importComparison<Comparison::GE>},
      {"Where", 9, importWhere},
      {"Not", 1, importNot},
      {"IsNaN", 9, importIsNaN},
      {"Neg", 6, importNeg},
      {"Abs", 6, importUnary<AbsOp>},
      {"Exp", 6, importUnary<ExpOp>},
      {"Log", 6, importUnary<LogOp>},
      {"Sqrt", 6, importUnary<SqrtOp>},
      {"Reciprocal", 6, importReciprocal},
      {"Tanh", 6, importUnary<TanhOp>},
      {"Erf", 9, importUnary<ErfOp>},
      {"Sigmoid", 6, importUnary<SigmoidOp>},
      {"Relu", 6, importUnary<ReluOp>},
      {"Softplus", 1, importUnary<SoftplusOp>},
      {"LeakyRelu", 6, importLeakyRelu},
      {"Gelu", 20, importGelu},
      {"Swish", 24, importSwish},
      {"Clip", 11, importClip},
      {"Cast", 6, importCast},
      {"CastLike", 15, importCastLike},
      {"Identity", 1, importIdentity},
  };
  return entries;
}
