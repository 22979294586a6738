//===- mpc-opt.cpp - runs passes on a module ------------------------------===//

#include "RoadFlags.h"
#include "WritePTX.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mpc/Frontend/ONNXFlags.h"
#include "mpc/InitAll.h"
#include "mpc/ToolHelp.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;

static constexpr llvm::StringLiteral examples = R"(
  mpc-opt mlp.mlir --partition=pipeline --devices=3
      prints the program of each device, its communication and the schedule
  mpc-opt mlp.mlir --mesh=data:2,tensor:2 --loss=cross-entropy --to=plan
      the training step with the sharding of every value, shapes still global
  mpc-opt mlp.mlir --partition=auto --emit-plan=plan.json --dump-dir=phases
      writes the plan, and the module after every phase
  mpc-opt mlp.mlir --loss=cross-entropy --target=cuda --to=ptx --gpu-arch=sm_90
      the PTX of every distinct kernel
  mpc-opt mlp.mlir --mpc-decompose --canonicalize --mpc-print-costs
      runs passes by name
)";

/// Whether the kernels are asked for, and not the module that they are of.
static bool isPTX(const std::optional<mpc::RoadOptions> &road) {
  return road && road->to == mpc::RoadPhase::PTX;
}

/// Adds the road behind the passes that the command line names.
static MlirOptMainConfig makeConfig(const std::optional<mpc::RoadOptions> &road,
                                    raw_ostream &os) {
  MlirOptMainConfig named = MlirOptMainConfig::createFromCLOptions();
  MlirOptMainConfig config = named;
  config.setPassPipelineSetupFn([named, road, &os](PassManager &passes) {
    // A module without a single op of mpc has not loaded it.
    passes.getContext()->loadDialect<mpc::MPCDialect>();
    if (failed(named.setupPassPipeline(passes)))
      return failure();
    if (road)
      mpc::buildRoad(passes, *road);
    if (isPTX(road))
      passes.addPass(mpc::createWritePTX(os));
    return success();
  });
  return config;
}

/// The module that an ONNX file becomes, as text. Its weights stay in the file.
static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readONNX(StringRef path, DialectRegistry &registry) {
  llvm::Expected<mpc::ONNXOptions> options = mpc::getONNXFlags();
  if (!options)
    return options.takeError();
  MLIRContext context(registry);
  auto model = mpc::importONNX(context, path, *options);
  if (!model)
    return model.takeError();
  std::string text;
  llvm::raw_string_ostream os(text);
  model->module->print(os);
  return llvm::MemoryBuffer::getMemBufferCopy(text, path);
}

static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readModel(StringRef path, DialectRegistry &registry) {
  if (mpc::isONNX(path))
    return readONNX(path, registry);
  std::string message;
  if (auto file = openInputFile(path, &message))
    return file;
  return llvm::createStringError(message);
}

static LogicalResult run(StringRef input, StringRef output,
                         DialectRegistry &registry) {
  llvm::Expected<std::optional<mpc::RoadOptions>> road = mpc::getRoadOptions();
  if (!road) {
    llvm::errs() << "mpc-opt: " << llvm::toString(road.takeError()) << "\n";
    return failure();
  }
  auto file = readModel(input, registry);
  if (!file) {
    llvm::errs() << "mpc-opt: " << llvm::toString(file.takeError()) << "\n";
    return failure();
  }
  std::string message;
  auto result = openOutputFile(output, &message);
  if (!result) {
    llvm::errs() << "mpc-opt: " << message << "\n";
    return failure();
  }
  raw_ostream &os = isPTX(*road) ? llvm::nulls() : result->os();
  if (failed(MlirOptMain(os, std::move(*file), registry,
                         makeConfig(*road, result->os()))))
    return failure();
  result->os().flush();
  if (std::error_code code = result->os().error()) {
    llvm::errs() << "mpc-opt: cannot write '"
                 << (output == "-" ? "<stdout>" : output)
                 << "': " << code.message() << "\n";
    result->os().clear_error();
    return failure();
  }
  result->keep();
  return success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  mpc::ToolHelp help("mpc-opt", examples.drop_front());
  DialectRegistry registry;
  mpc::registerAllDialects(registry);
  mpc::registerAllPasses();
  mpc::registerRoadFlags();
  mpc::registerONNXFlags();
  auto [input, output] = registerAndParseCLIOptions(
      argc, argv, "mpc module optimizer driver\n", registry);
  MlirOptMainConfig config = MlirOptMainConfig::createFromCLOptions();
  if (config.shouldShowDialects() || config.shouldListPasses())
    return asMainReturnCode(MlirOptMain(argc, argv, input, output, registry));
  return asMainReturnCode(run(input, output, registry));
}
