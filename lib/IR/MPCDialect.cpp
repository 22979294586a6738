//===- MPCDialect.cpp - registration --------------------------------------===//

#include "mlir/IR/DialectImplementation.h"
#include "mlir/Transforms/InliningUtils.h"
#include "mpc/IR/MPC.h"
#include "mpc/IR/OpFormat.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mpc;

#include "mpc/IR/MPCDialect.cpp.inc"
#include "mpc/IR/MPCEnums.cpp.inc"
#include "mpc/IR/MPCInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "mpc/IR/MPCOps.cpp.inc"

namespace {
/// Programs are made of functions; all of the dialect may be inlined.
struct MPCInlinerInterface : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final {
    return true;
  }
};
} // namespace

void MPCDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "mpc/IR/MPCOps.cpp.inc"
      >();
  addInterfaces<MPCInlinerInterface>();
}

bool mpc::communicates(Operation *op) {
  auto interface = dyn_cast<MemoryEffectOpInterface>(op);
  SmallVector<MemoryEffects::EffectInstance> effects;
  if (interface)
    interface.getEffectsOnResource(Exchange::get(), effects);
  return !effects.empty();
}
