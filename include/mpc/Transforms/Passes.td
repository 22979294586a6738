//===- Passes.td - transformations, in pipeline order -----------*- tablegen -*-===//
#ifndef MPC_TRANSFORMS_PASSES_TD
#define MPC_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

defvar MPC_LossValues = [{
  ::llvm::cl::values(clEnumValN(::mpc::LossKind::CrossEntropy, "cross-entropy", "softmax and labels"),
    clEnumValN(::mpc::LossKind::NextToken, "next-token", "cross-entropy of every position"),
    clEnumValN(::mpc::LossKind::SquaredError, "mse", "squared difference"))
}];

def ToBF16 : Pass<"mpc-to-bf16", "::mlir::ModuleOp"> {
  let summary = "compute a model in bf16";
  let description = [{
    Goes before mpc-autodiff. Parameters and what is computed with them or with
    the inputs become bf16; inputs and outputs of functions stay as they are,
    with casts inside. In f32 stay ops that compute in full precision (sums over
    dimensions, exponentials), what composite ops (softmax, norms, losses)
    compute inside, other variables, and what is made of constants and indices
    alone. A constant that bf16 cannot hold becomes the largest number it can.
  }];
}

def Autodiff : Pass<"mpc-autodiff", "::mlir::ModuleOp"> {
  let summary = "build the training step's forward and backward part from the model";
  let description = [{
    From @main(inputs) -> outputs comes
    @train_step(inputs, label) -> (loss_sum, count, [outputs,] gradients): one
    gradient, of the summed loss, for each trainable variable that reaches the
    first output. Results carry `mpc.name` or `mpc.gradient`, ops `mpc.phase` and
    `mpc.origin`. Gradients of bf16 and f16 variables are in f32: they are summed
    in it, and not rounded on the way. The loss is taken of the model's first output:

    | loss | output | label |
    |---|---|---|
    | `cross-entropy` | logits [B..., C] | i64 [B...] |
    | `next-token` | logits [B, S, V] | i64 [B, S], the ids one position ahead |
    | `mse` | [B...] | the same |

    Where the output is a softmax over its last dimension, cross-entropy is
    taken of what goes into it.
  }];
  let options = [
    Option<"function", "function", "std::string", "\"main\"", "the model">,
    Option<"loss", "loss", "::mpc::LossKind", "::mpc::LossKind::CrossEntropy",
           "the loss of the first output", MPC_LossValues>,
    Option<"ignoreIndex", "ignore-index", "int64_t", "-100", "the label of rows that do not count">,
    Option<"keepOutputs", "keep-outputs", "bool", "false", "return the model's outputs as well">,
  ];
}

def AddEvaluation : Pass<"mpc-add-evaluation", "::mlir::ModuleOp"> {
  let summary = "build @evaluate(inputs, label) -> (loss_sum, count, outputs)";
  let description = [{
    The forward part of the training step as mpc-autodiff builds it, with the
    same numbers of ops; dropout is the identity.
  }];
  let options = [
    Option<"function", "function", "std::string", "\"main\"", "the model">,
    Option<"loss", "loss", "::mpc::LossKind", "::mpc::LossKind::CrossEntropy",
           "the loss of the first output", MPC_LossValues>,
    Option<"ignoreIndex", "ignore-index", "int64_t", "-100", "the label of rows that do not count">,
  ];
}

def StripDropout : Pass<"mpc-strip-dropout", "::mlir::ModuleOp"> {
  let summary = "make dropout the identity in a function that does not train";
  let description = [{
    The argument `step` goes with it when nothing else uses it.
  }];
  let options = [Option<"function", "function", "std::string", "\"main\"", "the function">];
}

