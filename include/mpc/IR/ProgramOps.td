//===- ProgramOps.td - regions of a program ---------------------*- tablegen -*-===//
#ifndef MPC_IR_PROGRAMOPS_TD
#define MPC_IR_PROGRAMOPS_TD

include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "mpc/IR/MPCOpBase.td"

def MPC_FusedOp : MPC_Op<"fused", [IsolatedFromAbove, SingleBlock, RecursiveMemoryEffects]> {
  let summary = "one region, one kernel";
  let description = [{
    Formed once for every target from pointwise ops, reductions and index-mapped
    reads; equal regions are compiled once.

    ```mlir
    %r = mpc.fused (%a = %x : tensor<8xf32>) -> (tensor<8xf32>) {
      %y = mpc.relu %a : tensor<8xf32>
      mpc.yield %y : tensor<8xf32>
    }
    ```
    - the region's arguments have the inputs' types
    - the region has no side effects and ends with `mpc.yield`
    - the yielded values have the results' types
  }];
  let arguments = (ins Variadic<MPC_Tensor>:$inputs);
  let results = (outs Variadic<MPC_Tensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def MPC_ProgramOp : MPC_Op<"program", [Symbol, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a partitioned program: what its bodies are and in which order they run";
  let description = [{
    Replaces a function. Each body is a function of its own: the forward,
    backward, prepare or update part of one stage, with global shapes before
    `mpc-localize` and one local function for each class of equal devices after it.
    Values travel between bodies by name (`mpc.value` on arguments and results).

    ```mlir
    mpc.program @train_step mesh <"stage" = 2> micro_batches 4 schedule "1f1b"
        inputs ["x"] [tensor<8x4xf32>] outputs ["loss_sum"] [tensor<f32>]
        bodies [@train_step.F0, @train_step.F1]
        edges ["v0.relu: forward 0 -> forward 1, 128 bytes a micro-batch"]
        lists ["0F0,0SEND_F0:0>1", "0RECV_F0:0<0,1F0"]
    ```
    - every body is a function of the module
    - inputs and outputs have one name and one type each
    - there is at least one micro-batch
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, MPC_MeshAttr:$mesh, I64Attr:$micro_batches,
                       StrAttr:$schedule, StrArrayAttr:$input_names, TypeArrayAttr:$input_types,
                       StrArrayAttr:$output_names, TypeArrayAttr:$output_types,
                       FlatSymbolRefArrayAttr:$bodies, OptionalAttr<StrArrayAttr>:$edges,
                       OptionalAttr<StrArrayAttr>:$lists);
  let assemblyFormat = [{
    $sym_name `mesh` $mesh `micro_batches` $micro_batches `schedule` $schedule
    `inputs` $input_names $input_types `outputs` $output_names $output_types
    `bodies` $bodies (`edges` $edges^)? (`lists` $lists^)? attr-dict
  }];
  let hasVerifier = 1;
}

def MPC_YieldOp : MPC_Op<"yield", [Pure, Terminator, ReturnLike, HasParent<"FusedOp">]> {
  let summary = "the results of a region";
  let arguments = (ins Variadic<MPC_Tensor>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

#endif
