// RUN: mpc-opt %s -split-input-file -verify-diagnostics

func.func @matmul_rank(%a: tensor<8xf32>, %b: tensor<8x4xf32>) {
  // expected-error @+2 {{'mpc.matmul' op expected operands of at least two dimensions, found 'tensor<8xf32>' and 'tensor<8x4xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.matmul %a, %b : (tensor<8xf32>, tensor<8x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @matmul_narrow_result(%a: tensor<8x8xf32>, %b: tensor<8x4xf32>) {
  // expected-error @+2 {{'mpc.matmul' op inferred type(s) 'tensor<8x4xf32>' are incompatible with return type(s) of operation 'tensor<8x4xbf16>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.matmul %a, %b : (tensor<8x8xf32>, tensor<8x4xf32>) -> tensor<8x4xbf16>
  return
}

// -----

func.func @matmul_element(%a: tensor<8x8xf32>, %b: tensor<8x4xf64>) {
  // expected-error @+2 {{'mpc.matmul' op expected one element type, found 'f32' and 'f64'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.matmul %a, %b : (tensor<8x8xf32>, tensor<8x4xf64>) -> tensor<8x4xf32>
  return
}

// -----

func.func @matmul_inner(%a: tensor<8x16xf32>, %b: tensor<4x16xf32>) {
  // expected-error @+2 {{'mpc.matmul' op expected equal inner sizes, found 16 and 4}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.matmul %a, %b : (tensor<8x16xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  return
}

// -----

func.func @matmul_batch(%a: tensor<2x8x16xf32>, %b: tensor<3x16x4xf32>) {
  // expected-error @+2 {{'mpc.matmul' op expected equal batch dimensions, or none on the right}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.matmul %a, %b : (tensor<2x8x16xf32>, tensor<3x16x4xf32>) -> tensor<2x8x4xf32>
  return
}

// -----

func.func @matmul_result(%a: tensor<8x16xf32>, %b: tensor<16x4xf32>) {
  // expected-error @+2 {{inferred type(s) 'tensor<8x4xf32>' are incompatible with return type(s) of operation 'tensor<4x8xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.matmul %a, %b : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @einsum_form(%a: tensor<8x16xf32>, %b: tensor<16x4xf32>) {
  // expected-error @+2 {{'mpc.einsum' op expected "letters,letters->letters", found "ab,bc,ac"}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.einsum "ab,bc,ac" %a, %b : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @einsum_case(%a: tensor<8x16xf32>, %b: tensor<16x4xf32>) {
  // expected-error @+2 {{'mpc.einsum' op expected lower-case letters, each once, found "aB"}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.einsum "aB,Bc->ac" %a, %b : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @einsum_twice(%a: tensor<8x8xf32>, %b: tensor<8x4xf32>) {
  // expected-error @+2 {{'mpc.einsum' op expected lower-case letters, each once, found "aa"}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.einsum "aa,ac->ac" %a, %b : (tensor<8x8xf32>, tensor<8x4xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @einsum_size(%a: tensor<8x16xf32>, %b: tensor<15x4xf32>) {
  // expected-error @+2 {{'mpc.einsum' op letter 'b' has sizes 16 and 15}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.einsum "ab,bc->ac" %a, %b : (tensor<8x16xf32>, tensor<15x4xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @einsum_rank(%a: tensor<8x16xf32>, %b: tensor<16x4xf32>) {
  // expected-error @+2 {{'mpc.einsum' op expected a letter for each dimension, found "abd" for 'tensor<8x16xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.einsum "abd,bc->ac" %a, %b : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @einsum_alone(%a: tensor<8x16xf32>, %b: tensor<16x4xf32>) {
  // expected-error @+2 {{'mpc.einsum' op letter 'c' of "ab,bc->a" stands in one list only, expected at least two}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.einsum "ab,bc->a" %a, %b : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @reduce_order(%a: tensor<8x16xf32>) {
  // expected-error @+2 {{'mpc.reduce' op expected increasing dimensions, found [1, 0]}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.reduce sum %a dims [1, 0] : tensor<8x16xf32> -> tensor<1x1xf32>
  return
}

// -----

func.func @reduce_dim(%a: tensor<8x16xf32>) {
  // expected-error @+2 {{'mpc.reduce' op dimension 2 does not exist in 'tensor<8x16xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.reduce sum %a dims [0, 2] : tensor<8x16xf32> -> tensor<1x1xf32>
  return
}

// -----

