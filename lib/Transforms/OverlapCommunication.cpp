//===- OverlapCommunication.cpp - mpc-overlap-communication ---------------===//
//
// Where a collective stands is when it starts; it runs beside what follows
// until something needs its result. So all there is to do is to move
// collectives up.
//
//===----------------------------------------------------------------------===//

#include "ReduceEarly.h"
#include "mpc/IR/Tags.h"
#include "mpc/Transforms/Bodies.h"
#include "mpc/Transforms/Partition.h"
#include "mpc/Transforms/Passes.h"

namespace mpc {
#define GEN_PASS_DEF_OVERLAPCOMMUNICATION
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

/// The first op of the block that uses what `gather` brings.
static Operation *findFirstUser(Operation *gather) {
  Operation *first = nullptr;
  for (Operation *user : gather->getUsers())
    if (!first || user->isBeforeInBlock(first))
      first = user;
  return first;
}

/// Gathers a parameter while what uses the one before is computed: one more
/// parameter is whole at a time, not all of them.
static void gatherAhead(func::FuncOp body) {
  Operation *place = nullptr;
  for (auto gather : llvm::make_early_inc_range(body.getOps<AllGatherOp>())) {
    auto read = gather.getInput().getDefiningOp<ReadOp>();
    Operation *user = read ? findFirstUser(gather) : nullptr;
    if (!user)
      continue;
    if (place && place->isBeforeInBlock(gather)) {
      // Another gather may need it earlier.
      if (place->isBeforeInBlock(read))
        read->moveBefore(place);
      gather->moveBefore(place);
    }
    place = user;
  }
}

LogicalResult mpc::overlapCommunication(ModuleOp module) {
  for (auto program : module.getOps<ProgramOp>()) {
    reduceEarly(program);
    for (auto symbol : program.getBodies().getAsRange<FlatSymbolRefAttr>())
      gatherAhead(module.lookupSymbol<func::FuncOp>(symbol.getValue()));
  }
  return success();
}

namespace {
struct OverlapCommunication
    : mpc::impl::OverlapCommunicationBase<OverlapCommunication> {
  void runOnOperation() override {
    if (failed(overlapCommunication(getOperation())))
      signalPassFailure();
  }
};
} // namespace
