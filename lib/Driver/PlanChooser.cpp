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

/// Of the plans that were judged, the best whose devices can be dealt to all
/// processes. Where there is none the others will say so.
static void preferShared(PlanChoice &choice, int64_t processes) {
  auto isShared = [&](const Candidate &candidate) {
    return candidate.isFeasible &&
           candidate.plan.getNumDevices() % processes == 0;
  };
  auto best = llvm::find_if(choice.candidates, isShared);
  if (choice.plan.getNumDevices() % processes == 0 ||
      best == choice.candidates.end())
    return;
  choice.notes.push_back(
      "the fastest plan has " + std::to_string(choice.plan.getNumDevices()) +
      " device(s), too few for " + std::to_string(processes) +
      " processes: taking the best that they can share");
  choice.plan = best->plan;
}

llvm::Expected<Plan> PlanChooser::choose(ModuleOp module) const {
  PartitionOptions partition = options.partition;
  partition.machine = getMachine(options);
  llvm::Expected<PlanChoice> chosen = choosePlan(module, partition);
  if (!chosen)
    return chosen.takeError();
  if (options.world)
    preferShared(*chosen, options.world->getSize());
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
static nlohmann::json encode(const Plan &plan) {
  return {{"plan", toJSON(plan)}};
}
static nlohmann::json encode(llvm::Error error) {
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
  std::optional<Plan> own; // with its predictions, which are not sent
  nlohmann::json message;
  if (isRoot(world)) {
    llvm::Expected<Plan> plan = choose(module);
    if (plan)
      own = std::move(*plan);
    message = own ? encode(*own) : encode(plan.takeError());
  }
  auto told = world->broadcast("the plan", message.dump());
  if (!told)
    return told.takeError();
  return own ? std::move(*own) : decode(*told);
}
