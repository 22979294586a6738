//===- MPCAttrs.cpp - syntax and verifiers of the attributes --------------===//

#include "mlir/IR/DialectImplementation.h"
#include "mpc/IR/MPC.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mpc;

#define GET_ATTRDEF_CLASSES
#include "mpc/IR/MPCAttrs.cpp.inc"

void MPCDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "mpc/IR/MPCAttrs.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Mesh
//===----------------------------------------------------------------------===//

int64_t MeshAttr::getSize(StringRef name) const {
  for (auto [axis, size] : llvm::zip_equal(getNames(), getSizes()))
    if (axis == name)
      return size;
  return 1;
}

bool MeshAttr::hasAxis(StringRef name) const {
  return llvm::any_of(getNames(),
                      [&](StringAttr axis) { return axis == name; });
}

int64_t MeshAttr::getNumDevices() const {
  int64_t devices = 1;
  for (auto [axis, size] : llvm::zip_equal(getNames(), getSizes()))
    if (axis != kTimeAxis)
      devices *= size;
  return devices;
}

LogicalResult MeshAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               ArrayRef<StringAttr> names,
                               ArrayRef<int64_t> sizes) {
  if (names.size() != sizes.size())
    return emitError() << "expected as many sizes as axes";
  llvm::SmallPtrSet<Attribute, 4> seen;
  for (auto [name, size] : llvm::zip_equal(names, sizes)) {
    if (name.empty() || !seen.insert(name).second)
      return emitError() << "axis '" << name.getValue()
                         << "' is empty or named twice";
    if (size < 1)
      return emitError() << "axis '" << name.getValue() << "' has size " << size
                         << ", expected at least 1";
  }
  return success();
}

Attribute MeshAttr::parse(AsmParser &parser, Type) {
  SmallVector<StringAttr> names;
  SmallVector<int64_t> sizes;
  auto parseAxis = [&]() -> ParseResult {
    std::string name;
    if (parser.parseString(&name) || parser.parseEqual() ||
        parser.parseInteger(sizes.emplace_back()))
      return failure();
    names.push_back(StringAttr::get(parser.getContext(), name));
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseAxis))
    return {};
  return parser.getChecked<MeshAttr>(parser.getContext(), names, sizes);
}

void MeshAttr::print(AsmPrinter &printer) const {
  printer << "<";
  llvm::interleaveComma(
      llvm::zip_equal(getNames(), getSizes()), printer, [&](auto axis) {
        printer << std::get<0>(axis) << " = " << std::get<1>(axis);
      });
  printer << ">";
}

//===----------------------------------------------------------------------===//
// Sharding, placement, offset
//===----------------------------------------------------------------------===//

static ParseResult parseAxes(AsmParser &parser, ArrayAttr &axes) {
  SmallVector<Attribute> names;
  if (parser.parseCommaSeparatedList(
          AsmParser::Delimiter::Square, [&]() -> ParseResult {
            std::string name;
            if (parser.parseString(&name))
              return failure();
            names.push_back(StringAttr::get(parser.getContext(), name));
            return success();
          }))
    return failure();
  axes = names.empty() ? nullptr : ArrayAttr::get(parser.getContext(), names);
  return success();
}

static void printAxes(AsmPrinter &printer, ArrayRef<StringAttr> axes) {
  printer << "[";
  llvm::interleaveComma(axes, printer);
  printer << "]";
}

static ParseResult parseDimSharding(AsmParser &parser, DimSharding &dim) {
  if (parseAxes(parser, dim.axes))
    return failure();
  if (!dim.isSharded())
    return success();
  return failure(parser.parseKeyword("by") || parser.parseInteger(dim.block));
}

static void printDimSharding(AsmPrinter &printer, const DimSharding &dim) {
  printAxes(printer, dim.getAxes());
  if (dim.isSharded())
    printer << " by " << dim.block;
}

static ParseResult parseDimShardings(AsmParser &parser,
                                     SmallVectorImpl<DimSharding> &dims) {
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
    return parseDimSharding(parser, dims.emplace_back());
  });
}

