//===- mpc-reduce.cpp - makes a failing module smaller --------------------===//

#include "mlir/Reducer/Passes.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"
#include "mpc/InitAll.h"
#include "mpc/Reduce/Reductions.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mpc::registerAllDialects(registry);
  mpc::registerReductions(registry);
  mpc::registerAllPasses();
  mlir::registerReducerPasses();
  mlir::MLIRContext context(registry);
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