func.func @reduce_element(%a: tensor<8x16xi1>) {
  // expected-error @+2 {{'mpc.reduce' op expected numbers, found truth values ('i1')}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.reduce max %a dims [0] : tensor<8x16xi1> -> tensor<1x16xi1>
  return
}

// -----

func.func @softmax_dim(%a: tensor<8x16xf32>) {
  // expected-error @+1 {{'mpc.softmax' op dimension -1 does not exist in 'tensor<8x16xf32>'}}
  %0 = mpc.softmax %a dim -1 : tensor<8x16xf32>
  return
}

// -----

func.func @norm_scale(%a: tensor<8x16xf32>, %s: tensor<8xf32>) {
  // expected-error @+2 {{'mpc.rms_norm' op expected scale and bias of type 'tensor<16xf32>', found 'tensor<8xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.rms_norm %a, %s epsilon 1.0e-5 : (tensor<8x16xf32>, tensor<8xf32>) -> tensor<8x16xf32>
  return
}

// -----

func.func @norm_bias(%a: tensor<8x16xf32>, %s: tensor<16xf32>, %b: tensor<1x16xf32>) {
  // expected-error @+2 {{'mpc.layer_norm' op expected scale and bias of type 'tensor<16xf32>', found 'tensor<1x16xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.layer_norm %a, %s, %b epsilon 1.0e-5 : (tensor<8x16xf32>, tensor<16xf32>, tensor<1x16xf32>) -> tensor<8x16xf32>
  return
}

// -----

func.func @attention_rank(%q: tensor<8x4x16xf32>, %k: tensor<2x9x2x16xf32>) {
  // expected-error @+2 {{'mpc.attention' op expected operands of rank 4, found 'tensor<8x4x16xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.attention %q, %k, %k scale 0.25 : (tensor<8x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x16xf32>) -> tensor<2x8x4x16xf32>
  return
}

// -----

func.func @attention_width(%q: tensor<2x8x4x16xf32>, %k: tensor<2x9x2x12xf32>) {
  // expected-error @+2 {{'mpc.attention' op expected query [B, S, H, D] and key [B, T, G, D], found [2, 8, 4, 16] and [2, 9, 2, 12]}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.attention %q, %k, %k scale 0.25 : (tensor<2x8x4x16xf32>, tensor<2x9x2x12xf32>, tensor<2x9x2x12xf32>) -> tensor<2x8x4x12xf32>
  return
}

// -----

func.func @attention_keys(%q: tensor<2x8x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x8x2x16xf32>) {
  // expected-error @+2 {{'mpc.attention' op expected key [B, T, G, D] and value [B, T, G, E], found [2, 9, 2, 16] and [2, 8, 2, 16]}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.attention %q, %k, %v scale 0.25 : (tensor<2x8x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x8x2x16xf32>) -> tensor<2x8x4x16xf32>
  return
}

// -----

func.func @attention_groups(%q: tensor<2x8x4x16xf32>, %k: tensor<2x9x3x16xf32>) {
  // expected-error @+2 {{'mpc.attention' op 4 query heads are not a multiple of 3 key heads}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.attention %q, %k, %k scale 0.25 : (tensor<2x8x4x16xf32>, tensor<2x9x3x16xf32>, tensor<2x9x3x16xf32>) -> tensor<2x8x4x16xf32>
  return
}

// -----

func.func @attention_causal(%q: tensor<2x8x4x16xf32>, %k: tensor<2x7x4x16xf32>) {
  // expected-error @+2 {{'mpc.attention' op a causal mask leaves nothing to see for the first of 8 queries over 7 keys}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.attention %q, %k, %k scale 0.25 causal : (tensor<2x8x4x16xf32>, tensor<2x7x4x16xf32>, tensor<2x7x4x16xf32>) -> tensor<2x8x4x16xf32>
  return
}

// -----

func.func @attention_mask(%q: tensor<2x8x4x16xf32>, %k: tensor<2x9x4x16xf32>, %m: tensor<1x2x8x9xf32>) {
  // expected-error @+2 {{'mpc.attention' op expected a mask that broadcasts to [2, 4, 8, 9], found 'tensor<1x2x8x9xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.attention %q, %k, %k mask %m scale 0.25 : (tensor<2x8x4x16xf32>, tensor<2x9x4x16xf32>, tensor<2x9x4x16xf32>, tensor<1x2x8x9xf32>) -> tensor<2x8x4x16xf32>
  return
}

// -----

