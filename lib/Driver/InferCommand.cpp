//===- InferCommand.cpp - mpc-run infer -----------------------------------===//

#include "Report.h"
#include "mpc/Data/NPZ.h"
#include "mpc/Driver/Commands.h"
#include "mpc/Driver/Model.h"
#include "mpc/Driver/ProgramRunner.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;
using data::HostArray;
using data::NamedArray;

static std::vector<std::string> getInputNames(ModuleOp model) {
  auto main = model.lookupSymbol<func::FuncOp>("main");
  std::vector<std::string> names;
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    names.push_back(getInputName(main, i));
  return names;
}

static const NamedArray *findArray(ArrayRef<NamedArray> arrays,
                                   StringRef name) {
  auto it = llvm::find_if(
      arrays, [&](const NamedArray &array) { return array.name == name; });
  return it == arrays.end() ? nullptr : it;
}

static std::string listNames(ArrayRef<NamedArray> arrays) {
  std::string text;
  for (const NamedArray &array : arrays)
    text += (text.empty() ? "'" : ", '") + array.name + "'";
  return text.empty() ? "nothing" : text;
}

/// One array for each name; by position when no name matches.
static llvm::Expected<std::vector<NamedArray>>
matchArrays(ArrayRef<std::string> names, ArrayRef<NamedArray> arrays) {
  bool anyMatches = llvm::any_of(
      names, [&](const std::string &name) { return findArray(arrays, name); });
  std::vector<NamedArray> matched;
  for (auto [index, name] : llvm::enumerate(names)) {
    const NamedArray *array = anyMatches              ? findArray(arrays, name)
                              : index < arrays.size() ? &arrays[index]
                                                      : nullptr;
    if (!array)
      return llvm::createStringError("there is no array for input '" + name +
                                     "', the file has " + listNames(arrays));
    matched.push_back({name, array->array});
  }
  return matched;
}

/// Gives the model the batch of the arrays, unless the user has said one.
static llvm::Error adoptBatch(ModuleOp model, ArrayRef<NamedArray> inputs,
                              const RunOptions &options) {
  int64_t batch = getBatch(model);
  if (options.batch || batch == 0)
    return llvm::Error::success();
  auto main = model.lookupSymbol<func::FuncOp>("main");
  for (auto [index, input] : llvm::enumerate(inputs))
    if (!input.array.shape().empty() && !main.getArgAttr(index, tags::kWhole))
      return setBatch(model, input.array.shape()[0]);
  return llvm::Error::success();
}

static llvm::Error fillInputs(ProgramRunner &runner,
                              ArrayRef<NamedArray> inputs) {
  for (auto [info, target] :
       llvm::zip_equal(runner.getDataInputs(), runner.getData())) {
    const NamedArray *input = findArray(inputs, info.name);
    if (!input)
      return llvm::createStringError("there is no array for input '" +
                                     info.name + "'");
    if (input->array.shape() != ArrayRef<int64_t>(info.shape))
      return llvm::createStringError("input '" + info.name + "' has shape " +
                                     data::shapeText(input->array.shape()) +
                                     ", expected " +
                                     data::shapeText(info.shape));
    if (llvm::Error error = data::convertElements(
            input->array.type(), input->array.bytes().data(), info.type,
            target.mutableBytes().data(), input->array.count()))
      return llvm::createStringError("input '" + info.name +
                                     "': " + toString(std::move(error)));
  }
  return llvm::Error::success();
}

static llvm::Error writeOutputs(const ProgramRunner &runner,
                                const std::string &path) {
  std::vector<NamedArray> arrays;
  for (auto [info, array] :
       llvm::zip_equal(runner.getOutputInfos(), runner.getOutputs()))
    arrays.push_back({info.name, array});
  return atRunTime(data::writeNPZ(path, arrays));
}

static llvm::Error reportOutputs(const RunOptions &options, Setup &setup,
                                 const ProgramRunner &runner, double seconds) {
  nlohmann::json outputs = nlohmann::json::object();
  for (const TensorInfo &info : runner.getOutputInfos())
    outputs[info.name] =
        std::vector<int64_t>(info.shape.begin(), info.shape.end());
  if (options.json) {
    nlohmann::json object = {{"outputs", outputs}, {"run_ms", seconds * 1e3}};
    addPrediction(object, setup);
    return printJSON(object);
  }
  for (const TensorInfo &info : runner.getOutputInfos())
    llvm::outs() << info.name << " " << data::shapeText(info.shape) << "\n";
  return finishReport();
}

llvm::Expected<int> mpc::runInfer(const RunOptions &options) {
  if (options.input.empty() || options.output.empty())
    return llvm::createStringError(
        "infer needs --input=IN.npz and --output=OUT.npz");
  for (const std::string &path : {options.output, options.partition.emitPlan})
    if (llvm::Error error = checkWritable(path, options.world))
      return error;
  auto arrays = data::readNPZ(options.input);
  if (!arrays)
    return arrays.takeError();
  auto model = loadModelFor(options, *arrays);
  if (!model)
    return model.takeError();
  auto inputs = matchArrays(getInputNames(*model->module), *arrays);
  if (!inputs)
    return inputs.takeError();
  if (llvm::Error error = adoptBatch(*model->module, *inputs, options))
    return error;
  SetupOptions setupOptions;
  setupOptions.seed = options.seed;
  setupOptions.session = getSessionOptions(options);
  auto setup = Setup::createForInference(
      *model->module, setupOptions, PlanChooser(options), model->getWeights());
  if (!setup)
    return setup.takeError();
  showSetup(**setup);
  auto runner = ProgramRunner::create(**setup, "main");
  if (!runner)
    return runner.takeError();
  if (llvm::Error error = fillInputs(*runner, *inputs))
    return error;
  Stopwatch watch;
  if (llvm::Error error = runner->run())
    return atRunTime(std::move(error));
  double seconds = watch.seconds();
  if (!isRoot(options.world))
    return Success;
  if (llvm::Error error = writeOutputs(*runner, options.output))
    return error;
  if (llvm::Error error = reportOutputs(options, **setup, *runner, seconds))
    return error;
  return Success;
}
