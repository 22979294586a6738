//===- PrintCosts.cpp - operations and bytes of every op ------------------===//

#include "mpc/IR/OpCost.h"
#include "mpc/Transforms/Passes.h"
#include "llvm/Support/Format.h"

namespace mpc {
#define GEN_PASS_DEF_PRINTCOSTS
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

static void printRow(StringRef name, const OpCost &cost) {
  llvm::outs() << "  " << llvm::left_justify(name, 22)
               << llvm::format(" %16.0f flops %16.0f bytes\n", cost.flops,
                               cost.bytes);
}

static void printFunction(func::FuncOp function) {
  OpCost total;
  llvm::outs() << "@" << function.getName() << "\n";
  function.walk([&](ShardingRuleOpInterface op) {
    OpCost cost = getOpCost(op);
    printRow(op->getName().getStringRef(), cost);
    total += cost;
  });
  printRow("total", total);
}

namespace {
struct PrintCosts : mpc::impl::PrintCostsBase<PrintCosts> {
  void runOnOperation() override {
    getOperation().walk(printFunction);
    markAllAnalysesPreserved();
  }
};
} // namespace