func.func @flash_attention_causal(%q: tensor<2x8x4x16xf32>, %k: tensor<2x9x4x16xf32>) {
  // expected-error @+2 {{'mpc.flash_attention' op expected as many keys as queries under a causal mask, found 9 and 8}}
  // expected-error @+1 {{failed to infer returned types}}
  %0, %1 = mpc.flash_attention %q, %k, %k scale 0.25 causal : (tensor<2x8x4x16xf32>, tensor<2x9x4x16xf32>, tensor<2x9x4x16xf32>) -> (tensor<2x8x4x16xf32>, tensor<2x4x8xf32>)
  return
}

// -----

func.func @flash_attention_result(%q: tensor<2x8x4x16xf32>) {
  // expected-error @+2 {{'mpc.flash_attention' op inferred type(s) 'tensor<2x8x4x16xf32>', 'tensor<2x4x8xf32>' are incompatible with return type(s) of operation 'tensor<2x8x4x16xf32>', 'tensor<2x8x4xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0, %1 = mpc.flash_attention %q, %q, %q scale 0.25 : (tensor<2x8x4x16xf32>, tensor<2x8x4x16xf32>, tensor<2x8x4x16xf32>) -> (tensor<2x8x4x16xf32>, tensor<2x8x4xf32>)
  return
}

// -----

func.func @flash_attention_grad_sums(%q: tensor<2x8x4x16xbf16>, %lse: tensor<2x4x8xbf16>) {
  // expected-error @+2 {{'mpc.flash_attention_grad' op expected 'tensor<2x4x8xf32>', found 'tensor<2x4x8xbf16>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0, %1, %2 = mpc.flash_attention_grad %q, %q, %q, %q, %q, %lse scale 0.25 : (tensor<2x8x4x16xbf16>, tensor<2x8x4x16xbf16>, tensor<2x8x4x16xbf16>, tensor<2x8x4x16xbf16>, tensor<2x8x4x16xbf16>, tensor<2x4x8xbf16>) -> (tensor<2x8x4x16xbf16>, tensor<2x8x4x16xbf16>, tensor<2x8x4x16xbf16>)
  return
}

// -----

func.func @embedding_table(%t: tensor<f32>, %ids: tensor<8xi64>) {
  // expected-error @+2 {{'mpc.embedding' op expected a table of at least one dimension, found 'tensor<f32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.embedding %t, %ids : (tensor<f32>, tensor<8xi64>) -> tensor<8xf32>
  return
}

// -----

func.func @scatter_shape(%ids: tensor<8xi64>, %u: tensor<8x4xf32>) {
  // expected-error @+1 {{'mpc.scatter_add' op expected updates of shape [8, 5], found [8, 4]}}
  %0 = mpc.scatter_add %ids, %u : (tensor<8xi64>, tensor<8x4xf32>) -> tensor<256x5xf32>
  return
}

// -----

func.func @scatter_element(%ids: tensor<8xi64>, %u: tensor<8x4xf32>) {
  // expected-error @+1 {{'mpc.scatter_add' op expected one element type, found 'f32' and 'f64'}}
  %0 = mpc.scatter_add %ids, %u : (tensor<8xi64>, tensor<8x4xf32>) -> tensor<256x4xf64>
  return
}

// -----

func.func @labels(%logits: tensor<8x10xf32>, %labels: tensor<8x10xi64>) {
  // expected-error @+1 {{'mpc.cross_entropy' op expected labels of shape [8], found [8, 10]}}
  %0, %1 = mpc.cross_entropy %logits, %labels ignore -100 : tensor<8x10xf32>, tensor<8x10xi64>
  return
}

// -----

func.func @target(%a: tensor<8x10xf32>, %b: tensor<8xf32>) {
  // expected-error @+1 {{'mpc.squared_error' op expected a target of type 'tensor<8x10xf32>', found 'tensor<8xf32>'}}
  %0, %1 = mpc.squared_error %a, %b : tensor<8x10xf32>, tensor<8xf32>
  return
}

// -----

func.func @dropout_rate(%a: tensor<8x10xf32>, %step: tensor<i64>) {
  // expected-error @+1 {{'mpc.dropout' op expected a rate of at least 0 and below 1, found 1.000000e+00 : f64}}
  %0 = mpc.dropout %a, %step rate 1.0 seed 7 : tensor<8x10xf32>
  return
}

// -----

func.func @dropout_step(%a: tensor<8x10xf32>, %step: tensor<i32>) {
  // expected-note @-1 {{prior use here}}
  // expected-error @+1 {{use of value '%step' expects different type}}
  %0 = mpc.dropout %a, %step rate 0.1 seed 7 : tensor<8x10xf32>
  return
}
