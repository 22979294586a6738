//===- PlanChooser.cpp - the split that options ask for -------------------===//

#include "Report.h"
#include "mpc/Driver/Model.h"
#include <nlohmann/json.hpp>

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

llvm::Expected<Plan> PlanChooser::choose(ModuleOp module) const {
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

/// What rank 0 tells the others: a plan, or its error and what kind that is.
static nlohmann::json encode(llvm::Expected<Plan> plan) {
  if (plan)
    return {{"plan", toJSON(*plan)}};
  llvm::Error error = plan.takeError();
  bool isInfeasible = error.isA<InfeasiblePlan>();
  return {{isInfeasible ? "infeasible" : "error", toString(std::move(error))}};
}

static llvm::Expected<Plan> decode(const std::string &text) {
  nlohmann::json object = nlohmann::json::parse(text, nullptr, false);
  if (object.contains("plan"))
    return planFromJSON(object["plan"]);
  if (object.contains("infeasible"))
    return llvm::make_error<InfeasiblePlan>(
        object["infeasible"].get<std::string>());
  return llvm::createStringError(object.value("error", "no plan from rank 0"));
}

/// A search may depend on the time it takes: one process plans for all.
llvm::Expected<Plan> PlanChooser::operator()(ModuleOp module) const {
  World *world = options.world;
  if (!world)
    return choose(module);
  std::string text;
  if (isRoot(world))
    text = encode(choose(module)).dump();
  auto told = world->broadcast("the plan", text);
  if (!told)
    return told.takeError();
  return decode(*told);
}
