//===- CommOps.td - resharding and collectives ------------------*- tablegen -*-===//
#ifndef MPC_IR_COMMOPS_TD
#define MPC_IR_COMMOPS_TD

include "mpc/IR/MPCOpBase.td"

def MPC_ReshardOp : MPC_ModelOp<"reshard", [SameOperandsAndResultType]> {
  let summary = "the same global value, placed differently";
  let description = [{
    Abstract until one pass chooses the collectives.
    - both shardings have the value's rank
  }];
  let arguments = (ins MPC_Tensor:$input, MPC_ShardingAttr:$from, MPC_ShardingAttr:$to);
  let results = (outs MPC_Tensor:$result);
  let assemblyFormat = "$input $from `to` $to attr-dict `:` type($input)";
  let hasFolder = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    // It moves data and computes nothing.
    int64_t getFlopsPerPoint() { return 0; }
  }];
}

// A collective names mesh axes, never ranks: its group are the devices that
// differ in those axes only, ordered by them (major to minor). Every member has
// to take part, so none may be merged or dropped in one device's program alone:
// to MLIR it writes something that the others see.
def MPC_Exchange : Resource<"::mpc::Exchange">;
class MPC_CollectiveOp<string mnemonic, list<Trait> traits = []> :
    MPC_Op<mnemonic, !listconcat([MemoryEffects<[MemWrite<MPC_Exchange>]>], traits)> {
  let hasVerifier = 1;
}

def MPC_AllReduceOp : MPC_CollectiveOp<"all_reduce", [SameOperandsAndResultType]> {
  let summary = "combines the partial values of a group; every member gets the result";
  let arguments = (ins MPC_Tensor:$input, MPC_ReductionKindAttr:$kind, StrArrayAttr:$axes);
  let results = (outs MPC_Tensor:$result);
  let assemblyFormat = "custom<EnumWord>($kind) $input `on` $axes attr-dict `:` type($input)";
}

def MPC_AllGatherOp : MPC_CollectiveOp<"all_gather"> {
  let summary = "joins the blocks of a dimension; member i has [i*block, min((i+1)*block, n))";
  let arguments = (ins MPC_Tensor:$input, I64Attr:$dim, I64Attr:$block, StrArrayAttr:$axes);
  let results = (outs MPC_Tensor:$result);
  let assemblyFormat = "$input `dim` $dim `by` $block `on` $axes attr-dict `:` type($input) `->` type($result)";
}

def MPC_ReduceScatterOp : MPC_CollectiveOp<"reduce_scatter"> {
  let summary = "combines partial values; member i gets block i of the dimension";
  let arguments = (ins MPC_Tensor:$input, MPC_ReductionKindAttr:$kind, I64Attr:$dim, I64Attr:$block, StrArrayAttr:$axes);
  let results = (outs MPC_Tensor:$result);
  let assemblyFormat = [{
    custom<EnumWord>($kind) $input `dim` $dim `by` $block `on` $axes attr-dict `:` type($input) `->` type($result)
  }];
}

def MPC_AllToAllOp : MPC_CollectiveOp<"all_to_all"> {
  let summary = "moves the cut from one dimension to another";
  let arguments = (ins MPC_Tensor:$input, I64Attr:$from_dim, I64Attr:$from_block,
                       I64Attr:$to_dim, I64Attr:$to_block, StrArrayAttr:$axes);
  let results = (outs MPC_Tensor:$result);
  let assemblyFormat = [{
    $input `dim` $from_dim `by` $from_block `to` $to_dim `by` $to_block `on` $axes attr-dict
    `:` type($input) `->` type($result)
  }];
}

def MPC_ShardSliceOp : MPC_Op<"shard_slice", [Pure]> {
  let summary = "keeps this device's block of a dimension; no communication";
  let arguments = (ins MPC_Tensor:$input, I64Attr:$dim, MPC_OffsetAttr:$offset);
  let results = (outs MPC_Tensor:$result);
  let assemblyFormat = "$input `dim` $dim `offset` $offset attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

#endif
