//===- ProgramOps.td - regions of a program ---------------------*- tablegen -*-===//
#ifndef MPC_IR_PROGRAMOPS_TD
#define MPC_IR_PROGRAMOPS_TD

include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mpc/IR/MPCOpBase.td"

def MPC_FusedOp : MPC_Op<"fused", [IsolatedFromAbove, SingleBlock]> {
  let summary = "one region, one kernel";
  let description = [{
    Formed once for every target from pointwise ops, reductions and index-mapped
    reads; equal regions are compiled once.
    - the yielded values have the results' types
  }];
  let arguments = (ins Variadic<MPC_Tensor>:$inputs);
  let results = (outs Variadic<MPC_Tensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def MPC_YieldOp : MPC_Op<"yield", [Pure, Terminator, ReturnLike, HasParent<"FusedOp">]> {
  let summary = "the results of a region";
  let arguments = (ins Variadic<MPC_Tensor>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

#endif
