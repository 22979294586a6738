//===- MPCInterfaces.td - what algorithms see instead of op names -*- tablegen -*-===//
#ifndef MPC_IR_MPCINTERFACES_TD
#define MPC_IR_MPCINTERFACES_TD

include "mlir/IR/OpBase.td"

def MPC_ShardingRuleOpInterface : OpInterface<"ShardingRuleOpInterface"> {
  let cppNamespace = "::mpc";
  let description = [{
    The op as an einsum over factors. Every op of the program implements it.
  }];
  let methods = [
    InterfaceMethod<"The op's factors, and which dimension of which operand and result they span.",
      "::mpc::ShardingRule", "getShardingRule", (ins)>,
    InterfaceMethod<"Floating-point operations for one point of the factor space.",
      "int64_t", "getFlopsPerPoint", (ins), [{}], [{ return 1; }]>,
    InterfaceMethod<[{
        Floating-point operations of the whole op: those of all points, unless
        the op computes in several steps over fewer factors each.
      }],
      "double", "getFlops", (ins), [{}], [{
        double flops = $_op.getFlopsPerPoint();
        for (const ::mpc::Factor &factor : $_op.getShardingRule().factors)
          flops *= factor.size;
        return flops;
      }]>,
  ];
}

def MPC_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::mpc";
  let description = [{
    Reverse-mode derivative. Ops without it are decomposed first, and are an
    error where they cannot be.
  }];
  let methods = [
    InterfaceMethod<[{
        Builds the gradients of the operands for which `needed` is set, from the
        gradients of the results (null where a result has none). A gradient has
        its operand's type. Entries that are not needed, or are zero, stay null.
      }],
      "void", "buildGradients",
      (ins "::mlir::OpBuilder &":$builder, "::llvm::ArrayRef<::mlir::Value>":$resultGradients,
           "const ::llvm::BitVector &":$needed,
           "::llvm::SmallVectorImpl<::mlir::Value> &":$operandGradients)>,
  ];
}

def MPC_DecomposableOpInterface : OpInterface<"DecomposableOpInterface"> {
  let cppNamespace = "::mpc";
  let description = [{
    A composite op that can be written in simpler ones. It is, when one of its
    inner factors is sharded, and before kernels are formed.
  }];
  let methods = [
    InterfaceMethod<"Builds the simpler ops before this one; returns what replaces the results.",
      "::llvm::SmallVector<::mlir::Value>", "decompose", (ins "::mlir::OpBuilder &":$builder)>,
    InterfaceMethod<[{
        Whether what it computes inside is large beside its operands and results,
        and cheap beside the products around it: selective recomputation computes
        it again in the backward instead of keeping it.
      }],
      "bool", "hasLargeInside", (ins), "", "return false;">,
  ];
}

def MPC_PointwiseOpInterface : OpInterface<"PointwiseOpInterface"> {
  let cppNamespace = "::mpc";
  let description = [{
    One element of the result depends on one element of every operand (after
    NumPy broadcasting). The op says how to compute a vector of them.
  }];
  let methods = [
    InterfaceMethod<[{
        Emits arith, math and vector ops on `operands`, all of one vector shape
        (or scalars), and returns the result with the element type of the op's result.
      }],
      "::mlir::Value", "emitPointwise",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$operands)>,
  ];
}

def MPC_PositionalOpInterface : OpInterface<"PositionalOpInterface"> {
  let cppNamespace = "::mpc";
  let description = [{
    The op computes with the global coordinate of one factor, and therefore must
    know where its part starts once that factor is sharded.
  }];
  let methods = [
    InterfaceMethod<"The factor, an index into the sharding rule's.",
      "unsigned", "getPositionalFactor", (ins)>,
    InterfaceMethod<"Sets the start of this device's part.",
      "void", "setShardOffset", (ins "::mpc::OffsetAttr":$offset), [{}],
      [{ $_op.setOffsetAttr(offset); }]>,
    InterfaceMethod<"The start of this device's part; null when it is 0.",
      "::mpc::OffsetAttr", "getShardOffset", (ins), [{}],
      [{ return $_op.getOffsetAttr(); }]>,
  ];
}

def MPC_WideningOpInterface : OpInterface<"WideningOpInterface"> {
  let cppNamespace = "::mpc";
  let description = [{
    An op on bf16 or f16 whose result can be had in f32 as well, without being
    rounded first: gradients of variables are summed so.
  }];
  let methods = [
    InterfaceMethod<[{
        Builds the op with an f32 result; `widen` gives what an operand is in
        f32. A contraction sums in f32 whatever its operands are, other ops are
        the same on wide operands.
      }],
      "::mlir::Value", "buildWide",
      (ins "::mlir::OpBuilder &":$builder,
           "::llvm::function_ref<::mlir::Value(::mlir::OpOperand &)>":$widen),
      [{}], [{ return ::mpc::buildOnWideOperands($_op, builder, widen); }]>,
  ];
}

def MPC_FullPrecisionOpInterface : OpInterface<"FullPrecisionOpInterface"> {
  let cppNamespace = "::mpc";
  let description = [{
    Computed in f32 where the rest of a model is in bf16: a sum of many, or a
    function that makes much of a small error. Composite ops are not: they
    compute in f32 inside, and take and give what the model is in.
  }];
}

def MPC_LibraryOpInterface : OpInterface<"LibraryOpInterface"> {
  let cppNamespace = "::mpc";
  let description = [{
    Computed by a call of a library: a launch of its own, never a part of a fused
    region.
  }];
}

def MPC_ContractionOpInterface : OpInterface<"ContractionOpInterface", [MPC_LibraryOpInterface]> {
  let cppNamespace = "::mpc";
  let description = [{
    A sum of products of two operands over shared factors: what a GEMM library
    computes. The sharding rule says which factor is batch, row, column, inner.
    Sums are in f32; the result has the operands' element type, or is f32 where
    they are narrower.
  }];
}

#endif
