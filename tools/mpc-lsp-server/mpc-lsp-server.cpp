//===- mpc-lsp-server.cpp - editors' view of mpc modules ------------------===//

#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "mpc/InitAll.h"
#include "mpc/ToolHelp.h"

int main(int argc, char **argv) {
  mpc::ToolHelp help(
      "mpc-lsp-server",
      "  Editors start it and talk to it on stdin and stdout. In VS Code's "
      "MLIR\n"
      "  extension: \"mlir.server_path\": \"/path/to/mpc-lsp-server\"\n");
  mlir::DialectRegistry registry;
  mpc::registerAllDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
