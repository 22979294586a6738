//===- MPCOpBase.td - classes shared by the op groups -----------*- tablegen -*-===//
#ifndef MPC_IR_MPCOPBASE_TD
#define MPC_IR_MPCOPBASE_TD

include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mpc/IR/MPCAttrs.td"
include "mpc/IR/MPCInterfaces.td"

def MPC_Float : AnyTypeOf<[F32, F64, BF16, F16], "floating-point">;
def MPC_Integer : AnyTypeOf<[I64, I32, I8, UI8], "integer">;
def MPC_Element : AnyTypeOf<[F32, F64, BF16, F16, I64, I32, I8, UI8, I1]>;
// No encoding, no dimension of size 0, and a size in bytes that fits an int64_t.
class MPC_TensorOf<list<Type> elements> : RankedTensorOf<elements,
    [CPred<"::mpc::hasModelShape($_self)">], "statically shaped, non-empty tensor">;
def MPC_Tensor : MPC_TensorOf<[MPC_Element]>;
def MPC_FloatTensor : MPC_TensorOf<[MPC_Float]>;
def MPC_IntegerTensor : MPC_TensorOf<[MPC_Integer]>;
def MPC_IndexTensor : MPC_TensorOf<[I64]>;
def MPC_BitsTensor : MPC_TensorOf<[I32]>;
// The number of the training step: a scalar that the caller feeds.
def MPC_StepTensor : Type<
    CPred<"$_self == ::mlir::RankedTensorType::get({}, ::mlir::IntegerType::get($_self.getContext(), 64))">,
    "tensor<i64>", "::mlir::RankedTensorType">,
    BuildableType<"::mlir::RankedTensorType::get({}, $_builder.getI64Type())">;
def MPC_BoolTensor : MPC_TensorOf<[I1]>;

// An op of the model: pure, with a sharding rule, in the file of its group.
class MPC_ModelOp<string mnemonic, list<Trait> traits = []> :
    MPC_Op<mnemonic, !listconcat([Pure,
      DeclareOpInterfaceMethods<MPC_ShardingRuleOpInterface>], traits)>;

// The same, with a result type that follows from operands and attributes.
class MPC_InferredOp<string mnemonic, list<Trait> traits = []> :
    MPC_ModelOp<mnemonic, !listconcat([InferTypeOpAdaptor], traits)>;

def MPC_Differentiable : DeclareOpInterfaceMethods<MPC_DifferentiableOpInterface>;
def MPC_Decomposable : DeclareOpInterfaceMethods<MPC_DecomposableOpInterface>;
def MPC_Pointwise : DeclareOpInterfaceMethods<MPC_PointwiseOpInterface>;
def MPC_Widening : DeclareOpInterfaceMethods<MPC_WideningOpInterface>;
def MPC_WideningItself : DeclareOpInterfaceMethods<MPC_WideningOpInterface, ["buildWide"]>;
def MPC_FullPrecision : DeclareOpInterfaceMethods<MPC_FullPrecisionOpInterface>;
def MPC_Library : DeclareOpInterfaceMethods<MPC_LibraryOpInterface>;
def MPC_Positional : DeclareOpInterfaceMethods<MPC_PositionalOpInterface>;

// A contraction; its result may be wider than what is inferred.
class MPC_ContractionOp<string mnemonic> :
    MPC_ModelOp<mnemonic, [InferTypeOpAdaptorWithIsCompatible, MPC_Differentiable,
      MPC_WideningItself, DeclareOpInterfaceMethods<MPC_ContractionOpInterface>]>;

#endif
