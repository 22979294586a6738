//===- ModelOps.td - contractions, reductions, composites -------*- tablegen -*-===//
#ifndef MPC_IR_MODELOPS_TD
#define MPC_IR_MODELOPS_TD

include "mpc/IR/MPCOpBase.td"

def MPC_ConstantOp : MPC_ModelOp<"constant", [ConstantLike]> {
  let summary = "a tensor whose elements all have one value";
  let description = [{
    ```mlir
    %c = mpc.constant 1.0 : tensor<8x16xf32>
    ```
    - the value's type is the element type
  }];
  let arguments = (ins TypedAttrInterface:$value);
  let results = (outs MPC_Tensor:$result);
  let hasCustomAssemblyFormat = 1;
  let hasFolder = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    // It moves data and computes nothing.
    int64_t getFlopsPerPoint() { return 0; }
  }];
}

def MPC_GlobalIndexOp : MPC_InferredOp<"global_index", [MPC_Positional]> {
  let summary = "the global coordinates along one dimension of a tensor";
  let description = [{
    The operand gives shape and placement only; its values are not read.

    ```mlir
    %i = mpc.global_index %x dim 1 : tensor<8x10xf32> -> tensor<1x10xi64>
    ```
    - the dimension exists
  }];
  let arguments = (ins MPC_Tensor:$input, I64Attr:$dim, OptionalAttr<MPC_OffsetAttr>:$offset);
  let results = (outs MPC_IndexTensor:$result);
  let assemblyFormat = [{
    $input `dim` $dim (`offset` $offset^)? attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = [{
    // It moves data and computes nothing.
    int64_t getFlopsPerPoint() { return 0; }
  }];
}

def MPC_MatmulOp : MPC_ContractionOp<"matmul"> {
  let summary = "matrix product over the last two dimensions";
  let description = [{
    Leading dimensions are batch dimensions: equal in both operands, or absent
    from the right one. `transpose_lhs` and `transpose_rhs` swap the last two.

    ```mlir
    %y = mpc.matmul %x, %w transpose_rhs : (tensor<8x16xf32>, tensor<4x16xf32>) -> tensor<8x4xf32>
    ```
    - both operands have at least two dimensions and one element type
    - inner sizes agree, and so do batch sizes
    - the result has the operands' element type, or f32 where that is wider
  }];
  let arguments = (ins MPC_FloatTensor:$lhs, MPC_FloatTensor:$rhs,
                       UnitAttr:$transpose_lhs, UnitAttr:$transpose_rhs);
  let results = (outs MPC_FloatTensor:$result);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $lhs `,` $rhs (`transpose_lhs` $transpose_lhs^)? (`transpose_rhs` $transpose_rhs^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    // A multiplication and an addition.
    int64_t getFlopsPerPoint() { return 2; }
  }];
}

def MPC_EinsumOp : MPC_ContractionOp<"einsum"> {
  let summary = "contraction of two tensors, dimensions named by letters";
  let description = [{
    Letters of both operands and the result are batch, letters of one operand and
    the result are rows or columns, letters of both operands only are summed.

    ```mlir
    %q = mpc.einsum "bsk,khd->bshd" %x, %w : (tensor<2x8x16xf32>, tensor<16x4x4xf32>) -> tensor<2x8x4x4xf32>
    ```
    - two operands; lower-case letters, each at most once in an operand
    - every letter has one size, and stands in at least two of the three lists
    - the result has the operands' element type, or f32 where that is wider
  }];
  let arguments = (ins MPC_FloatTensor:$lhs, MPC_FloatTensor:$rhs, StrAttr:$spec);
  let results = (outs MPC_FloatTensor:$result);
  let hasCanonicalizer = 1;
  let assemblyFormat = "$spec $lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = [{
    // A multiplication and an addition.
    int64_t getFlopsPerPoint() { return 2; }
  }];
}

def MPC_ReduceOp : MPC_InferredOp<"reduce", [MPC_Differentiable, MPC_Widening, MPC_FullPrecision]> {
  let summary = "sum, maximum or minimum over some dimensions, which stay with size 1";
  let description = [{
    ```mlir
    %m = mpc.reduce max %x dims [1] : tensor<8x16xf32> -> tensor<8x1xf32>
    ```
    - dimensions are increasing and exist
  }];
  let arguments = (ins MPC_ReductionKindAttr:$kind, MPC_Tensor:$input, DenseI64ArrayAttr:$dims);
  let results = (outs MPC_Tensor:$result);
  let hasCanonicalizer = 1;
  let assemblyFormat = "custom<EnumWord>($kind) $input `dims` $dims attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
}

