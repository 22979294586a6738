//===- MPCAttrs.td - mesh, sharding, initializers ---------------*- tablegen -*-===//
#ifndef MPC_IR_MPCATTRS_TD
#define MPC_IR_MPCATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "mpc/IR/MPCEnums.td"

class MPC_Attr<string name, string mnem, list<Trait> traits = []> :
    AttrDef<MPC_Dialect, name, traits> {
  let mnemonic = mnem;
}

def MPC_MeshAttr : MPC_Attr<"Mesh", "mesh"> {
  let summary = "named axes of a device mesh, outermost first";
  let description = [{
    Devices are numbered row-major over the axes. The axis `micro`, when
    present, is time: its coordinate is the micro-batch, not a device.

    ```mlir
    #mpc.mesh<"data" = 2, "tensor" = 4>
    ```
    - names are unique and not empty
    - sizes are at least 1
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::StringAttr">:$names,
                        ArrayRefParameter<"int64_t">:$sizes);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The size of axis `name`; 1 when there is none.
    int64_t getSize(::llvm::StringRef name) const;
    bool hasAxis(::llvm::StringRef name) const;
    /// Devices: the product of all axes but time.
    int64_t getNumDevices() const;
  }];
}

def MPC_ShardingAttr : MPC_Attr<"Sharding", "sharding"> {
  let summary = "where the parts of one tensor lie";
  let description = [{
    For every dimension the axes that cut it (major to minor) and the block: a
    device at combined coordinate `i` holds `[i*block, min((i+1)*block, n))`.
    The rest of the axes hold equal copies, except the partial axes, whose
    devices hold addends (or maxima) of the value.

    ```mlir
    #mpc.sharding<[["data"] by 64, []]>              // rows of 128 over data = 2
    #mpc.sharding<[[], ["tensor"] by 262]>           // 784 over 3: 262, 262, 260
    #mpc.sharding<[[], []], partial sum ["tensor"]>
    ```
    - an axis is used at most once
    - a block is positive where axes are given
  }];
  let parameters = (ins ArrayRefParameter<"::mpc::DimSharding">:$dims,
                        ArrayRefParameter<"::mlir::StringAttr">:$partialAxes,
                        "::mpc::ReductionKind":$partialKind);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    static ShardingAttr replicated(::mlir::MLIRContext *context, int64_t rank);
    bool isReplicated() const;
    bool isPartial() const { return !getPartialAxes().empty(); }
    bool usesAxis(::llvm::StringRef axis) const;
    /// The same placement without partial axes.
    ShardingAttr withoutPartial() const;
  }];
}

def MPC_OffsetAttr : MPC_Attr<"Offset", "offset"> {
  let summary = "the global coordinate at which a device's part of a dimension starts";
  let description = [{
    The coordinate is `block * i`, `i` being the combined coordinate of the axes.

    ```mlir
    #mpc.offset<["tensor"] by 262>
    ```
  }];
  let parameters = (ins "::mpc::DimSharding":$dim);
  let hasCustomAssemblyFormat = 1;
}

def MPC_PlacementAttr : MPC_Attr<"Placement", "placement"> {
  let summary = "the axes each factor of an op's sharding rule is given";
  let description = [{
    One list of axes for each factor, in the order of the op's rule.

    ```mlir
    #mpc.placement<[["data"], [], ["tensor"]]>
    ```
  }];
  let parameters = (ins ArrayRefParameter<"::mpc::DimSharding">:$factors);
  let hasCustomAssemblyFormat = 1;
}

class MPC_InitAttr<string name, string mnem> : MPC_Attr<name, mnem>;

def MPC_ConstantInitAttr : MPC_InitAttr<"ConstantInit", "constant_init"> {
  let summary = "every element has one value";
  let parameters = (ins "::mlir::FloatAttr":$value);
  let assemblyFormat = "`<` $value `>`";
}
def MPC_NormalInitAttr : MPC_InitAttr<"NormalInit", "normal_init"> {
  let summary = "normal distribution, by Philox over the global index";
  let parameters = (ins "::mlir::FloatAttr":$mean, "::mlir::FloatAttr":$stddev);
  let assemblyFormat = "`<` $mean `,` $stddev `>`";
}
def MPC_UniformInitAttr : MPC_InitAttr<"UniformInit", "uniform_init"> {
  let summary = "uniform distribution on [low, high), by Philox over the global index";
  let parameters = (ins "::mlir::FloatAttr":$low, "::mlir::FloatAttr":$high);
  let assemblyFormat = "`<` $low `,` $high `>`";
}
def MPC_FileInitAttr : MPC_InitAttr<"FileInit", "file_init"> {
  let summary = "a tensor of the weights file, by name";
  let parameters = (ins "::mlir::StringAttr":$tensor);
  let assemblyFormat = "`<` $tensor `>`";
}
def MPC_SameInitAttr : MPC_InitAttr<"SameInit", "same_init"> {
  let summary = "the initial values of another variable, before they are rounded to its type";
  let parameters = (ins "::mlir::FlatSymbolRefAttr":$variable);
  let assemblyFormat = "`<` $variable `>`";
}

#endif
