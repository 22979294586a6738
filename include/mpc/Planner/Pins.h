//===- Pins.h - what the user fixes before planning -------------*- C++ -*-===//
//
// A JSON file. Variables are named by glob patterns, ops by number:
//
//   {"variables": {"h*.mlp.fc.w": [[], ["tensor"]], "wpe": [[], []]},
//    "stages": {"w3": 1, "5": 2}}
//
// A variable's stage is that of the first op that reads it. The first pattern
// that matches a variable counts; one that matches none is an error.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_PLANNER_PINS_H
#define MPC_PLANNER_PINS_H

#include "mpc/IR/MPC.h"
#include "mpc/Planner/Plan.h"

namespace mpc {

struct Pins {
  std::map<std::string, DimAxes> variables;
  /// By origin.
  std::map<int64_t, int64_t> stages;
};

/// Resolves a pin file against the numbered function `func`. Errors name file
/// and key.
llvm::Expected<Pins> readPins(const std::string &path, mlir::ModuleOp module,
                              mlir::func::FuncOp func);

} // namespace mpc

#endif