def MPC_SoftmaxOp : MPC_InferredOp<"softmax", [MPC_Differentiable, MPC_Decomposable]> {
  let summary = "softmax over one dimension, shifted by the maximum";
  let arguments = (ins MPC_FloatTensor:$input, I64Attr:$dim);
  let results = (outs MPC_FloatTensor:$result);
  let assemblyFormat = "$input `dim` $dim attr-dict `:` type($input)";
}

def MPC_LayerNormOp : MPC_InferredOp<"layer_norm", [MPC_Differentiable, MPC_Decomposable]> {
  let summary = "(x - mean) / sqrt(variance + epsilon) * scale + bias over the last dimension";
  let description = [{
    Ba et al., arXiv 1607.06450; the variance is the biased one.
    - scale, and bias when given, have one dimension of the last dimension's size
  }];
  let arguments = (ins MPC_FloatTensor:$input, MPC_FloatTensor:$scale,
                       Optional<MPC_FloatTensor>:$bias, F64Attr:$epsilon);
  let results = (outs MPC_FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $scale (`,` $bias^)? `epsilon` $epsilon attr-dict `:` functional-type(operands, results)
  }];
}

def MPC_RmsNormOp : MPC_InferredOp<"rms_norm", [MPC_Differentiable, MPC_Decomposable]> {
  let summary = "x / sqrt(mean(x^2) + epsilon) * scale over the last dimension";
  let arguments = (ins MPC_FloatTensor:$input, MPC_FloatTensor:$scale, F64Attr:$epsilon);
  let results = (outs MPC_FloatTensor:$result);
  let assemblyFormat = "$input `,` $scale `epsilon` $epsilon attr-dict `:` functional-type(operands, results)";
}

def MPC_AttentionOp : MPC_InferredOp<"attention", [MPC_Decomposable]> {
  let summary = "softmax(scale * Q K^T + mask) V, heads as a dimension of their own";
  let description = [{
    query [B, S, H, D], key [B, T, G, D], value [B, T, G, E] -> [B, S, H, E]; heads
    in groups of H / G share a key. `causal` lets position s see positions t <= s + T - S.
    The mask is added to the scores and broadcasts to [B, H, S, T].
    - ranks are 4; B, T, G, D agree; G divides H
    - the mask, when given, has rank 4 and sizes 1 or those of the scores
  }];
  let arguments = (ins MPC_FloatTensor:$query, MPC_FloatTensor:$key, MPC_FloatTensor:$value,
                       Optional<MPC_FloatTensor>:$mask, F64Attr:$scale, UnitAttr:$causal);
  let results = (outs MPC_FloatTensor:$result);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`mask` $mask^)? `scale` $scale (`causal` $causal^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    // Two contractions: scores over D, values over T; never over D and E at once.
    double getFlops();
    // The scores: S x T for every head.
    bool hasLargeInside() { return true; }
  }];
}

def MPC_FlashAttentionOp : MPC_InferredOp<"flash_attention", [MPC_Library, MPC_Differentiable]> {
  let summary = "attention as one call of a library, which never stores the scores";
  let description = [{
    What `mpc.attention` computes without a mask, and the natural logarithm of
    every row's sum of exponentials (Dao, arXiv 2307.08691), from which the gradient
    computes the weights again: query [B, S, H, D], key [B, T, G, D],
    value [B, T, G, E] -> [B, S, H, E] and [B, H, S] in f32.

    ```mlir
    %y, %lse = mpc.flash_attention %q, %k, %v scale 0.125 causal
        : (tensor<2x64x4x32xbf16>, tensor<2x64x4x32xbf16>, tensor<2x64x4x32xbf16>)
          -> (tensor<2x64x4x32xbf16>, tensor<2x4x64xf32>)
    ```
    - shapes as in `mpc.attention`; a causal one has S = T
  }];
  let arguments = (ins MPC_FloatTensor:$query, MPC_FloatTensor:$key, MPC_FloatTensor:$value,
                       F64Attr:$scale, UnitAttr:$causal);
  let results = (outs MPC_FloatTensor:$result, MPC_FloatTensor:$log_sum_exp);
  let assemblyFormat = [{
    $query `,` $key `,` $value `scale` $scale (`causal` $causal^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    // Two contractions and a softmax; half of it where later keys are hidden.
    double getFlops();
  }];
}

def MPC_FlashAttentionGradOp : MPC_InferredOp<"flash_attention_grad", [MPC_Library]> {
  let summary = "gradients of flash_attention's query, key and value";
  let description = [{
    From the gradient of the result, the operands, the result and its log_sum_exp;
    each gradient has its operand's type.
    - shapes as in `mpc.flash_attention`
  }];
  let arguments = (ins MPC_FloatTensor:$result_grad, MPC_FloatTensor:$query, MPC_FloatTensor:$key,
                       MPC_FloatTensor:$value, MPC_FloatTensor:$result, MPC_FloatTensor:$log_sum_exp,
                       F64Attr:$scale, UnitAttr:$causal);
  let results = (outs MPC_FloatTensor:$query_grad, MPC_FloatTensor:$key_grad,
                      MPC_FloatTensor:$value_grad);
  let assemblyFormat = [{
    $result_grad `,` $query `,` $key `,` $value `,` $result `,` $log_sum_exp
    `scale` $scale (`causal` $causal^)? attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    // Five contractions: the scores again, and the gradients of the weights, the
    // value, the query and the key; half of it where later keys are hidden.
    double getFlops();
  }];
}

def MPC_EmbeddingOp : MPC_InferredOp<"embedding", [MPC_Positional, MPC_Differentiable]> {
  let summary = "rows of a table, by index; an index outside the (local) table yields zeros";
  let description = [{
    table [V, D...], ids [I...] -> [I..., D...]. With the rows sharded every device
    contributes the rows it has, and the result is a partial sum.

    ```mlir
    %y = mpc.embedding %table, %ids : (tensor<256x64xf32>, tensor<2x8xi64>) -> tensor<2x8x64xf32>
    ```
  }];
  let arguments = (ins MPC_FloatTensor:$table, MPC_IntegerTensor:$ids, OptionalAttr<MPC_OffsetAttr>:$offset);
  let results = (outs MPC_FloatTensor:$result);
  let assemblyFormat = "$table `,` $ids (`offset` $offset^)? attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = [{
    // It moves data and computes nothing.
    int64_t getFlopsPerPoint() { return 0; }
  }];
}

