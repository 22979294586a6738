//===- ParsedBody.h - the body of a function in a text ----------*- C++ -*-===//

#ifndef MPC_TEST_EXECUTABLE_PARSEDBODY_H
#define MPC_TEST_EXECUTABLE_PARSEDBODY_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mpc/Executable/ExecutableTarget.h"
#include "mpc/IR/MPC.h"

namespace mpc::test {

struct ParsedBody {
  explicit ParsedBody(llvm::StringRef text) {
    context.loadDialect<MPCDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  }
  mlir::Block &get() {
    return (*module->getOps<mlir::func::FuncOp>().begin()).getBody().front();
  }
  template <typename OpT> OpT find(unsigned index = 0) {
    return *std::next(get().getOps<OpT>().begin(), index);
  }

  mlir::MLIRContext context;
  CPUTarget target{context, {}, /*threads=*/1};
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace mpc::test

#endif
