//===- Initialize.cpp - the first values of variables ---------------------===//

#include "Philox.h"
#include "mpc/JIT/Session.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>
#include <numbers>

using namespace mlir;
using namespace mpc;
using data::HostArray;

/// FNV-1a: a variable's random stream depends on its name, not on its place.
static uint64_t hashName(StringRef name) {
  uint64_t hash = 0xcbf29ce484222325ull;
  for (unsigned char c : name)
    hash = (hash ^ c) * 0x100000001b3ull;
  return hash;
}

/// (0, 1], so that its logarithm is finite.
static double toUnit(uint32_t bits) { return (bits + 1.0) * 0x1p-32; }

static double draw(Attribute init, uint64_t seed, uint64_t stream,
                   uint64_t index) {
  PhiloxBlock bits = philox(seed, index, stream);
  if (auto normal = dyn_cast<NormalInitAttr>(init)) { // Box and Muller
    double radius = std::sqrt(-2.0 * std::log(toUnit(bits[0])));
    double angle = 2.0 * std::numbers::pi * toUnit(bits[1]);
    return normal.getMean().getValueAsDouble() +
           normal.getStddev().getValueAsDouble() * radius * std::cos(angle);
  }
  auto uniform = cast<UniformInitAttr>(init);
  double low = uniform.getLow().getValueAsDouble(),
         high = uniform.getHigh().getValueAsDouble();
  return low + (high - low) * (bits[0] * 0x1p-32);
}

static llvm::Expected<HostArray> makeValues(VariableOp variable,
                                            uint64_t seed) {
  auto array = HostArray::allocate(data::ElementType::F32,
                                   variable.getTensorType().getShape());
  if (!array)
    return array.takeError();
  MutableArrayRef<float> values = array->as<float>();
  if (auto constant = dyn_cast<ConstantInitAttr>(variable.getInit())) {
    std::fill(values.begin(), values.end(),
              static_cast<float>(constant.getValue().getValueAsDouble()));
    return array;
  }
  uint64_t stream = hashName(variable.getSymName());
  for (auto [index, value] : llvm::enumerate(values))
    value = static_cast<float>(draw(variable.getInit(), seed, stream, index));
  return array;
}

static data::ElementType getElementType(VariableOp variable) {
  return *data::elementTypeNamed(
      getDTypeName(variable.getTensorType().getElementType()));
}

using FileReader = function_ref<llvm::Expected<HostArray>(StringRef)>;

static llvm::Expected<HostArray>
readValues(VariableOp variable, FileInitAttr file, FileReader readFile) {
  llvm::Expected<HostArray> values = readFile(file.getTensor().getValue());
  if (!values || values->shape() == variable.getFileShape())
    return values;
  return llvm::createStringError("variable '" + variable.getSymName() +
                                 "' has shape " +
                                 data::shapeText(variable.getFileShape()) +
                                 ", tensor '" + file.getTensor().getValue() +
                                 "' has " + data::shapeText(values->shape()));
}

/// The variable whose initializer says the values: another one's master starts
/// from what that one is rounded from.
static VariableOp getSource(VariableOp variable) {
  auto same = dyn_cast<SameInitAttr>(variable.getInit());
  return same ? SymbolTable::lookupNearestSymbolFrom<VariableOp>(
                    variable, same.getVariable())
              : variable;
}

llvm::Error mpc::initializeVariables(ModuleOp module, Session &session,
                                     uint64_t seed, FileReader readFile) {
  for (auto variable : module.getOps<VariableOp>()) {
    VariableOp source = getSource(variable);
    auto file = dyn_cast<FileInitAttr>(source.getInit());
    llvm::Expected<HostArray> values =
        file ? readValues(source, file, readFile) : makeValues(source, seed);
    if (!values)
      return values.takeError();
    llvm::Expected<HostArray> converted =
        values->convertedTo(getElementType(variable));
    if (!converted)
      return converted.takeError();
    if (llvm::Error error =
            session.write(variable.getSymName(), converted->bytes()))
      return error;
  }
  return llvm::Error::success();
}