def MPC_ScatterAddOp : MPC_ModelOp<"scatter_add", [MPC_Positional, MPC_Widening]> {
  let summary = "sums rows into a table of zeros, in ascending order of position: embedding's gradient";
  let description = [{
    ids [I...], updates [I..., D...] -> [V, D...]; indices outside the (local) table are dropped.
  }];
  let arguments = (ins MPC_IntegerTensor:$ids, MPC_FloatTensor:$updates, OptionalAttr<MPC_OffsetAttr>:$offset);
  let results = (outs MPC_FloatTensor:$result);
  let assemblyFormat = "$ids `,` $updates (`offset` $offset^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    // It moves data and computes nothing.
    int64_t getFlopsPerPoint() { return 0; }
  }];
}

def MPC_CrossEntropyOp : MPC_InferredOp<"cross_entropy", [MPC_Differentiable, MPC_Decomposable]> {
  let summary = "softmax cross-entropy with integer labels, as (sum, count)";
  let description = [{
    logits [I..., C], labels [I...] -> the sum over the rows whose label is not
    `ignore_index`, and their number; both tensor<f32>. The mean is taken once, at the update.

    ```mlir
    %sum, %count = mpc.cross_entropy %logits, %labels ignore -100 : tensor<8x10xf32>, tensor<8xi64>
    ```
    - the labels' shape is the logits' without the last dimension
  }];
  let arguments = (ins MPC_FloatTensor:$logits, MPC_IntegerTensor:$labels, I64Attr:$ignore_index);
  let results = (outs MPC_FloatTensor:$sum, MPC_FloatTensor:$count);
  let assemblyFormat = "$logits `,` $labels `ignore` $ignore_index attr-dict `:` type($logits) `,` type($labels)";
}

def MPC_SquaredErrorOp : MPC_InferredOp<"squared_error", [MPC_Differentiable, MPC_Decomposable]> {
  let summary = "sum of squared differences and number of elements, as (sum, count)";
  let arguments = (ins MPC_FloatTensor:$prediction, MPC_FloatTensor:$target);
  let results = (outs MPC_FloatTensor:$sum, MPC_FloatTensor:$count);
  let assemblyFormat = "$prediction `,` $target attr-dict `:` type($prediction) `,` type($target)";
}

def MPC_DropoutOp : MPC_InferredOp<"dropout", [MPC_Differentiable, MPC_Decomposable]> {
  let summary = "zeroes elements with probability `rate`, scales the others by 1 / (1 - rate)";
  let description = [{
    The mask is Philox(seed, step, global index): the same under any split.

    ```mlir
    %y = mpc.dropout %x, %step rate 0.1 seed 7 : tensor<8x16xf32>
    ```
    - 0 <= rate < 1; step is a scalar
  }];
  let arguments = (ins MPC_FloatTensor:$input, MPC_StepTensor:$step, F64Attr:$rate, I64Attr:$seed);
  let results = (outs MPC_FloatTensor:$result);
  let assemblyFormat = "$input `,` $step `rate` $rate `seed` $seed attr-dict `:` type($input)";
  let hasFolder = 1;
}

#endif
