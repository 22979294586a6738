//===- ShapeOps.td - the same elements, elsewhere ---------------*- tablegen -*-===//
#ifndef MPC_IR_SHAPEOPS_TD
#define MPC_IR_SHAPEOPS_TD

include "mpc/IR/MPCOpBase.td"

def MPC_ReshapeOp : MPC_ModelOp<"reshape", [MPC_Differentiable, MPC_Widening]> {
  let summary = "another shape for the same row-major elements";
  let description = [{
    ```mlir
    %h = mpc.reshape %x : tensor<2x8x64xf32> to tensor<2x8x4x16xf32>
    ```
    - both types have the same number of elements and one element type
  }];
  let arguments = (ins MPC_Tensor:$input);
  let results = (outs MPC_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    // It moves data and computes nothing.
    int64_t getFlopsPerPoint() { return 0; }
  }];
}

def MPC_TransposeOp : MPC_InferredOp<"transpose", [MPC_Differentiable, MPC_Widening]> {
  let summary = "result dimension i is input dimension permutation[i]";
  let arguments = (ins MPC_Tensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs MPC_Tensor:$result);
  let assemblyFormat = "$input $permutation attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
  let extraClassDeclaration = [{
    // It moves data and computes nothing.
    int64_t getFlopsPerPoint() { return 0; }
  }];
}

def MPC_BroadcastOp : MPC_ModelOp<"broadcast", [MPC_Differentiable, MPC_Widening]> {
  let summary = "repeats dimensions of size 1; NumPy rules";
  let description = [{
    - the input's shape broadcasts to the result's
  }];
  let arguments = (ins MPC_Tensor:$input);
  let results = (outs MPC_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    // It moves data and computes nothing.
    int64_t getFlopsPerPoint() { return 0; }
  }];
}

def MPC_SliceOp : MPC_InferredOp<"slice", [MPC_Differentiable, MPC_Widening]> {
  let summary = "elements [start, start + size) of one dimension";
  let description = [{
    ```mlir
    %q = mpc.slice %qkv dim 2 start 0 size 1 : tensor<2x8x3x64xf32> -> tensor<2x8x1x64xf32>
    ```
    - the range lies in the dimension and is not empty
  }];
  let arguments = (ins MPC_Tensor:$input, I64Attr:$dim, I64Attr:$start, I64Attr:$size);
  let results = (outs MPC_Tensor:$result);
  let assemblyFormat = [{
    $input `dim` $dim `start` $start `size` $size attr-dict `:` type($input) `->` type($result)
  }];
  let hasFolder = 1;
  let extraClassDeclaration = [{
    // It moves data and computes nothing.
    int64_t getFlopsPerPoint() { return 0; }
  }];
}

def MPC_ConcatOp : MPC_InferredOp<"concat", [MPC_Differentiable, MPC_Widening]> {
  let summary = "tensors one after the other along one dimension";
  let description = [{
    - at least one operand; shapes agree but for `dim`
  }];
  let arguments = (ins Variadic<MPC_Tensor>:$inputs, I64Attr:$dim);
  let results = (outs MPC_Tensor:$result);
  let assemblyFormat = "$inputs `dim` $dim attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let extraClassDeclaration = [{
    // It moves data and computes nothing.
    int64_t getFlopsPerPoint() { return 0; }
  }];
}

#endif
