//===- ModelHash.cpp - a hash of a model's structure ----------------------===//

#include "mpc/IR/MPC.h"
#include "mpc/Planner/Planner.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace mpc;

/// An op by name, operands by number, attributes but for tags, and types.
static void printOp(Operation *op, llvm::DenseMap<Value, unsigned> &numbers,
                    llvm::raw_ostream &os) {
  os << op->getName();
  for (Value operand : op->getOperands())
    os << " %" << numbers.lookup(operand);
  os << " " << op->getPropertiesAsAttribute();
  for (Value result : op->getResults()) {
    numbers.try_emplace(result, numbers.size());
    os << " : " << result.getType();
  }
  os << "\n";
}

static void printFunction(func::FuncOp func, llvm::raw_ostream &os) {
  os << func.getSymName() << func.getFunctionType() << "\n";
  llvm::DenseMap<Value, unsigned> numbers;
  for (Value argument : func.getArguments())
    numbers.try_emplace(argument, numbers.size());
  for (Operation &op : func.getBody().front())
    printOp(&op, numbers, os);
}

std::string mpc::getModelHash(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (auto variable : module.getOps<VariableOp>())
    if (variable.getRole() != VariableRole::Optimizer)
      os << variable.getSymName() << " " << variable.getType() << "\n";
  if (auto model = module.lookupSymbol<func::FuncOp>("main"))
    printFunction(model, os);
  else
    for (auto func : module.getOps<func::FuncOp>())
      if (!func.isPrivate())
        printFunction(func, os);
  return llvm::utohexstr(llvm::xxh3_64bits(text), /*LowerCase=*/true,
                         /*Width=*/16);
}
