//===- TestModule.cpp - small modules for numeric tests -------------------===//

#include "TestModule.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "mpc/IR/Tags.h"
#include "mpc/Transforms/Passes.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mpc;
using namespace mpc::test;

static MLIRContext *createContext() {
  static const bool registered = [] {
    mlir::registerTransformsPasses();
    registerMPCTransformsPasses();
    return true;
  }();
  (void)registered;
  DialectRegistry registry;
  registry.insert<MPCDialect, func::FuncDialect>();
  auto *context = new MLIRContext(registry, MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  return context;
}

TestModule::TestModule(StringRef text)
    : context(createContext()),
      module(parseSourceString<ModuleOp>(text, ParserConfig(context.get()))) {}

func::FuncOp TestModule::func(StringRef name) {
  return module->lookupSymbol<func::FuncOp>(name);
}

LogicalResult TestModule::run(StringRef passes) {
  PassManager manager(context.get());
  if (failed(parsePassPipeline(passes, manager)))
    return failure();
  return manager.run(*module);
}

Tensor test::makeRandom(ArrayRef<int64_t> shape, uint64_t seed, double low,
                        double high) {
  Tensor tensor = Tensor::zeros(shape);
  for (auto [index, value] : llvm::enumerate(tensor.data))
    value = low + (high - low) * philox(index, 0, seed) / 4294967296.0;
  return tensor;
}

Variables TestModule::makeVariables(uint64_t seed, double low, double high) {
  Variables variables;
  for (auto variable : module->getOps<VariableOp>()) {
    ArrayRef<int64_t> shape = variable.getTensorType().getShape();
    variables[variable.getSymName().str()] =
        variable.getRole() == VariableRole::Parameter
            ? makeRandom(shape, ++seed, low, high)
            : Tensor::zeros(shape);
  }
  return variables;
}

std::vector<Tensor> TestModule::makeInputs(func::FuncOp func, uint64_t seed,
                                           double low, double high) {
  std::vector<Tensor> inputs;
  for (Type type : func.getArgumentTypes()) {
    auto tensor = cast<RankedTensorType>(type);
    inputs.push_back(isa<FloatType>(tensor.getElementType())
                         ? makeRandom(tensor.getShape(), ++seed, low, high)
                         : Tensor::zeros(tensor.getShape()));
  }
  return inputs;
}

double test::getMaxError(const Tensor &a, const Tensor &b) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (a.shape != b.shape)
    return infinity;
  double worst = 0;
  for (auto [x, y] : llvm::zip_equal(a.data, b.data)) {
    if (std::isnan(x) || std::isnan(y))
      return infinity;
    if (x != y)
      worst = std::max(worst, std::abs(x - y) / std::max(1.0, std::abs(y)));
  }
  return worst;
}

std::optional<unsigned> test::findResult(func::FuncOp func, StringRef name) {
  for (unsigned index = 0; index < func.getNumResults(); ++index)
    for (StringRef attribute :
         {StringRef(tags::kName), StringRef(tags::kGradient)})
      if (auto attr = func.getResultAttrOfType<StringAttr>(index, attribute);
          attr && attr.getValue() == name)
        return index;
  return std::nullopt;
}
