//===- Model.cpp - the model and the split that options ask for -----------===//

#include "mpc/Driver/Model.h"
#include "mlir/Parser/Parser.h"
#include "mpc/Driver/Inputs.h"
#include "mpc/Frontend/ONNX.h"
#include "mpc/IR/Tags.h"
#include "mpc/Planner/Evaluate.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mpc;

double Stopwatch::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

/// Parses with the diagnostics, which quote the line, as the error's text.
static llvm::Expected<OwningOpRef<ModuleOp>>
parseModel(MLIRContext &context, const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/true);
  if (!buffer)
    return llvm::createStringError("cannot open model '" + path +
                                   "': " + buffer.getError().message());
  llvm::SourceMgr source;
  source.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  std::string text;
  llvm::raw_string_ostream os(text);
  OwningOpRef<ModuleOp> module;
  {
    SourceMgrDiagnosticHandler handler(source, &context, os);
    module = parseSourceFile<ModuleOp>(source, ParserConfig(&context));
  }
  if (!module)
    return llvm::createStringError("cannot load model '" + path + "'\n" +
                                   StringRef(text).rtrim());
  auto main = module->lookupSymbol<func::FuncOp>("main");
  if (!main || main.isExternal())
    return llvm::createStringError("model '" + path +
                                   "' has no function 'main'");
  if (llvm::Error error = checkSignature(main))
    return llvm::createStringError("model '" + path +
                                   "': " + toString(std::move(error)));
  return module;
}

std::string mpc::getFileName(VariableOp variable) {
  if (auto file = dyn_cast<FileInitAttr>(variable.getInit()))
    return file.getTensor().getValue().str();
  return variable.getSymName().str();
}

/// Variables whose name is in the weights file start from there.
static llvm::Error useWeights(ModuleOp module,
                              const data::TensorStore &weights) {
  bool anyFound = false;
  for (auto variable : module.getOps<VariableOp>()) {
    std::string name = getFileName(variable);
    if (!weights.find(name))
      continue;
    anyFound = true;
    variable.setInitAttr(FileInitAttr::get(
        module.getContext(), StringAttr::get(module.getContext(), name)));
  }
  if (!anyFound)
    return llvm::createStringError(
        "weights '" + weights.path() +
        "' have no tensor with the name of a variable of the model");
  return llvm::Error::success();
}

/// Calls `change` for each parameter whose name matches the expression.
static llvm::Error forMatching(ModuleOp module, StringRef option,
                               const std::string &expression,
                               function_ref<void(VariableOp, bool)> change) {
  if (expression.empty())
    return llvm::Error::success();
  llvm::Regex regex(expression);
  std::string problem;
  if (!regex.isValid(problem))
    return llvm::createStringError("--" + option + ": '" + expression +
                                   "': " + problem);
  bool anyMatches = false;
  for (auto variable : module.getOps<VariableOp>()) {
    if (variable.getRole() != VariableRole::Parameter)
      continue;
    bool matches = regex.match(variable.getSymName());
    anyMatches |= matches;
    change(variable, matches);
  }
  if (!anyMatches)
    return llvm::createStringError(
        "--" + option + ": no parameter's name matches '" + expression + "'");
  return llvm::Error::success();
}

static llvm::Error chooseTrainable(ModuleOp module, const RunOptions &options) {
  if (llvm::Error error = forMatching(module, "trainable", options.trainable,
                                      [](VariableOp variable, bool matches) {
                                        variable.setFrozen(!matches);
                                      }))
    return error;
  return forMatching(module, "freeze", options.freeze,
                     [](VariableOp variable, bool matches) {
                       if (matches)
                         variable.setFrozen(true);
                     });
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static llvm::Error loadONNX(LoadedModel &model, const RunOptions &options,
                            ArrayRef<data::NamedArray> fed) {
  ONNXOptions onnx;
  onnx.batch = options.batch;
  onnx.sequence = options.sequence;
  auto dims = parseDims(options.dims);
  if (!dims)
    return dims.takeError();
  onnx.dims = std::move(*dims);
  for (const data::NamedArray &array : fed)
    onnx.inputShapes.push_back({array.name, data::Shape(array.array.shape())});
  auto imported = importONNX(*model.context, options.model, onnx);
  if (!imported)
    return imported.takeError();
  model.module = std::move(imported->module);
  model.weights =
      data::TensorStore::of(options.model, std::move(imported->weights));
  return llvm::Error::success();
}

/// The weights that a module names lie beside it.
static llvm::Error openOwnWeights(LoadedModel &model, StringRef path) {
  auto name = (*model.module)->getAttrOfType<StringAttr>(tags::kWeights);
  if (!name)
    return llvm::Error::success();
  if (llvm::sys::path::has_parent_path(name.getValue()))
    return llvm::createStringError("model '" + path + "': its weights '" +
                                   name.getValue() + "' are no file beside it");
  SmallString<128> weights = llvm::sys::path::parent_path(path);
  llvm::sys::path::append(weights, name.getValue());
  auto store = data::TensorStore::open(weights);
  if (!store)
    return store.takeError();
  model.weights = std::move(*store);
  return llvm::Error::success();
}

static llvm::Error readModule(LoadedModel &model, const RunOptions &options) {
  if (!options.dims.empty())
    return llvm::createStringError("--dim: the shapes of '" + options.model +
                                   "' are all given");
  auto module = parseModel(*model.context, options.model);
  if (!module)
    return module.takeError();
  model.module = std::move(*module);
  return openOwnWeights(model, options.model);
}

/// --weights goes before the model's own.
static llvm::Error openGivenWeights(LoadedModel &model,
                                    const std::string &path) {
  if (path.empty())
    return llvm::Error::success();
  auto given = data::TensorStore::open(path);
  if (!given)
    return given.takeError();
  if (llvm::Error error = useWeights(*model.module, *given))
    return error;
  if (model.weights)
    given->addMissing(*model.weights);
  model.weights = std::move(*given);
  return llvm::Error::success();
}

/// A model in MLIR has its sequence length in every type.
static llvm::Error checkSequence(ModuleOp model, const RunOptions &options) {
  int64_t own = getSequence(model);
  if (options.sequence <= 0 || own == 0 || own == options.sequence)
    return llvm::Error::success();
  return llvm::createStringError("--sequence: '" + options.model + "' takes " +
                                 llvm::Twine(own) + " tokens at once, not " +
                                 llvm::Twine(options.sequence));
}

static llvm::Error checkDType(const RunOptions &options) {
  if (options.dtype == "f32" || options.dtype == "bf16")
    return llvm::Error::success();
  return llvm::createStringError("--dtype: unknown type '" + options.dtype +
                                 "', expected f32 or bf16");
}

/// Machines may have different files under one name.
static llvm::Error agreeOnModel(ModuleOp module, World *world) {
  if (!world)
    return llvm::Error::success();
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os);
  return world->agree("a model", text);
}

