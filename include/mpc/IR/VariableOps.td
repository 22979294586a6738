//===- VariableOps.td - state -----------------------------------*- tablegen -*-===//
#ifndef MPC_IR_VARIABLEOPS_TD
#define MPC_IR_VARIABLEOPS_TD

include "mlir/IR/SymbolInterfaces.td"
include "mpc/IR/MPCOpBase.td"

def MPC_VariableOp : MPC_Op<"variable", [Symbol,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a named tensor that lives from step to step";
  let description = [{
    The initializer is a constant, a random distribution over the global index
    (seeded by the variable's name and the run's seed), a tensor of the weights
    file, or what another variable starts from. `view` gives the shape in files where the program uses another
    one of equally many elements: a fused QKV weight [768, 2304] is used as
    [768, 3, 12, 64], so that heads are a factor of their own.

    ```mlir
    mpc.variable @w parameter normal(0.0, 0.05) : tensor<784x512xf32>
    mpc.variable @qkv parameter file("attn.c_attn.weight") view [768, 2304] : tensor<768x3x12x64xf32>
    mpc.variable @qkv.master optimizer same(@qkv) : tensor<768x3x12x64xf32>
    mpc.variable @b parameter constant(0.0) frozen sharding <[["tensor"] by 256]> : tensor<512xf32>
    ```
    - a view has as many elements as the type
    - a pinned sharding has the type's rank and is not partial
    - the variable that `same` names exists, has the same shape and another
      initializer
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<MPC_Tensor>:$type,
                       MPC_VariableRoleAttr:$role, AnyAttr:$init, UnitAttr:$frozen,
                       OptionalAttr<DenseI64ArrayAttr>:$view, OptionalAttr<MPC_ShardingAttr>:$sharding);
  let assemblyFormat = [{
    $sym_name custom<EnumWord>($role) custom<Initializer>($init) (`frozen` $frozen^)?
    (`view` $view^)? (`sharding` $sharding^)? attr-dict `:` $type
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::RankedTensorType getTensorType() { return ::llvm::cast<::mlir::RankedTensorType>(getType()); }
    /// The shape the variable has in files.
    ::llvm::ArrayRef<int64_t> getFileShape() { return getView() ? *getView() : getTensorType().getShape(); }
    bool isTrainable() { return getRole() == VariableRole::Parameter && !getFrozen(); }
  }];
}

def MPC_ReadOp : MPC_Op<"read", [MemoryEffects<[MemRead]>,
    DeclareOpInterfaceMethods<MPC_ShardingRuleOpInterface>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the value of a variable";
  let description = [{
    - the variable exists and has the result's type (its local shape in a device's program)
  }];
  let arguments = (ins FlatSymbolRefAttr:$variable);
  let results = (outs MPC_Tensor:$result);
  let assemblyFormat = "$variable attr-dict `:` type($result)";
  let extraClassDeclaration = [{
    // It moves data and computes nothing.
    int64_t getFlopsPerPoint() { return 0; }
  }];
}

def MPC_AssignOp : MPC_Op<"assign", [MemoryEffects<[MemWrite]>,
    DeclareOpInterfaceMethods<MPC_ShardingRuleOpInterface>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "sets a variable, after all reads of the step";
  let arguments = (ins FlatSymbolRefAttr:$variable, MPC_Tensor:$value);
  let assemblyFormat = "$variable `,` $value attr-dict `:` type($value)";
  let extraClassDeclaration = [{
    // It moves data and computes nothing.
    int64_t getFlopsPerPoint() { return 0; }
  }];
}

#endif
