//===- mpc-opt.cpp - runs passes on a module ------------------------------===//

#include "RoadFlags.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mpc/Frontend/ONNXFlags.h"
#include "mpc/InitAll.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;

/// Adds the road behind the passes that the command line names.
static MlirOptMainConfig
makeConfig(const std::optional<mpc::RoadOptions> &road) {
  MlirOptMainConfig named = MlirOptMainConfig::createFromCLOptions();
  if (!road)
    return named;
  MlirOptMainConfig config = named;
  config.setPassPipelineSetupFn([named, road = *road](PassManager &passes) {
    if (failed(named.setupPassPipeline(passes)))
      return failure();
    mpc::buildRoad(passes, road);
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
  if (failed(MlirOptMain(result->os(), std::move(*file), registry,
                         makeConfig(*road))))
    return failure();
  result->keep();
  return success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
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
