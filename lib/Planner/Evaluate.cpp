//===- Evaluate.cpp - judge a plan by carrying it out ---------------------===//

#include "mpc/Planner/Evaluate.h"
#include "mpc/Planner/Planner.h"
#include "mpc/Planner/Predict.h"
#include "mpc/Transforms/ApplyPlan.h"
#include "mpc/Transforms/Partition.h"

using namespace mlir;
using namespace mpc;

func::FuncOp mpc::findMainFunction(ModuleOp module) {
  func::FuncOp first;
  for (auto func : module.getOps<func::FuncOp>()) {
    if (func.isPrivate() || func.isExternal())
      continue;
    if (!func.getOps<AssignOp>().empty())
      return func;
    if (!first)
      first = func;
  }
  for (StringRef name : {"train_step", "evaluate", "main"})
    if (auto func = module.lookupSymbol<func::FuncOp>(name))
      return func;
  return first;
}

llvm::Error mpc::checkSignature(func::FuncOp function) {
  for (ArrayRef<Type> types :
       {function.getArgumentTypes(), function.getResultTypes()})
    for (Type type : types)
      if (!hasModelShape(type)) {
        std::string found;
        llvm::raw_string_ostream(found) << type;
        return llvm::createStringError(
            "function '" + function.getSymName() + "' has a value of type '" +
            found + "', expected tensors of static, non-empty shapes");
      }
  return llvm::Error::success();
}

/// The other functions cost time and decide nothing.
static OwningOpRef<ModuleOp> cloneMain(ModuleOp module) {
  OwningOpRef<ModuleOp> clone(module.clone());
  func::FuncOp main = findMainFunction(*clone);
  SmallVector<func::FuncOp> funcs(clone->getOps<func::FuncOp>());
  for (func::FuncOp func : funcs)
    if (func != main)
      func.erase();
  return clone;
}

static llvm::Expected<Evaluation> judge(ModuleOp partitioned,
                                        const Cluster &cluster) {
  llvm::Expected<Prediction> prediction = predict(partitioned, cluster);
  if (!prediction)
    return prediction.takeError();
  ProgramOp program = findMainProgram(partitioned);
  std::vector<int64_t> stages =
      estimateStageBytes(program, prediction->simulation.schedule);
  int64_t largest = *llvm::max_element(stages);
  return Evaluation{std::move(prediction->cost), largest, std::move(stages),
                    std::move(prediction->simulation)};
}

llvm::Expected<Evaluation> mpc::evaluatePlan(ModuleOp module, const Plan &plan,
                                             const Cluster &cluster) {
  std::string problem;
  ScopedDiagnosticHandler handler(
      module.getContext(), [&](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error &&
            problem.empty())
          problem = diagnostic.str();
        return success();
      });
  OwningOpRef<ModuleOp> clone = cloneMain(module);
  if (failed(applyPlan(*clone, plan)) || failed(formStages(*clone)) ||
      failed(localize(*clone)) || failed(overlapCommunication(*clone)))
    return llvm::make_error<InfeasiblePlan>(problem);
  llvm::Expected<Evaluation> evaluation = judge(*clone, cluster);
  if (!evaluation)
    return llvm::make_error<InfeasiblePlan>(
        problem.empty()
            ? llvm::toString(evaluation.takeError())
            : (llvm::consumeError(evaluation.takeError()), problem));
  return evaluation;
}
