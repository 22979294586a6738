//===- Passes.td - passes of importers --------------------------*- tablegen -*-===//
#ifndef MPC_FRONTEND_PASSES_TD
#define MPC_FRONTEND_PASSES_TD

include "mlir/Pass/PassBase.td"

def Raise : Pass<"mpc-raise", "::mlir::ModuleOp"> {
  let summary = "find whole ops in what exporters have taken apart";
  let description = [{
    Files for older operator sets spell attention, norms and activations in
    products, reductions and exponentials. Whole ops are faster, need less
    memory, and have factors of their own to be split by: heads above all.

    | becomes | found as |
    |---|---|
    | `gelu`, `silu` | x Phi(x) by `erf` or by `tanh`; x sigmoid(x) |
    | `rms_norm`, `layer_norm` | x / sqrt(mean(x^2) + epsilon) w, with x - mean(x) and + b |
    | `attention` | softmax(scale Q K^T + mask) V, with heads before positions |
    | its `causal` | a mask that is a comparison of coordinates |
    | its groups of heads | keys and values repeated for every head of a group |
    | a product of [batch, position, width] | one between two reshapes to [rows, width] |
    | a view of a weight | a product whose columns are heads, or parts of heads |

    The last one is how tensor parallelism finds heads: a weight [768, 2304] is
    viewed as [768, 3, 12, 64], so that it is cut between heads and never through
    one. Files keep their name and shape.
  }];
}

#endif
