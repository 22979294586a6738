//===- OpFormat.cpp - custom syntax of the ops ----------------------------===//

#include "mpc/IR/OpFormat.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Error.h"
#include <charconv>

using namespace mlir;
using namespace mpc;

//===----------------------------------------------------------------------===//
// Types of binary ops
//===----------------------------------------------------------------------===//

ParseResult mpc::parseBroadcastTypes(OpAsmParser &parser, Type &lhs, Type &rhs,
                                     Type &result) {
  if (failed(parser.parseOptionalLParen())) {
    if (parser.parseType(result))
      return failure();
    lhs = rhs = result;
    return success();
  }
  return failure(parser.parseType(lhs) || parser.parseComma() ||
                 parser.parseType(rhs) || parser.parseRParen() ||
                 parser.parseArrow() || parser.parseType(result));
}

void mpc::printBroadcastTypes(OpAsmPrinter &printer, Operation *, Type lhs,
                              Type rhs, Type result) {
  if (lhs == result && rhs == result)
    printer << result;
  else
    printer << "(" << lhs << ", " << rhs << ") -> " << result;
}

//===----------------------------------------------------------------------===//
// Initializers
//===----------------------------------------------------------------------===//

static ParseResult parseNumber(OpAsmParser &parser, FloatAttr &number) {
  llvm::APFloat value(0.0);
  if (parser.parseFloat(llvm::APFloat::IEEEdouble(), value))
    return failure();
  number =
      parser.getBuilder().getFloatAttr(parser.getBuilder().getF64Type(), value);
  return success();
}

ParseResult mpc::parseInitializer(OpAsmParser &parser, Attribute &init) {
  MLIRContext *context = parser.getContext();
  llvm::SMLoc loc = parser.getCurrentLocation();
  StringRef word;
  FloatAttr first, second;
  if (parser.parseKeyword(&word) || parser.parseLParen())
    return failure();
  if (word == "constant") {
    if (parseNumber(parser, first))
      return failure();
    init = ConstantInitAttr::get(context, first);
  } else if (word == "normal" || word == "uniform") {
    if (parseNumber(parser, first) || parser.parseComma() ||
        parseNumber(parser, second))
      return failure();
    init = word == "normal"
               ? Attribute(NormalInitAttr::get(context, first, second))
               : Attribute(UniformInitAttr::get(context, first, second));
  } else if (word == "file") {
    std::string name;
    if (parser.parseString(&name))
      return failure();
    init = FileInitAttr::get(context, StringAttr::get(context, name));
  } else if (word == "same") {
    StringAttr name;
    if (parser.parseSymbolName(name))
      return failure();
    init = SameInitAttr::get(context, FlatSymbolRefAttr::get(name));
  } else {
    return parser.emitError(
               loc, "expected constant, normal, uniform, file or same, found '")
           << word << "'";
  }
  return parser.parseRParen();
}

/// The shortest text that reads back as `value`: `0.05`, `1.0`, `1.0e-05`.
static void printShortest(OpAsmPrinter &printer, const llvm::APFloat &value) {
  if (!value.isFinite())
    return printer.printFloat(value);
  char buffer[32];
  bool isDouble = &value.getSemantics() == &llvm::APFloat::IEEEdouble();
  auto [end, error] =
      isDouble
          ? std::to_chars(buffer, std::end(buffer), value.convertToDouble())
          : std::to_chars(buffer, std::end(buffer), value.convertToFloat());
  assert(error == std::errc() && "the buffer holds every shortest text");
  // MLIR wants digits after a point, also before an exponent.
  auto [mantissa, exponent] = StringRef(buffer, end - buffer).split('e');
  printer << mantissa;
  if (!mantissa.contains('.'))
    printer << ".0";
  if (!exponent.empty())
    printer << "e" << exponent;
}

static void printPair(OpAsmPrinter &printer, StringRef word, FloatAttr first,
                      FloatAttr second) {
  printer << word << "(";
  printShortest(printer, first.getValue());
  printer << ", ";
  printShortest(printer, second.getValue());
  printer << ")";
}

void mpc::printInitializer(OpAsmPrinter &printer, Operation *, Attribute init) {
  if (auto constant = dyn_cast<ConstantInitAttr>(init)) {
    printer << "constant(";
    printShortest(printer, constant.getValue().getValue());
    printer << ")";
  } else if (auto normal = dyn_cast<NormalInitAttr>(init)) {
    printPair(printer, "normal", normal.getMean(), normal.getStddev());
  } else if (auto uniform = dyn_cast<UniformInitAttr>(init)) {
    printPair(printer, "uniform", uniform.getLow(), uniform.getHigh());
  } else if (auto file = dyn_cast<FileInitAttr>(init)) {
    printer << "file(" << file.getTensor() << ")";
  } else if (auto same = dyn_cast<SameInitAttr>(init)) {
    printer << "same(" << same.getVariable() << ")";
  } else {
    // The verifier refuses it; a dump of the broken op should still show it.
    printer << init;
  }
}

//===----------------------------------------------------------------------===//
// mpc.constant
//===----------------------------------------------------------------------===//

namespace {
/// A number before its type is known: the type comes after it.
struct Literal {
  llvm::SMLoc loc;
  /// As written: `-1.5`, `7`, `0x7FC00000`.
  std::string text;
  /// The value, unless the text has a decimal point.
  std::optional<llvm::APInt> integer;
};
} // namespace

