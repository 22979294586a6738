//===- Tags.cpp - discardable attributes between passes -------------------===//

#include "mpc/IR/Tags.h"

using namespace mlir;

std::string mpc::getInputName(func::FuncOp func, unsigned argument) {
  auto name = func.getArgAttrOfType<StringAttr>(argument, tags::kName);
  return name ? name.getValue().str() : "input" + std::to_string(argument);
}
