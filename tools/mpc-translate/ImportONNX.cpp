//===- ImportONNX.cpp - mpc-translate --import-onnx -----------------------===//
//
// A translation of its own, since it writes two files: the module, and beside
// it the weights that the module's variables name.
//
//===----------------------------------------------------------------------===//

#include "ImportONNX.h"
#include "mpc/Data/AtomicFile.h"
#include "mpc/Data/Safetensors.h"
#include "mpc/Frontend/ONNXFlags.h"
#include "mpc/IR/Tags.h"
#include "mpc/InitAll.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mpc;
namespace cl = llvm::cl;

bool isONNXImport(int argc, char **argv) {
  return llvm::any_of(ArrayRef(argv, argc).drop_front(), [](StringRef word) {
    return word == "--import-onnx" || word == "-import-onnx";
  });
}

/// Weights first: a module that names weights that are not there is no model.
static llvm::Error write(ImportedModel &model, const std::string &output) {
  bool isFile = output != "-";
  if (isFile && !model.weights.empty()) {
    SmallString<128> weights(output);
    llvm::sys::path::replace_extension(weights, ".safetensors");
    if (llvm::Error error = data::writeSafetensors(weights, model.weights))
      return error;
    auto name = StringAttr::get(model.module->getContext(),
                                llvm::sys::path::filename(weights));
    (*model.module)->setAttr(tags::kWeights, name);
  }
  std::string text;
  llvm::raw_string_ostream os(text);
  model.module->print(os);
  os << "\n";
  if (isFile)
    return data::writeFileAtomically(output, text);
  llvm::outs() << text;
  return llvm::Error::success();
}

static llvm::Error import(const std::string &input, const std::string &output) {
  llvm::Expected<ONNXOptions> options = getONNXFlags();
  if (!options)
    return options.takeError();
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry);
  auto model = importONNX(context, input, *options);
  if (!model)
    return model.takeError();
  return write(*model, output);
}

int importONNXMain(int argc, char **argv) {
  registerONNXFlags();
  cl::opt<bool> flag("import-onnx",
                     cl::desc("Write an ONNX file as a module, and its weights "
                              "as safetensors beside it"));
  cl::opt<std::string> input(cl::Positional, cl::Required,
                             cl::desc("MODEL.onnx"));
  cl::opt<std::string> output("o", cl::desc("The module"), cl::init("-"),
                              cl::value_desc("MODEL.mlir"));
  cl::ParseCommandLineOptions(
      argc, argv,
      "mpc-translate: an ONNX file as a module of the mpc dialect\n");
  llvm::Error error = import(input, output);
  if (!error)
    return 0;
  llvm::WithColor::error(llvm::errs(), "mpc-translate")
      << llvm::toString(std::move(error)) << "\n";
  return 1;
}
