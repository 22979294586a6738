//===- Setup.cpp - a model set up to be trained ---------------------------===//

#include "mpc/Driver/Commands.h"
#include "mpc/Driver/Training.h"
#include <chrono>

using namespace mlir;
using namespace mpc;

/// Data parallelism cuts a batch first; a batch smaller than that stays whole.
Plan mpc::fitMicroBatches(const Plan &plan, int64_t batch) {
  Plan fitted = plan;
  int64_t data = plan.getAxisSize("data");
  auto isEmptyPart = [&](int64_t parts) {
    int64_t block = (batch + parts - 1) / parts;
    return block * (parts - 1) >= batch;
  };
  while (fitted.microBatches > 1 && isEmptyPart(data * fitted.microBatches))
    --fitted.microBatches;
  return fitted;
}

static std::string getSuffix(int64_t batch) {
  return ".b" + std::to_string(batch);
}

/// Renames the programs of a module that is compiled beside another.
static void addSuffix(ModuleOp module, StringRef suffix) {
  for (auto func : module.getOps<func::FuncOp>())
    if (!func.isPrivate())
      func.setSymName((func.getSymName() + suffix).str());
}

/// A copy of the model with one batch, its training step and its evaluation.
static llvm::Expected<OwningOpRef<ModuleOp>>
buildFor(ModuleOp model, int64_t batch, const TrainingOptions &options) {
  OwningOpRef<ModuleOp> module = model.clone();
  if (batch > 0)
    if (llvm::Error error = setBatch(*module, batch))
      return error;
  if (llvm::Error error = buildTraining(*module, options))
    return error;
  return module;
}

/// Every process compiles the same, so all must have as many threads a device:
/// those of the machine with the fewest.
static llvm::Expected<int> getThreads(const SetupOptions &options,
                                      int64_t devices) {
  World *world = options.session.world;
  if (!world || options.compile.threadsPerDevice)
    return options.compile.threadsPerDevice;
  if (devices % world->getSize())
    return llvm::createStringError(
        llvm::Twine(devices) + (devices == 1 ? " device" : " devices") +
        " cannot be shared evenly by " + llvm::Twine(world->getSize()) +
        " processes; give --devices or --mesh with a multiple of that, or "
        "start another number of processes");
  int32_t here = mpcrt_default_threads(
      static_cast<int32_t>(devices / world->getSize() * world->getLocalSize()));
  auto all = world->share<int32_t>("threads", here);
  if (!all)
    return all.takeError();
  return *llvm::min_element(*all);
}

llvm::Error Setup::compile(ModuleOp model, const SetupOptions &options) {
  auto start = std::chrono::steady_clock::now();
  std::vector<PlannedModule> parts = {{*modules.front(), plan}};
  for (int64_t extraBatch : options.extraBatches) {
    auto extra = buildFor(model, extraBatch, options.training);
    if (!extra)
      return extra.takeError();
    addSuffix(**extra, getSuffix(extraBatch));
    parts.push_back({**extra, fitMicroBatches(plan, extraBatch)});
    modules.push_back(std::move(*extra));
  }
  CompileOptions compileOptions = options.compile;
  auto threads = getThreads(options, plan.getNumDevices());
  if (!threads)
    return threads.takeError();
  compileOptions.threadsPerDevice = *threads;
  auto result = CompiledModel::compile(parts, compileOptions);
  if (!result)
    return result.takeError();
  if (World *world = options.session.world)
    if (llvm::Error error = world->agree(
            "a program", (*result)->getExecutable().manifest.dump()))
      return error;
  compiled = std::move(*result);
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  compileSeconds = seconds.count();
  return llvm::Error::success();
}

llvm::Error Setup::initialize(const SetupOptions &options,
                              const data::TensorStore *weights) {
  auto created = Session::create(*compiled, options.session);
  if (!created)
    return atRunTime(created.takeError());
  session = std::move(*created);
  auto read = [&](StringRef tensor) -> llvm::Expected<data::HostArray> {
    if (!weights)
      return llvm::createStringError("tensor '" + tensor +
                                     "' is needed; give --weights=FILE");
    return weights->read(tensor);
  };
  return initializeVariables(*variables, *session, options.seed, read);
}

