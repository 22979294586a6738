//===- Variables.cpp - initializers and constants as variables ------------===//

#include "Variables.h"
#include <cmath>

using namespace mlir;
using namespace mpc;
using namespace mpc::onnx_import;
using data::HostArray;
using Value = mlir::Value;

//===----------------------------------------------------------------------===//
// Transposed copies
//===----------------------------------------------------------------------===//

static llvm::StringRef getElementBytes(const HostArray &array, int64_t index) {
  size_t size = data::elementBytes(array.type());
  return {array.bytes().data() + index * size, size};
}

/// The first elements along `dim` of a matrix: equal for what can be tied.
static std::string getProbe(const HostArray &array, int dim) {
  int64_t columns = array.shape()[1], step = dim == 0 ? columns : 1;
  std::string probe =
      data::shapeText({array.shape()[dim], array.shape()[1 - dim]}) +
      data::elementTypeName(array.type()).str();
  for (int64_t i = 0; i < std::min<int64_t>(16, array.shape()[dim]); ++i)
    probe += getElementBytes(array, i * step);
  return probe;
}

static bool isTransposed(const HostArray &a, const HostArray &b) {
  int64_t rows = a.shape()[0], columns = a.shape()[1];
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      if (getElementBytes(a, row * columns + column) !=
          getElementBytes(b, column * rows + row))
        return false;
  return true;
}

static bool isSplat(const HostArray &array) {
  llvm::StringRef first = array.count() ? getElementBytes(array, 0) : "";
  for (int64_t i = 1; i < array.count(); ++i)
    if (getElementBytes(array, i) != first)
      return false;
  return array.count() > 0;
}