def AddOptimizer : Pass<"mpc-add-optimizer", "::mlir::ModuleOp"> {
  let summary = "update the variables from the gradients of @train_step";
  let description = [{
    Adds the arguments `lr`, tensor<f32>, and `step`, tensor<i64>, the number of
    the step counted from 1; for each gradient of variable NAME the optimizer's
    state @NAME.m and @NAME.v, initially zero, and the update. A variable in bf16
    or f16 has an f32 master, @NAME.master, which is what is updated; the variable
    is its rounded value. Gradients are
    divided by the count, then clipped by their global norm, as PyTorch's
    `clip_grad_norm_` does, then used by PyTorch's formulas:

    - `sgd`: g += wd p; m = momentum m + g; p -= lr (m, or g + momentum m: nesterov)
    - `adam`: g += wd p; m, v moving averages of g, g^2; p -= lr m' / (sqrt(v') + epsilon)
    - `adamw`: p *= 1 - lr wd, then adam without decay

    m' and v' are m and v over 1 - beta^step.
  }];
  let options = [
    Option<"kind", "kind", "::mpc::OptimizerKind", "::mpc::OptimizerKind::SGD", "the optimizer", [{
      ::llvm::cl::values(clEnumValN(::mpc::OptimizerKind::SGD, "sgd", "gradient descent"),
        clEnumValN(::mpc::OptimizerKind::Adam, "adam", "Adam, decay in the gradient"),
        clEnumValN(::mpc::OptimizerKind::AdamW, "adamw", "Adam, decay apart"))
    }]>,
    Option<"momentum", "momentum", "double", "0.0", "sgd: share of the last direction">,
    Option<"nesterov", "nesterov", "bool", "false", "sgd: look ahead by one momentum">,
    Option<"beta1", "beta1", "double", "0.9", "adam: share of the last mean">,
    Option<"beta2", "beta2", "double", "0.999", "adam: share of the last mean square">,
    Option<"epsilon", "epsilon", "double", "1e-8", "adam: added to the root">,
    Option<"weightDecay", "weight-decay", "double", "0.0", "pull toward zero">,
    Option<"decayAll", "decay-all", "bool", "true", "decay vectors (biases, norms) as well">,
    Option<"clip", "clip", "double", "0.0", "largest global gradient norm; 0: any">,
    Option<"keepGradients", "keep-gradients", "bool", "false", "leave the gradients among the results">,
  ];
}

def UseFlashAttention : Pass<"mpc-use-flash-attention", "::mlir::ModuleOp"> {
  let summary = "leave attention to a library where it can compute it";
  let description = [{
    Before gradients are built and composite ops decomposed: `mpc.attention` becomes
    `mpc.flash_attention` where cuDNN has it: in bf16, heads of at most 128 elements
    and a multiple of 8, no mask, more than one row, causal only over as many keys as
    queries. What is
    left is decomposed as ever.
  }];
}

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

def OverlapCommunication
    : Pass<"mpc-overlap-communication", "::mlir::ModuleOp"> {
  let summary = "start collectives early, to run beside compute";
  let description = [{
    A collective starts where it stands and ends where its result is used first;
    what stands between is computed meanwhile. Gradients are reduced as soon as
    the last micro-batch has completed them, not at the update. A parameter that
    is kept in parts is gathered one use ahead.
  }];
}

def SchedulePipeline : Pass<"mpc-schedule", "::mlir::ModuleOp"> {
  let summary = "order the actions of every device group";
  let description = [{
    Generates the schedule that the program names for its stages and
    micro-batches (or reads it, where the name ends in .csv), adds transfers,
    proves it free of deadlocks, and stores edges and lists in `mpc.program`.
  }];
}

def PrintShardingRules : Pass<"mpc-print-sharding-rules", "::mlir::ModuleOp"> {
  let summary = "print every op's sharding rule";
  let description = [{
    A function's ops in order, one a line, with the einsum over factors that each
    op describes itself by.
  }];
}

def PrintCosts : Pass<"mpc-print-costs", "::mlir::ModuleOp"> {
  let summary = "print every op's floating-point operations and bytes";
  let description = [{
    Operations are the points of the op's factor space times those of a point;
    bytes are operands and results, each once. The last line is the function's sum.
  }];
}

def FormFused : Pass<"mpc-form-fused", "::mlir::func::FuncOp"> {
  let summary = "group ops into regions, one kernel each";
  let description = [{
    Pointwise ops, reductions over the same factors, and the views and
    coordinates they read become `mpc.fused` regions. Contractions, collectives,
    variables and reshapes of whole buffers stay between them. Full reductions of
    large tensors are written as two, of which the first is parallel.
  }];
}

#endif
