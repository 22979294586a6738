//===- Scatter.cpp - regions that sum rows into a table -------------------===//

#include "mpc/Fusion/Scatter.h"

using namespace mlir;
using namespace mpc;

static Value getOtherSummand(AddOp add, Value summand) {
  return add.getLhs() == summand ? add.getRhs() : add.getLhs();
}

AddOp mpc::getAdditionTo(ScatterAddOp scatter) {
  Value table = scatter.getResult();
  if (!table.hasOneUse())
    return {};
  auto add = dyn_cast<AddOp>(*table.user_begin());
  bool sameShape =
      add && getOtherSummand(add, table).getType() == table.getType();
  return sameShape && add->getBlock() == scatter->getBlock() ? add : AddOp();
}

ScatterRegion ScatterRegion::get(FusedOp fused) {
  Block &body = fused.getBody().front();
  size_t numOps = body.getOperations().size();
  auto scatter = dyn_cast<ScatterAddOp>(body.front());
  if (!scatter || numOps > 3)
    return {};
  if (numOps == 2)
    return {scatter, {}};
  AddOp add = getAdditionTo(scatter);
  if (!add)
    return {};
  return {scatter, getOtherSummand(add, scatter.getResult())};
}