llvm::Error Variables::findTies() {
  llvm::StringMap<std::vector<std::pair<std::string, HostArray>>> seen;
  for (const auto &tensor : graph.proto->initializer()) {
    if (!graph.weights.contains(tensor.name()))
      continue;
    auto array = model.read(tensor);
    if (!array)
      return llvm::createStringError("initializer '" + tensor.name() +
                                     "': " + toString(array.takeError()));
    if (array->shape().size() != 2 || array->count() == 0 || isSplat(*array))
      continue;
    for (const auto &[name, other] : seen[getProbe(*array, 0)])
      if (isTransposed(*array, other)) {
        transposed[tensor.name()] = name;
        break;
      }
    if (!transposed.contains(tensor.name()))
      seen[getProbe(*array, 1)].push_back({tensor.name(), *array});
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Variables
//===----------------------------------------------------------------------===//

/// The programs that a module may get have names too.
std::string Variables::makeSymbol(StringRef name) {
  static constexpr StringLiteral taken[] = {"main", "train_step", "evaluate"};
  std::string symbol = name.empty() ? "constant" : name.str();
  while (llvm::is_contained(taken, symbol) || !symbols.insert(symbol).second)
    symbol += "_";
  return symbol;
}

Value Variables::createVariable(StringRef name, VariableRole role,
                                const HostArray &array) {
  RankedTensorType type = e.getType(array.shape(), e.getElement(array.type()));
  if (!type)
    return {};
  std::string symbol = makeSymbol(name);
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  if (last)
    builder.setInsertionPointAfter(last);
  Attribute init =
      FileInitAttr::get(module.getContext(), builder.getStringAttr(symbol));
  last = VariableOp::create(builder, builder.getUnknownLoc(), symbol, type,
                            role, init, /*frozen=*/false, /*view=*/nullptr,
                            /*sharding=*/nullptr);
  arrays.push_back({symbol, array});
  auto reference = FlatSymbolRefAttr::get(module.getContext(), symbol);
  return e.make<ReadOp>({}, {e.named("variable", reference)}, type);
}

/// Does every node that reads this vector of equal numbers have its own?
static bool isMerged(const HostArray &array) {
  return llvm::count_if(array.shape(), [](int64_t size) { return size > 1; }) <
             2 &&
         array.count() > 1 && isSplat(array);
}

Value Variables::getWeight(StringRef name, const onnx::NodeProto &reader) {
  if (auto tie = transposed.find(name); tie != transposed.end()) {
    Value &value = values[name];
    return value ? value
                 : value = e.transpose(getWeight(tie->second, reader), {1, 0});
  }
  auto found = values.find(name);
  if (found != values.end() && readers[name] == &reader)
    return found->second;
  auto array = model.read(*graph.initializers.find(name)->second);
  if (!array) {
    e.fail("initializer '" + name + "': " + toString(array.takeError()));
    return {};
  }
  if (found != values.end() && !isMerged(*array))
    return found->second;
  readers[name] = &reader;
  return values[name] = createWeight(name, *array);
}

/// A lookup that the exporter folded repeats rows, for every sample at least.
Value Variables::createWeight(StringRef name, const HostArray &array) {
  if (!isFoldedLookup(name) || array.shape().size() < 2)
    return createVariable(name, VariableRole::Parameter, array);
  auto rows = Constant::from(array);
  auto small = rows ? dropRepeats(std::move(*rows)).toArray()
                    : llvm::Expected<HostArray>(rows.takeError());
  if (!small) {
    e.fail("initializer '" + name + "': " + toString(small.takeError()));
    return {};
  }
  return e.broadcast(createVariable(name, VariableRole::Parameter, *small),
                     array.shape());
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// The largest finite value that masks hide with.
static constexpr double kHidden = -1e4;

/// Visible exactly on and below a diagonal: the shift of that diagonal.
static std::optional<int64_t> getCausalShift(const Constant &constant) {
  size_t rank = constant.shape.size();
  if (rank < 2 || constant.count() < 4)
    return std::nullopt;
  int64_t columns = constant.shape.back(), rows = constant.shape[rank - 2];
  if (constant.count() != rows * columns || columns < rows)
    return std::nullopt;
  int64_t shift = columns - rows;
  double hidden = constant.real(columns - 1);
  for (int64_t i = 0; i < constant.count(); ++i) {
    bool sees = i % columns <= i / columns + shift;
    double value = constant.real(i);
    if (constant.isFloat() ? value != (sees ? 0 : hidden) : value != sees)
      return std::nullopt;
  }
  bool isMask = constant.isFloat()
                    ? rows > 1 && hidden < kHidden
                    : rows > 1 && constant.type == data::ElementType::I1;
  return isMask ? std::optional(shift) : std::nullopt;
}

static Value emitCausalMask(Emitter &e, const Constant &constant,
                            int64_t shift) {
  int64_t columns = constant.shape.back();
  int64_t rows = constant.shape.end()[-2];
  Value mask = e.causalMask(rows, columns, shift);
  if (constant.isFloat()) {
    Type element = e.getElement(constant.type);
    mask = e.select(mask, e.constant({}, element, 0),
                    e.constant({}, element, constant.reals[columns - 1]));
  }
  return e.reshape(mask, constant.shape);
}

Value Variables::getConstant(StringRef name, const Constant &constant) {
  Value &value = values[name];
  if (value)
    return value;
  if (constant.isSplat()) {
    Type element = e.getElement(constant.type);
    return value = constant.isFloat()
                       ? e.constant(constant.shape, element, constant.reals[0])
                       : e.integerConstant(constant.shape, element,
                                           constant.integers[0]);
  }
  budget -= constant.count() * static_cast<int64_t>(constant.shape.size());
  if (budget < 0) {
    e.fail("the constants of this model take too long to compute at import");
    return {};
  }
  Constant small = dropRepeats(constant);
  if (std::optional<int64_t> shift = getCausalShift(small))
    return value =
               e.broadcast(emitCausalMask(e, small, *shift), constant.shape);
  auto array = small.toArray();
  if (!array) {
    e.fail("constant '" + name + "': " + toString(array.takeError()));
    return {};
  }
  return value =
             e.broadcast(createVariable(name, VariableRole::Statistic, *array),
                         constant.shape);
}

std::vector<data::NamedArray> Variables::takeArrays() {
  llvm::StringSet<> kept;
  for (auto variable : module.getOps<VariableOp>())
    kept.insert(variable.getSymName());
  llvm::erase_if(arrays, [&](const data::NamedArray &array) {
    return !kept.contains(array.name);
  });
  return std::move(arrays);
}
