//===- mpc-opt.cpp - runs passes on a module ------------------------------===//

#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mpc/InitAll.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mpc::registerAllDialects(registry);
  mpc::registerAllPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "mpc module optimizer driver\n", registry));
}
