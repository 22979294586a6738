//===- ModelBuilder.cpp - write a model in C++ ----------------------------===//

#include "mpc/JIT/ModelBuilder.h"
#include "mlir/IR/Verifier.h"
#include "mpc/IR/CheckedCreate.h"
#include "mpc/IR/Tags.h"
#include "mpc/IR/TensorBuilder.h"
#include "llvm/Support/Path.h"
#include <cmath>

using namespace mlir;
using namespace mpc;
using Value = mlir::Value;

ModelBuilder::ModelBuilder(MLIRContext &context) : builder(&context) {
  context.loadDialect<MPCDialect, func::FuncDialect>();
  Location loc = builder.getUnknownLoc();
  module = ModuleOp::create(loc);
  main = func::FuncOp::create(loc, "main", builder.getFunctionType({}, {}));
  module->push_back(main);
  builder.setInsertionPointToStart(main.addEntryBlock());
}

Location ModelBuilder::locate(Place at) {
  StringRef file = llvm::sys::path::filename(at.file_name());
  return FileLineColLoc::get(builder.getStringAttr(file), at.line(),
                             at.column());
}

/// "train.cpp:12: message": a column says nothing in C++.
static std::string describe(Diagnostic &diagnostic) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (auto loc = dyn_cast<FileLineColLoc>(diagnostic.getLocation()))
    os << loc.getFilename().getValue() << ":" << loc.getLine() << ": ";
  os << diagnostic;
  return text;
}

void ModelBuilder::guard(function_ref<void()> build) {
  ScopedDiagnosticHandler handler(builder.getContext(),
                                  [&](Diagnostic &diagnostic) {
                                    if (problem.empty())
                                      problem = ::describe(diagnostic);
                                  });
  build();
}

Value ModelBuilder::append(StringRef op, ArrayRef<Value> operands,
                           ArrayRef<NamedAttribute> attributes, Type result,
                           Place at) {
  if (!problem.empty() || llvm::is_contained(operands, Value()))
    return {};
  Value value;
  guard([&] {
    OperationState state(locate(at), op, operands, {}, attributes);
    if (result)
      state.addTypes(result);
    Operation *created = createChecked(builder, state);
    if (!created)
      return;
    value = created->getResult(0);
    ++nextOp;
  });
  return value;
}

//===----------------------------------------------------------------------===//
// Arguments, results, variables
//===----------------------------------------------------------------------===//

static FailureOr<RankedTensorType>
makeType(Location loc, ArrayRef<int64_t> shape, Type element) {
  bool positive = llvm::all_of(shape, [](int64_t size) { return size > 0; });
  if (!positive)
    return emitError(loc) << "shape [" << shape << "] has a size below 1";
  auto type = RankedTensorType::get(shape, element);
  if (!hasModelShape(type))
    return emitError(loc) << "shape [" << shape << "] is too large";
  return type;
}

Value ModelBuilder::input(StringRef name, Shape shape, Type element, Place at) {
  Value argument;
  guard([&] {
    auto type =
        makeType(locate(at), shape, element ? element : builder.getF32Type());
    if (failed(type))
      return;
    unsigned index = main.getNumArguments();
    auto tag = builder.getDictionaryAttr(
        named(tags::kName, builder.getStringAttr(name)));
    if (succeeded(main.insertArgument(index, *type, tag, locate(at))))
      argument = main.getArgument(index);
  });
  return argument;
}

void ModelBuilder::output(StringRef name, Value value, Place) {
  if (!value)
    return;
  results.push_back(value);
  resultAttributes.emplace_back(
      named(tags::kName, builder.getStringAttr(name)));
}

Value ModelBuilder::parameter(StringRef name, Shape shape, Attribute init,
                              Place at) {
  Value value;
  guard([&] {
    auto type = makeType(locate(at), shape, builder.getF32Type());
    if (failed(type))
      return;
    if (module->lookupSymbol(name)) {
      emitError(locate(at)) << "variable '" << name << "' exists already";
      return;
    }
    OpBuilder variables(main);
    VariableOp::create(
        variables, locate(at), name, *type, VariableRole::Parameter, init,
        /*frozen=*/false, /*view=*/nullptr, /*sharding=*/nullptr);
    value = ReadOp::create(builder, locate(at), *type, name);
  });
  return value;
}