llvm::Expected<LoadedModel> mpc::loadModelFor(const RunOptions &options,
                                              ArrayRef<data::NamedArray> fed) {
  if (llvm::Error error = checkDType(options))
    return error;
  LoadedModel model;
  Stopwatch watch;
  model.context = std::make_unique<MLIRContext>(makeRegistry());
  if (llvm::Error error = isONNX(options.model) ? loadONNX(model, options, fed)
                                                : readModule(model, options))
    return error;
  if (llvm::Error error = checkSequence(*model.module, options))
    return error;
  if (llvm::Error error = openGivenWeights(model, options.weights))
    return error;
  if (llvm::Error error = chooseTrainable(*model.module, options))
    return error;
  if (options.batch < 0)
    return llvm::createStringError("--batch: expected at least 1, found " +
                                   llvm::Twine(options.batch));
  if (options.batch > 0)
    if (llvm::Error error = setBatch(*model.module, options.batch))
      return error;
  if (options.dtype == "bf16")
    if (llvm::Error error = convertToBF16(*model.module))
      return error;
  model.importSeconds = watch.seconds();
  if (llvm::Error error = agreeOnModel(*model.module, options.world))
    return error;
  return model;
}

SessionOptions mpc::getSessionOptions(const RunOptions &options) {
  SessionOptions session;
  session.timeoutMs = options.timeout * 1000;
  session.world = options.world;
  return session;
}

llvm::Expected<LossKind> mpc::parseLoss(StringRef name) {
  auto kind = llvm::StringSwitch<std::optional<LossKind>>(name)
                  .Case("cross-entropy", LossKind::CrossEntropy)
                  .Case("next-token", LossKind::NextToken)
                  .Case("mse", LossKind::SquaredError)
                  .Default(std::nullopt);
  if (!kind)
    return llvm::createStringError(
        "--loss: unknown loss '" + name +
        "', expected cross-entropy, next-token or mse");
  return *kind;
}

static llvm::Expected<OptimizerKind> parseOptimizer(StringRef name) {
  auto kind = llvm::StringSwitch<std::optional<OptimizerKind>>(name)
                  .Case("sgd", OptimizerKind::SGD)
                  .Case("adam", OptimizerKind::Adam)
                  .Case("adamw", OptimizerKind::AdamW)
                  .Default(std::nullopt);
  if (!kind)
    return llvm::createStringError("--optimizer: unknown optimizer '" + name +
                                   "', expected sgd, adam or adamw");
  return *kind;
}

llvm::Expected<SetupOptions> mpc::getSetupOptions(const RunOptions &options) {
  SetupOptions setup;
  setup.seed = options.seed;
  if (llvm::Error error = chooseTarget(options, setup.compile))
    return error;
  auto flashAttention = usesFlashAttention(options);
  if (!flashAttention)
    return flashAttention.takeError();
  setup.training.flashAttention = *flashAttention;
  setup.session = getSessionOptions(options);
  if (!options.loss.empty()) {
    auto loss = parseLoss(options.loss);
    if (!loss)
      return loss.takeError();
    setup.training.autodiff.loss = *loss;
  }
  auto optimizer = parseOptimizer(options.optimizer);
  if (!optimizer)
    return optimizer.takeError();
  if (options.momentum != 0 && *optimizer != OptimizerKind::SGD)
    return llvm::createStringError(
        "--momentum: only sgd has one, the optimizer is '" + options.optimizer +
        "'");
  for (auto [name, value] : {std::pair("lr", options.learningRate),
                             {"momentum", options.momentum},
                             {"weight-decay", options.weightDecay},
                             {"clip", options.clip}})
    if (!(value >= 0) || !std::isfinite(value))
      return llvm::createStringError("--" + Twine(name) +
                                     ": expected a number not below 0, found " +
                                     std::to_string(value));
  AddOptimizerOptions &target = setup.training.optimizer;
  target.kind = *optimizer;
  target.momentum = options.momentum;
  target.weightDecay = options.weightDecay;
  target.clip = options.clip;
  return setup;
}
