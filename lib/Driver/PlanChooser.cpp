//===- PlanChooser.cpp - the split that options ask for -------------------===//

#include "Report.h"
#include "mpc/Driver/Model.h"

using namespace mlir;
using namespace mpc;

/// What people should know before it runs. A command that asks for the choice
/// shows it as its result.
static void show(const PlanChoice &choice, bool isResult) {
  for (const std::string &note : choice.notes)
    llvm::errs() << "mpc-run: note: " << note << "\n";
  if (!isResult && choice.plan.partition == "auto")
    llvm::errs() << describeCandidates(choice);
}

llvm::Expected<Plan> PlanChooser::operator()(ModuleOp module) const {
  llvm::Expected<PlanChoice> chosen = choosePlan(module, options.partition);
  if (!chosen)
    return chosen.takeError();
  show(*chosen, /*isResult=*/choice);
  if (!options.partition.emitPlan.empty())
    if (llvm::Error error = writeResult(options.partition.emitPlan,
                                        toJSON(chosen->plan).dump(1) + "\n"))
      return error;
  Plan plan = chosen->plan;
  if (choice)
    *choice = std::move(*chosen);
  return plan;
}