Attribute ModelBuilder::normal(double stddev) {
  return NormalInitAttr::get(builder.getContext(), builder.getF64FloatAttr(0),
                             builder.getF64FloatAttr(stddev));
}
Attribute ModelBuilder::constant(double value) {
  return ConstantInitAttr::get(builder.getContext(),
                               builder.getF64FloatAttr(value));
}
Attribute ModelBuilder::fromFile(StringRef tensor) {
  return FileInitAttr::get(builder.getContext(), builder.getStringAttr(tensor));
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

Value ModelBuilder::scalar(double value, Place at) {
  Type element = builder.getF32Type();
  return ConstantOp::create(builder, locate(at),
                            RankedTensorType::get({}, element),
                            builder.getFloatAttr(element, value));
}

Value ModelBuilder::dense(Value x, StringRef name, int64_t units, Place at) {
  if (!x)
    return {};
  // A scalar is refused by the product.
  int64_t inputs = getShape(x).empty() ? 1 : getShape(x).back();
  Value weight = parameter((name + ".w").str(), {inputs, units},
                           normal(std::sqrt(2.0 / inputs)), at);
  Value bias = parameter((name + ".b").str(), {units}, constant(0), at);
  return add(matmul(x, weight, at), bias, at);
}

Value ModelBuilder::matmul(Value a, Value b, Place at) {
  return apply<MatmulOp>({a, b}, {}, at);
}
Value ModelBuilder::add(Value a, Value b, Place at) {
  return apply<AddOp>({a, b}, {}, at);
}
Value ModelBuilder::sub(Value a, Value b, Place at) {
  return apply<SubOp>({a, b}, {}, at);
}
Value ModelBuilder::mul(Value a, Value b, Place at) {
  return apply<MulOp>({a, b}, {}, at);
}
Value ModelBuilder::div(Value a, Value b, Place at) {
  return apply<DivOp>({a, b}, {}, at);
}
Value ModelBuilder::relu(Value x, Place at) {
  return apply<ReluOp>({x}, {}, at);
}
Value ModelBuilder::silu(Value x, Place at) {
  return apply<SiluOp>({x}, {}, at);
}
Value ModelBuilder::sigmoid(Value x, Place at) {
  return apply<SigmoidOp>({x}, {}, at);
}
Value ModelBuilder::tanh(Value x, Place at) {
  return apply<TanhOp>({x}, {}, at);
}

Value ModelBuilder::gelu(Value x, Place at) {
  Attribute form = GeluFormAttr::get(builder.getContext(), GeluForm::Exact);
  return apply<GeluOp>({x}, {named("form", form)}, at);
}

Value ModelBuilder::softmax(Value x, int64_t dim, Place at) {
  return apply<SoftmaxOp>({x}, {named("dim", builder.getI64IntegerAttr(dim))},
                          at);
}

Value ModelBuilder::layerNorm(Value x, Value scale, Value bias, double epsilon,
                              Place at) {
  return apply<LayerNormOp>(
      {x, scale, bias}, {named("epsilon", builder.getF64FloatAttr(epsilon))},
      at);
}

Value ModelBuilder::embedding(Value table, Value ids, Place at) {
  return apply<EmbeddingOp>({table, ids}, {}, at);
}

Value ModelBuilder::reshape(Value x, Shape shape, Place at) {
  if (!x)
    return {};
  FailureOr<RankedTensorType> type = failure();
  guard([&] {
    type = makeType(locate(at), shape, getTensorType(x).getElementType());
  });
  if (failed(type))
    return {};
  return append(ReshapeOp::getOperationName(), {x}, {}, *type, at);
}

//===----------------------------------------------------------------------===//
// The module
//===----------------------------------------------------------------------===//

llvm::Expected<OwningOpRef<ModuleOp>> ModelBuilder::finish() {
  if (problem.empty() && results.empty())
    problem = "the model has no output";
  if (problem.empty())
    guard([&] {
      func::ReturnOp::create(builder, builder.getUnknownLoc(), results);
      Block &block = main.getBody().front();
      main.setType(builder.getFunctionType(block.getArgumentTypes(),
                                           ValueRange(results).getTypes()));
      for (auto [index, attributes] : llvm::enumerate(resultAttributes))
        main.setResultAttrs(index,
                            attributes.getDictionary(builder.getContext()));
      (void)verify(*module);
    });
  if (!problem.empty())
    return llvm::createStringError(problem);
  return std::move(module);
}
