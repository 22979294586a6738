//===- PrintShardingRules.cpp - every op's rule as text -------------------===//

#include "mpc/Transforms/Passes.h"

namespace mpc {
#define GEN_PASS_DEF_PRINTSHARDINGRULES
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

namespace {
struct PrintShardingRules
    : mpc::impl::PrintShardingRulesBase<PrintShardingRules> {
  void runOnOperation() override {
    getOperation().walk([](func::FuncOp function) {
      llvm::outs() << "@" << function.getName() << "\n";
      function.walk([](ShardingRuleOpInterface op) {
        llvm::outs() << "  " << op->getName() << " "
                     << op.getShardingRule().str() << "\n";
      });
    });
    markAllAnalysesPreserved();
  }
};
} // namespace
