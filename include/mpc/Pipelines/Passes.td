//===- Passes.td - passes that need the planner -----------------*- tablegen -*-===//
#ifndef MPC_PIPELINES_PASSES_TD
#define MPC_PIPELINES_PASSES_TD

include "mlir/Pass/PassBase.td"

def PartitionModel : Pass<"mpc-partition", "::mlir::ModuleOp"> {
  let summary = "choose a plan and carry it out";
  let description = [{
    Plans for the module's functions (see mpc/Planner/Planner.h), then does what
    mpc-apply-plan, mpc-form-stages, mpc-localize and mpc-schedule do. Composite
    ops should be decomposed before. What was assumed and considered is told on
    stderr. Options are those of the tools.
  }];
  let options = [
    Option<"partition", "partition", "std::string", "", "none, layer, tensor, pipeline, data or auto">,
    Option<"mesh", "mesh", "std::string", "", "axes and sizes, outermost first: data:2,stage:2">,
    Option<"devices", "devices", "int64_t", "0", "number of devices; 0: what mesh or cluster say">,
    Option<"microBatches", "micro-batches", "int64_t", "0", "0: chosen">,
    Option<"schedule", "schedule", "std::string", "", "gpipe, 1f1b, interleaved:V, zb-h1, zb-h2, zb-v, zb-auto[:N], dualpipev or a CSV file">,
    Option<"zero", "zero", "int64_t", "::mpc::PartitionOptions::kChosenZero",
           "what data-parallel replicas share: 0 to 3; -1: chosen">,
    Option<"zeroMinBytes", "zero-min-bytes", "int64_t", "::mpc::kZeroMinBytes",
           "smaller parameters are not shared">,
    Option<"sequenceParallel", "sequence-parallel", "bool", "false", "cut norms and residuals along the tokens">,
    Option<"recompute", "recompute", "std::string", "", "none, selective or full">,
    Option<"cluster", "cluster", "std::string", "", "a JSON file or a preset">,
    Option<"pin", "pin", "std::string", "", "placements and stages to keep, a JSON file">,
    Option<"plan", "plan", "std::string", "", "a plan to use, a JSON file">,
    Option<"emitPlan", "emit-plan", "std::string", "", "where to write the plan">,
    Option<"planOnly", "plan-only", "bool", "false", "stop where mpc-apply-plan stops">,
  ];
}

#endif
