//===- Importer.cpp - from an ONNX graph to a module ----------------------===//

#include "Importer.h"
#include "Inputs.h"
#include "OpTable.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mpc/Frontend/Passes.h"
#include "mpc/IR/Tags.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::onnx_import;
using data::Shape;
using Value = mlir::Value;

/// Elements that may be computed in one import: a second or two, and 2 GB.
static constexpr int64_t kBudget = int64_t(1) << 28;

Importer::Importer(MLIRContext &context, Model &model, const Graph &graph,
                   const ONNXOptions &options)
    : model(model), graph(graph), options(options),
      module(ModuleOp::create(UnknownLoc::get(&context))), builder(&context),
      emitter(builder), budget(kBudget),
      variables(*module, model, graph, emitter, budget) {
  main = func::FuncOp::create(builder.getUnknownLoc(), "main",
                              builder.getFunctionType({}, {}));
  module->push_back(main);
  builder.setInsertionPointToStart(main.addEntryBlock());
}

llvm::Expected<ImportedModel> Importer::run() {
  // The first diagnostic tells more than what follows from it.
  ScopedDiagnosticHandler handler(
      builder.getContext(),
      [&](Diagnostic &diagnostic) { emitter.fail(diagnostic.str()); });
  if (llvm::Error error = variables.findTies())
    return error;
  if (llvm::Error error = createInputs())
    return error;
  for (auto [node, fate] : llvm::zip_equal(graph.proto->node(), graph.fates))
    if (llvm::Error error = importNode(node, fate))
      return error;
  if (llvm::Error error = createOutputs())
    return error;
  if (llvm::Error error = finish())
    return error;
  return ImportedModel{std::move(module), variables.takeArrays()};
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

llvm::Error Importer::createInputs() {
  auto shapes = getInputShapes(graph.inputs, options);
  if (!shapes)
    return shapes.takeError();
  for (auto [input, shape] : llvm::zip_equal(graph.inputs, *shapes))
    if (llvm::Error error = createInput(*input, shape))
      return error;
  return llvm::Error::success();
}

llvm::Error Importer::createInput(const onnx::ValueInfoProto &input,
                                  const Shape &shape) {
  auto element = getElementType(input.type().tensor_type().elem_type());
  if (!element)
    return llvm::createStringError("input '" + input.name() +
                                   "': " + toString(element.takeError()));
  auto type = emitter.getType(shape, emitter.getElement(*element));
  if (!type)
    return llvm::createStringError("input '" + input.name() +
                                   "': " + emitter.getProblem());
  auto name =
      builder.getNamedAttr(tags::kName, builder.getStringAttr(input.name()));
  unsigned index = main.getNumArguments();
  // Only fails for functions with a fixed signature, which func.func is not.
  (void)main.insertArgument(index, type, builder.getDictionaryAttr(name),
                            builder.getUnknownLoc());
  values[input.name()] = main.getArgument(index);
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

const Constant *Importer::getConstant(StringRef name) {
  auto found = constants.find(name);
  if (found != constants.end())
    return &found->second;
  auto initializer = graph.initializers.find(name);
  if (initializer == graph.initializers.end())
    return nullptr;
  auto array = model.read(*initializer->second);
  auto constant = array ? Constant::from(*array)
                        : llvm::Expected<Constant>(array.takeError());
  if (!constant) {
    emitter.fail("initializer '" + name +
                 "': " + toString(constant.takeError()));
    return nullptr;
  }
  return &(constants[name] = std::move(*constant));
}

Value Importer::getValue(StringRef name, const onnx::NodeProto &reader) {
  if (auto found = values.find(name); found != values.end())
    return found->second;
  if (graph.weights.contains(name))
    return variables.getWeight(name, reader);
  if (const Constant *constant = getConstant(name))
    return variables.getConstant(name, *constant);
  emitter.fail("'" + name + "' has no value");
  return {};
}

Value Importer::getValue(const onnx::NodeProto &node, int operand) {
  return getValue(node.input(operand), node);
}

Value Importer::makeConstant(const onnx::NodeProto &node,
                             const Constant &constant) {
  return variables.getConstant(node.output_size() ? node.output(0) : "",
                               constant);
}

llvm::Expected<Shape> Importer::getShapeOf(StringRef name) {
  if (auto found = values.find(name); found != values.end())
    return Shape(getShape(found->second));
  if (auto found = graph.initializers.find(name);
      found != graph.initializers.end())
    return Shape(found->second->dims().begin(), found->second->dims().end());
  if (const Constant *constant = getConstant(name))
    return constant->shape;
  return llvm::createStringError("'" + name + "' has no shape");
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

llvm::Error Importer::importNode(const onnx::NodeProto &node, Fate fate) {
  if (fate == Fate::Dead)
    return llvm::Error::success();
  llvm::Error error = fate == Fate::Emitted ? emit(node)
                      : readsShape(node)    ? foldShape(node)
                                            : fold(node);
  if (error)
    return llvm::createStringError(describe(node) + ": " +
                                   toString(std::move(error)));
  return llvm::Error::success();
}

llvm::Error Importer::fold(const onnx::NodeProto &node) {
  SmallVector<const Constant *> operands;
  for (const std::string &name : node.input()) {
    operands.push_back(name.empty() ? nullptr : getConstant(name));
    if (!name.empty() && !operands.back())
      return llvm::createStringError(emitter.hasProblem()
                                         ? emitter.getProblem()
                                         : "'" + name + "' has no value");
  }
  auto results = FoldedNode(node, model, budget, operands).compute();
  if (!results)
    return results.takeError();
  for (auto [name, result] : llvm::zip_first(node.output(), *results))
    constants[name] = std::move(result);
  return llvm::Error::success();
}

/// Shape takes a part of the shape with `start` and `end`.
llvm::Error Importer::foldShape(const onnx::NodeProto &node) {
  if (node.input_size() != 1 || node.output_size() != 1)
    return llvm::createStringError("expected one operand and one result");
  auto shape = getShapeOf(node.input(0));
  if (!shape)
    return shape.takeError();
  if (node.op_type() == "Size") {
    auto count = data::elementCount(*shape);
    if (!count)
      return count.takeError();
    constants[node.output(0)] = {data::ElementType::I64, {}, {}, {*count}};
    return llvm::Error::success();
  }
  Attributes attributes(node);
  int64_t rank = static_cast<int64_t>(shape->size());
  auto clamp = [&](int64_t bound) {
    return std::clamp<int64_t>(bound < 0 ? bound + rank : bound, 0, rank);
  };
  int64_t start = clamp(attributes.integer("start", 0));
  int64_t end = clamp(attributes.integer("end", rank));
  constants[node.output(0)] = Constant::of(
      ArrayRef(*shape).slice(start, std::max<int64_t>(end - start, 0)));
  return llvm::Error::success();
}

llvm::Error Importer::emit(const onnx::NodeProto &node) {
  std::string name = node.name().empty() && node.output_size() > 0
                         ? node.output(0)
                         : node.name();
  emitter.setLocation(NameLoc::get(builder.getStringAttr(name)));
  Node handled(node, *this, emitter);
  findHandler(node, model.opset())(handled);
  if (emitter.hasProblem())
    return llvm::createStringError(emitter.getProblem());
  if (std::string name = handled.attributes.findUnread(); !name.empty())
    return llvm::createStringError("its attribute '" + name +
                                   "' is not supported");
  for (auto [output, value] :
       llvm::zip_equal(node.output(), handled.getResults())) {
    if (!value && !output.empty())
      return llvm::createStringError("its output '" + output +
                                     "' is not supported");
    values[output] = value;
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

llvm::Error Importer::createOutputs() {
  SmallVector<Value> results;
  SmallVector<DictionaryAttr> attributes;
  static const onnx::NodeProto none;
  for (const auto &output : graph.proto->output()) {
    Value value = getValue(output.name(), none);
    if (!value)
      return llvm::createStringError("output '" + output.name() +
                                     "': " + emitter.getProblem());
    results.push_back(value);
    attributes.push_back(builder.getDictionaryAttr(builder.getNamedAttr(
        tags::kName, builder.getStringAttr(output.name()))));
  }
  if (results.empty())
    return llvm::createStringError("the graph has no output");
  func::ReturnOp::create(builder, builder.getUnknownLoc(), results);
  main.setType(builder.getFunctionType(main.getArgumentTypes(),
                                       ValueRange(results).getTypes()));
  main.setAllResultAttrs(attributes);
  return llvm::Error::success();
}

/// Drops what nothing reads, verifies, and raises.
llvm::Error Importer::finish() {
  Block &block = main.getBody().front();
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(block.without_terminator())))
    if (op.use_empty())
      op.erase();
  llvm::StringSet<> read;
  for (auto op : block.getOps<ReadOp>())
    read.insert(op.getVariable());
  for (VariableOp variable :
       llvm::make_early_inc_range(module->getOps<VariableOp>()))
    if (!read.contains(variable.getSymName()))
      variable.erase();
  PassManager passes(module->getContext());
  if (options.raise)
    passes.addPass(createRaise());
  if (failed(verify(*module)) || failed(passes.run(*module)))
    return llvm::createStringError(emitter.getProblem());
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

static llvm::Expected<ImportedModel> import(MLIRContext &context,
                                            ArrayRef<char> bytes,
                                            StringRef directory,
                                            const ONNXOptions &options) {
  context.loadDialect<MPCDialect, func::FuncDialect>();
  auto model = Model::parse(bytes, directory);
  if (!model)
    return model.takeError();
  auto graph = Graph::analyze(*model);
  if (!graph)
    return graph.takeError();
  return Importer(context, *model, *graph, options).run();
}

llvm::Expected<ImportedModel> mpc::importONNXBytes(MLIRContext &context,
                                                   ArrayRef<char> bytes,
                                                   StringRef directory,
                                                   const ONNXOptions &options) {
  return import(context, bytes, directory, options);
}

llvm::Expected<ImportedModel> mpc::importONNX(MLIRContext &context,
                                              StringRef path,
                                              const ONNXOptions &options) {
  auto file = data::File::open(path);
  if (!file)
    return file.takeError();
  auto mapping = file->map();
  if (!mapping)
    return mapping.takeError();
  auto model = import(context, mapping->bytes,
                      llvm::sys::path::parent_path(path), options);
  if (!model)
    return llvm::createStringError("cannot import '" + path +
                                   "': " + toString(model.takeError()));
  return model;
}
