//===- PartitionModel.cpp - mpc-partition ---------------------------------===//

#include "mpc/Data/AtomicFile.h"
#include "mpc/Pipelines/Passes.h"
#include "mpc/Planner/Planner.h"
#include "mpc/Transforms/ApplyPlan.h"
#include "mpc/Transforms/Partition.h"
#include "llvm/Support/raw_ostream.h"
#include <nlohmann/json.hpp>

namespace mpc {
#define GEN_PASS_DEF_PARTITIONMODEL
#include "mpc/Pipelines/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

namespace {
struct PartitionModel : mpc::impl::PartitionModelBase<PartitionModel> {
  using PartitionModelBase::PartitionModelBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    llvm::Expected<PlanChoice> choice =
        choosePlan(module, getPartitionOptions());
    if (!choice)
      return fail(choice.takeError());
    llvm::errs() << describe(*choice);
    if (!emitPlan.empty())
      if (llvm::Error error = data::writeFileAtomically(
              emitPlan, toJSON(choice->plan).dump(1) + "\n"))
        return fail(std::move(error));
    if (failed(applyPlan(module, choice->plan)) ||
        (!planOnly && (failed(formStages(module)) || failed(localize(module)) ||
                       failed(overlapCommunication(module)) ||
                       failed(scheduleModule(module)))))
      signalPassFailure();
  }

private:
  void fail(llvm::Error error) {
    // Without the op: it would be printed, and it is the whole model.
    emitError(getOperation().getLoc()) << llvm::toString(std::move(error));
    signalPassFailure();
  }

  PartitionOptions getPartitionOptions() const {
    PartitionOptions options;
    options.partition = partition;
    options.mesh = mesh;
    options.devices = devices;
    options.microBatches = microBatches;
    options.schedule = schedule;
    options.zero = zero;
    options.zeroMinBytes = zeroMinBytes;
    options.sequenceParallel = sequenceParallel;
    options.recompute = recompute;
    options.cluster = cluster;
    options.pinFile = pin;
    options.planFile = plan;
    return options;
  }
};
} // namespace
