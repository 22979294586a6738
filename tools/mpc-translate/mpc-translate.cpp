//===- mpc-translate.cpp - modules from and to other formats --------------===//

#include "ImportONNX.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "mpc/InitAll.h"
#include "mpc/Target/Dot.h"
#include "mpc/ToolHelp.h"

int main(int argc, char **argv) {
  mpc::ToolHelp help(
      "mpc-translate",
      "  mpc-translate --import-onnx gpt2.onnx -o gpt2.mlir --batch=4\n"
      "  mpc-translate --export-dot mlp.mlir | dot -Tsvg -o mlp.svg\n");
  if (isONNXImport(argc, argv))
    return importONNXMain(argc, argv);
  mlir::TranslateFromMLIRRegistration dot(
      "export-dot", "write the op graph for Graphviz",
      [](mlir::ModuleOp module, llvm::raw_ostream &os) {
        return mpc::exportDot(module, os);
      },
      mpc::registerAllDialects);
  return mlir::failed(mlir::mlirTranslateMain(
      argc, argv,
      "mpc translation driver; 'mpc-translate --import-onnx --help' tells how "
      "ONNX files are read"));
}