/// The text at `loc` up to the end of the number. The parser cannot look ahead,
/// and wants to know whether an integer or a float follows a minus sign.
static std::string peekNumber(llvm::SMLoc loc) {
  std::string text;
  for (const char *c = loc.getPointer();; ++c) {
    bool afterExponent = !text.empty() && llvm::toLower(text.back()) == 'e' &&
                         !StringRef(text).contains("0x");
    bool isSign = *c == '-' || (*c == '+' && afterExponent);
    if (!llvm::isAlnum(*c) && *c != '.' &&
        !(isSign && (text.empty() || afterExponent)))
      return text;
    text.push_back(*c);
  }
}

static ParseResult parseLiteral(OpAsmParser &parser, Literal &literal) {
  literal.loc = parser.getCurrentLocation();
  literal.text = peekNumber(literal.loc);
  if (StringRef(literal.text).contains('.')) {
    double rounded;
    return parser.parseFloat(rounded);
  }
  OptionalParseResult parsed =
      parser.parseOptionalInteger(literal.integer.emplace());
  if (!parsed.has_value())
    return parser.emitError(literal.loc, "expected a number, true or false");
  return *parsed;
}

static Attribute convertToFloat(const Literal &literal, FloatType type) {
  llvm::APFloat value(type.getFloatSemantics());
  if (!literal.integer) {
    // From the text, not from a double: rounded once.
    auto status = value.convertFromString(literal.text,
                                          llvm::APFloat::rmNearestTiesToEven);
    if (llvm::errorToBool(status.takeError()))
      return {};
    return FloatAttr::get(type, value);
  }
  // 0x7FC00000: the bits, as infinities and NaN are printed.
  if (!StringRef(literal.text).starts_with("0x") ||
      literal.integer->getActiveBits() > type.getWidth())
    return {};
  return FloatAttr::get(
      type, llvm::APFloat(type.getFloatSemantics(),
                          literal.integer->zextOrTrunc(type.getWidth())));
}

static Attribute convertToInteger(const Literal &literal, IntegerType type) {
  if (!literal.integer)
    return {};
  unsigned width = type.getWidth();
  const llvm::APInt &value = *literal.integer;
  bool isUnsigned = type.isUnsigned() || width == 1;
  bool fits = isUnsigned
                  ? literal.text[0] != '-' && value.getActiveBits() <= width
                  : value.getSignificantBits() <= width;
  if (!fits)
    return {};
  return IntegerAttr::get(type, isUnsigned ? value.zextOrTrunc(width)
                                           : value.sextOrTrunc(width));
}

ParseResult ConstantOp::parse(OpAsmParser &parser, OperationState &state) {
  Literal literal;
  Type type;
  if (parseLiteral(parser, literal) ||
      parser.parseOptionalAttrDict(state.attributes) ||
      parser.parseColonType(type))
    return failure();
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return parser.emitError(literal.loc, "expected a ranked tensor, found ")
           << type;
  Attribute value;
  if (auto element = dyn_cast<FloatType>(tensor.getElementType()))
    value = convertToFloat(literal, element);
  else if (auto element = dyn_cast<IntegerType>(tensor.getElementType()))
    value = convertToInteger(literal, element);
  if (!value)
    return parser.emitError(literal.loc, "the value does not fit element type ")
           << tensor.getElementType()
           << " (floating-point values have a decimal point)";
  state.getOrAddProperties<Properties>().value = cast<TypedAttr>(value);
  state.addTypes(type);
  return success();
}

void ConstantOp::print(OpAsmPrinter &printer) {
  printer << " ";
  if (auto real = dyn_cast<FloatAttr>(getValue()))
    printShortest(printer, real.getValue());
  else
    printer.printAttributeWithoutType(getValue());
  printer.printOptionalAttrDict((*this)->getAttrs(), {getValueAttrName()});
  printer << " : " << getType();
}

//===----------------------------------------------------------------------===//
// mpc.fused
//===----------------------------------------------------------------------===//

// %r = mpc.fused (%a = %x : tensor<8xf32>) -> (tensor<8xf32>) { ... }
ParseResult FusedOp::parse(OpAsmParser &parser, OperationState &state) {
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<OpAsmParser::UnresolvedOperand> inputs;
  SmallVector<Type> types;
  auto parseInput = [&]() -> ParseResult {
    OpAsmParser::Argument &argument = arguments.emplace_back();
    if (parser.parseArgument(argument) || parser.parseEqual() ||
        parser.parseOperand(inputs.emplace_back()) ||
        parser.parseColonType(argument.type))
      return failure();
    types.push_back(argument.type);
    return success();
  };
  llvm::SMLoc loc = parser.getCurrentLocation();
  return failure(
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parseInput) ||
      parser.resolveOperands(inputs, types, loc, state.operands) ||
      parser.parseArrowTypeList(state.types) ||
      parser.parseOptionalAttrDictWithKeyword(state.attributes) ||
      parser.parseRegion(*state.addRegion(), arguments));
}

void FusedOp::print(OpAsmPrinter &printer) {
  printer << " (";
  llvm::interleaveComma(llvm::zip(getBody().getArguments(), getInputs()),
                        printer, [&](auto pair) {
                          auto [argument, input] = pair;
                          printer.printRegionArgument(argument, {},
                                                      /*omitType=*/true);
                          printer << " = " << input << " : " << input.getType();
                        });
  printer << ") -> (" << getResultTypes() << ")";
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  printer << " ";
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}
