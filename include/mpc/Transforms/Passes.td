//===- Passes.td - transformations, in pipeline order -----------*- tablegen -*-===//
#ifndef MPC_TRANSFORMS_PASSES_TD
#define MPC_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def Decompose : Pass<"mpc-decompose", "::mlir::ModuleOp"> {
  let summary = "write composite ops in simpler ones";
  let description = [{
    Softmax, norms, attention, losses and dropout become pointwise ops,
    reductions and contractions, which carry the tags of the op they came from.
  }];
}

def ApplyPlan : Pass<"mpc-apply-plan", "::mlir::ModuleOp"> {
  let summary = "write a plan into the module: mesh, stages, shardings, reshards";
  let options = [Option<"plan", "plan", "std::string", "", "the plan, a JSON file">];
}

def FormStages : Pass<"mpc-form-stages", "::mlir::ModuleOp"> {
  let summary = "outline forward, backward and update bodies of every stage";
  let description = [{
    Each public function of a placed module becomes an `mpc.program` and one
    private function for each body: what one stage does in one action. Values
    travel between bodies by name; transfers are the edges between stages.
  }];
}

def Localize : Pass<"mpc-localize", "::mlir::ModuleOp"> {
  let summary = "derive each device class's program, with local shapes and collectives";
  let description = [{
    Devices (and micro-batches) with equal local shapes share one local body.
    Reshards become collectives that name mesh axes; positional ops get the
    offset of their part.
  }];
}

#endif
