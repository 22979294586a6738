//===- ElementwiseOps.td - arithmetic and activations -----------*- tablegen -*-===//
#ifndef MPC_IR_ELEMENTWISEOPS_TD
#define MPC_IR_ELEMENTWISEOPS_TD

include "mpc/IR/MPCOpBase.td"

// Result element (i..) depends on operand elements (i..) after NumPy
// broadcasting: shapes aligned at their last dimension, size 1 repeats.
class MPC_PointwiseOp<string mnemonic, list<Trait> traits = []> :
    MPC_InferredOp<mnemonic, !listconcat([MPC_Pointwise, MPC_Widening], traits)>;

class MPC_UnaryOp<string mnemonic, string text, list<Trait> traits = [MPC_Differentiable]> :
    MPC_PointwiseOp<mnemonic, traits> {
  let summary = text # ", element by element";
  let arguments = (ins MPC_FloatTensor:$input);
  let results = (outs MPC_FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

class MPC_BinaryOp<string mnemonic, string text, list<Trait> traits = [MPC_Differentiable]> :
    MPC_PointwiseOp<mnemonic, traits> {
  let summary = text # ", element by element with NumPy broadcasting";
  let arguments = (ins MPC_Tensor:$lhs, MPC_Tensor:$rhs);
  let results = (outs MPC_Tensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs attr-dict `:` custom<BroadcastTypes>(type($lhs), type($rhs), type($result))
  }];
  let hasFolder = 1;
}

def MPC_NegOp : MPC_UnaryOp<"neg", "-x"> { let hasFolder = 1; }
def MPC_ExpOp : MPC_UnaryOp<"exp", "e^x", [MPC_Differentiable, MPC_FullPrecision]>;
def MPC_LogOp : MPC_UnaryOp<"log", "natural logarithm", [MPC_Differentiable, MPC_FullPrecision]>;
def MPC_SqrtOp : MPC_UnaryOp<"sqrt", "square root">;
def MPC_RsqrtOp : MPC_UnaryOp<"rsqrt", "1 / sqrt(x)">;
def MPC_TanhOp : MPC_UnaryOp<"tanh", "hyperbolic tangent">;
def MPC_ErfOp : MPC_UnaryOp<"erf", "error function">;
def MPC_AbsOp : MPC_UnaryOp<"abs", "absolute value">;
def MPC_SigmoidOp : MPC_UnaryOp<"sigmoid", "1 / (1 + e^-x)">;
def MPC_SiluOp : MPC_UnaryOp<"silu", "x * sigmoid(x)">;
def MPC_ReluOp : MPC_UnaryOp<"relu", "max(x, 0)">;
def MPC_SoftplusOp : MPC_UnaryOp<"softplus", "log(1 + e^x)">;

def MPC_GeluOp : MPC_UnaryOp<"gelu", "Gaussian error linear unit"> {
  let description = [{
    `x * Phi(x)`: exact by erf, or the tanh approximation
    `0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))` (Hendrycks and Gimpel, arXiv 1606.08415).

    ```mlir
    %y = mpc.gelu tanh %x : tensor<8x16xf32>
    ```
  }];
  let arguments = (ins MPC_FloatTensor:$input, MPC_GeluFormAttr:$form);
  let assemblyFormat = "custom<EnumWord>($form) $input attr-dict `:` type($input)";
}

def MPC_GeluGradOp : MPC_PointwiseOp<"gelu_grad"> {
  let summary = "gradient times the derivative of gelu, element by element with NumPy broadcasting";
  let description = [{
    What autodiff makes of `gelu`; an op of its own, since libraries compute it together
    with the product that the gradient comes from.

    ```mlir
    %dx = mpc.gelu_grad tanh %x, %dy : tensor<8x16xf32>
    ```
  }];
  let arguments = (ins MPC_FloatTensor:$input, MPC_FloatTensor:$gradient, MPC_GeluFormAttr:$form);
  let results = (outs MPC_FloatTensor:$result);
  let assemblyFormat = [{
    custom<EnumWord>($form) $input `,` $gradient attr-dict `:`
      custom<BroadcastTypes>(type($input), type($gradient), type($result))
  }];
}

def MPC_AddOp : MPC_BinaryOp<"add", "sum", [Commutative, MPC_Differentiable]> {
  let hasCanonicalizer = 1;
}
def MPC_SubOp : MPC_BinaryOp<"sub", "difference">;
def MPC_MulOp : MPC_BinaryOp<"mul", "product", [Commutative, MPC_Differentiable]>;
def MPC_DivOp : MPC_BinaryOp<"div", "quotient">;
def MPC_PowOp : MPC_BinaryOp<"pow", "power of floating-point values",
    [MPC_Differentiable, MPC_FullPrecision]>;
def MPC_MaximumOp : MPC_BinaryOp<"maximum", "the larger", [Commutative, MPC_Differentiable]>;
def MPC_MinimumOp : MPC_BinaryOp<"minimum", "the smaller", [Commutative, MPC_Differentiable]>;
def MPC_AndOp : MPC_BinaryOp<"and", "bitwise and of integers or truth values", [Commutative]>;
def MPC_OrOp : MPC_BinaryOp<"or", "bitwise or of integers or truth values", [Commutative]>;

def MPC_CompareOp : MPC_PointwiseOp<"compare"> {
  let summary = "comparison, element by element with NumPy broadcasting; false for NaN except `ne`";
  let description = [{
    ```mlir
    %m = mpc.compare lt %a, %b : (tensor<8x1xi64>, tensor<1x8xi64>) -> tensor<8x8xi1>
    ```
  }];
  let arguments = (ins MPC_ComparisonAttr:$predicate, MPC_Tensor:$lhs, MPC_Tensor:$rhs);
  let results = (outs MPC_BoolTensor:$result);
  let assemblyFormat = [{
    custom<EnumWord>($predicate) $lhs `,` $rhs attr-dict `:` functional-type(operands, results)
  }];
}

def MPC_SelectOp : MPC_PointwiseOp<"select", [MPC_Differentiable]> {
  let summary = "where(condition, a, b), element by element with NumPy broadcasting";
  let arguments = (ins MPC_BoolTensor:$condition, MPC_Tensor:$on_true, MPC_Tensor:$on_false);
  let results = (outs MPC_Tensor:$result);
  let assemblyFormat = "$condition `,` $on_true `,` $on_false attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def MPC_CastOp : MPC_ModelOp<"cast", [MPC_Pointwise, MPC_Differentiable, MPC_WideningItself]> {
  let summary = "another element type; float to integer truncates toward zero, to i1 is `!= 0`";
  let arguments = (ins MPC_Tensor:$input);
  let results = (outs MPC_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def MPC_RandomBitsOp : MPC_PointwiseOp<"random_bits"> {
  let summary = "32 random bits for every global index: Philox4x32-10(seed, step, index)";
  let description = [{
    Counter-based (Salmon et al., SC'11): the same bits for the same seed, step
    and index under any split, schedule or recomputation. `step` is a scalar.

    ```mlir
    %bits = mpc.random_bits %index, %step seed 7 : tensor<8x16xi64>
    ```
  }];
  let arguments = (ins MPC_IndexTensor:$index, MPC_StepTensor:$step, I64Attr:$seed);
  let results = (outs MPC_BitsTensor:$result);
  let assemblyFormat = "$index `,` $step `seed` $seed attr-dict `:` type($index)";
}

#endif
