//===- Initialize.cpp - the first values of variables ---------------------===//

#include "mpc/JIT/Session.h"

using namespace mlir;
using namespace mpc;
using data::HostArray;

mpcrt::Distribution mpc::getDistribution(Attribute init) {
  auto value = [](FloatAttr attribute) { return attribute.getValueAsDouble(); };
  if (auto normal = dyn_cast<NormalInitAttr>(init))
    return {mpcrt::DistributionKind::Normal, value(normal.getMean()),
            value(normal.getStddev())};
  if (auto uniform = dyn_cast<UniformInitAttr>(init))
    return {mpcrt::DistributionKind::Uniform, value(uniform.getLow()),
            value(uniform.getHigh())};
  return {mpcrt::DistributionKind::Constant,
          value(cast<ConstantInitAttr>(init).getValue()), 0};
}

static llvm::Expected<HostArray> makeValues(VariableOp variable,
                                            uint64_t seed) {
  auto array = HostArray::allocate(data::ElementType::F32,
                                   variable.getTensorType().getShape());
  if (!array)
    return array.takeError();
  MutableArrayRef<float> values = array->as<float>();
  mpcrt::drawInitialValues(getDistribution(variable.getInit()), seed,
                           variable.getSymName(),
                           {values.data(), values.size()});
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

VariableOp mpc::getInitialSource(VariableOp variable) {
  auto same = dyn_cast<SameInitAttr>(variable.getInit());
  return same ? SymbolTable::lookupNearestSymbolFrom<VariableOp>(
                    variable, same.getVariable())
              : variable;
}

llvm::Error mpc::initializeVariables(ModuleOp module, Session &session,
                                     uint64_t seed, FileReader readFile) {
  for (auto variable : module.getOps<VariableOp>()) {
    VariableOp source = getInitialSource(variable);
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
