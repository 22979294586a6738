//===- mpc-lsp-server.cpp - editors' view of mpc modules ------------------===//

#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "mpc/InitAll.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mpc::registerAllDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