static void printDimShardings(AsmPrinter &printer, ArrayRef<DimSharding> dims) {
  printer << "[";
  llvm::interleaveComma(dims, printer, [&](const DimSharding &dim) {
    printDimSharding(printer, dim);
  });
  printer << "]";
}

ShardingAttr ShardingAttr::replicated(MLIRContext *context, int64_t rank) {
  return get(context, SmallVector<DimSharding>(rank), {}, ReductionKind::Sum);
}

bool ShardingAttr::isReplicated() const {
  return !isPartial() && llvm::none_of(getDims(), [](const DimSharding &dim) {
    return dim.isSharded();
  });
}

bool ShardingAttr::usesAxis(StringRef axis) const {
  if (llvm::is_contained(getPartialAxes(), axis))
    return true;
  return llvm::any_of(getDims(), [&](const DimSharding &dim) {
    return llvm::is_contained(dim.getAxes(), axis);
  });
}

ShardingAttr ShardingAttr::withoutPartial() const {
  return get(getContext(), getDims(), {}, ReductionKind::Sum);
}

LogicalResult ShardingAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   ArrayRef<DimSharding> dims,
                                   ArrayRef<StringAttr> partialAxes,
                                   ReductionKind) {
  llvm::SmallPtrSet<Attribute, 4> seen;
  auto use = [&](StringAttr axis) -> LogicalResult {
    if (seen.insert(axis).second)
      return success();
    return emitError() << "axis '" << axis.getValue() << "' is used twice";
  };
  for (const DimSharding &dim : dims) {
    if (dim.isSharded() && dim.block < 1)
      return emitError() << "expected a positive block, found " << dim.block;
    for (StringAttr axis : dim.getAxes())
      if (failed(use(axis)))
        return failure();
  }
  for (StringAttr axis : partialAxes)
    if (failed(use(axis)))
      return failure();
  return success();
}

Attribute ShardingAttr::parse(AsmParser &parser, Type) {
  SmallVector<DimSharding> dims;
  SmallVector<StringAttr> partial;
  ReductionKind kind = ReductionKind::Sum;
  if (parser.parseLess() || parseDimShardings(parser, dims))
    return {};
  if (succeeded(parser.parseOptionalComma())) {
    StringRef word;
    ArrayAttr axes;
    llvm::SMLoc loc;
    if (parser.parseKeyword("partial") ||
        (loc = parser.getCurrentLocation(), false) ||
        parser.parseKeyword(&word) || parseAxes(parser, axes))
      return {};
    std::optional<ReductionKind> parsed = symbolizeReductionKind(word);
    if (!parsed) {
      parser.emitError(loc, "expected sum, max or min, found '") << word << "'";
      return {};
    }
    kind = *parsed;
    partial = DimSharding{axes, 0}.getAxes();
  }
  if (parser.parseGreater())
    return {};
  return parser.getChecked<ShardingAttr>(parser.getContext(), dims, partial,
                                         kind);
}

void ShardingAttr::print(AsmPrinter &printer) const {
  printer << "<";
  printDimShardings(printer, getDims());
  if (isPartial()) {
    printer << ", partial " << stringifyReductionKind(getPartialKind()) << " ";
    printAxes(printer, getPartialAxes());
  }
  printer << ">";
}

Attribute PlacementAttr::parse(AsmParser &parser, Type) {
  SmallVector<DimSharding> factors;
  if (parser.parseLess() || parseDimShardings(parser, factors) ||
      parser.parseGreater())
    return {};
  return get(parser.getContext(), factors);
}

void PlacementAttr::print(AsmPrinter &printer) const {
  printer << "<";
  printDimShardings(printer, getFactors());
  printer << ">";
}

Attribute OffsetAttr::parse(AsmParser &parser, Type) {
  DimSharding dim;
  if (parser.parseLess() || parseDimSharding(parser, dim) ||
      parser.parseGreater())
    return {};
  return get(parser.getContext(), dim);
}

void OffsetAttr::print(AsmPrinter &printer) const {
  printer << "<";
  printDimSharding(printer, getDim());
  printer << ">";
}