llvm::Expected<std::unique_ptr<Setup>>
Setup::create(ModuleOp model, const SetupOptions &options,
              function_ref<llvm::Expected<Plan>(ModuleOp)> choose,
              const data::TensorStore *weights) {
  std::unique_ptr<Setup> setup(new Setup());
  setup->batch = getBatch(model);
  auto own = buildFor(model, setup->batch, options.training);
  if (!own)
    return own.takeError();
  return finish(std::move(setup), std::move(*own), model, options, choose,
                weights);
}

llvm::Expected<std::unique_ptr<Setup>>
Setup::createForInference(ModuleOp model, const SetupOptions &options,
                          function_ref<llvm::Expected<Plan>(ModuleOp)> choose,
                          const data::TensorStore *weights) {
  assert(options.extraBatches.empty() && "inference has one batch");
  std::unique_ptr<Setup> setup(new Setup());
  setup->batch = getBatch(model);
  OwningOpRef<ModuleOp> own = model.clone();
  if (llvm::Error error = buildInference(*own, options.training.flashAttention))
    return error;
  return finish(std::move(setup), std::move(own), model, options, choose,
                weights);
}

llvm::Expected<std::unique_ptr<Setup>>
Setup::finish(std::unique_ptr<Setup> setup, OwningOpRef<ModuleOp> own,
              ModuleOp model, const SetupOptions &options,
              function_ref<llvm::Expected<Plan>(ModuleOp)> choose,
              const data::TensorStore *weights) {
  llvm::Expected<Plan> plan = choose(*own);
  if (!plan)
    return plan.takeError();
  setup->plan = std::move(*plan);
  setup->variables = own->clone();
  setup->modules.push_back(std::move(own));
  if (llvm::Error error = setup->compile(model, options))
    return error;
  if (!options.isRun)
    return setup;
  if (llvm::Error error = setup->initialize(options, weights))
    return error;
  // In a step nobody is waited for as patiently as here.
  if (World *world = options.session.world)
    if (llvm::Error error = world->meet("the first step"))
      return error;
  return setup;
}

std::string Setup::getProgram(StringRef name, int64_t wanted) const {
  return wanted == batch ? name.str() : (name + getSuffix(wanted)).str();
}

/// The runtime's element types by their numbers in abi.h.
static data::ElementType getElementType(int32_t dtype) {
  static constexpr data::ElementType types[] = {
      data::ElementType::F32, data::ElementType::F64,  data::ElementType::I64,
      data::ElementType::I32, data::ElementType::I8,   data::ElementType::U8,
      data::ElementType::I1,  data::ElementType::BF16, data::ElementType::F16};
  static_assert(std::size(types) == MPCRT_DTYPES);
  return types[dtype];
}

static std::vector<TensorInfo>
listTensors(const mpcrt_executable *runtime, StringRef program,
            int32_t (*count)(const mpcrt_executable *, int32_t),
            mpcrt_status *(*get)(const mpcrt_executable *, int32_t, int32_t,
                                 mpcrt_tensor_info *)) {
  std::vector<TensorInfo> list;
  int32_t index = mpcrt_executable_find(runtime, program.str().c_str());
  for (int32_t i = 0; i < count(runtime, index); ++i) {
    mpcrt_tensor_info info;
    if (mpcrt_status *status = get(runtime, index, i, &info)) {
      mpcrt_status_destroy(status);
      continue;
    }
    ArrayRef<int64_t> shape(info.shape, static_cast<size_t>(info.rank));
    list.push_back({info.name, getElementType(info.dtype),
                    data::Shape(shape.begin(), shape.end())});
  }
  return list;
}

std::vector<TensorInfo> Setup::getInputs(StringRef program) const {
  return listTensors(compiled->getRuntime(), program, mpcrt_executable_inputs,
                     mpcrt_executable_input);
}

std::vector<TensorInfo> Setup::getOutputs(StringRef program) const {
  return listTensors(compiled->getRuntime(), program, mpcrt_executable_outputs,
                     mpcrt_executable_output);
}

llvm::Expected<data::HostArray> mpc::makeArray(const TensorInfo &info) {
  return data::HostArray::allocate(info.type, info.shape);
}
