// RUN: mpc-opt %s | mpc-opt | FileCheck %s
// RUN: mpc-opt --mlir-print-op-generic %s | mpc-opt | FileCheck %s

// CHECK-LABEL: @contractions
func.func @contractions(%x: tensor<2x8x16xf32>, %w: tensor<16x4xf32>, %v: tensor<2x4x16xf32>, %h: tensor<16x4x4xf32>) {
  // CHECK: mpc.matmul %{{.*}}, %{{.*}} : (tensor<2x8x16xf32>, tensor<16x4xf32>) -> tensor<2x8x4xf32>
  %0 = mpc.matmul %x, %w : (tensor<2x8x16xf32>, tensor<16x4xf32>) -> tensor<2x8x4xf32>
  // CHECK: mpc.matmul %{{.*}}, %{{.*}} transpose_rhs : (tensor<2x8x16xf32>, tensor<2x4x16xf32>) -> tensor<2x8x4xf32>
  %1 = mpc.matmul %x, %v transpose_rhs : (tensor<2x8x16xf32>, tensor<2x4x16xf32>) -> tensor<2x8x4xf32>
  // CHECK: mpc.matmul %{{.*}}, %{{.*}} transpose_lhs transpose_rhs : (tensor<16x4xf32>, tensor<4x16xf32>) -> tensor<4x4xf32>
  %2 = mpc.reshape %w : tensor<16x4xf32> to tensor<4x16xf32>
  %3 = mpc.matmul %w, %2 transpose_lhs transpose_rhs : (tensor<16x4xf32>, tensor<4x16xf32>) -> tensor<4x4xf32>
  // CHECK: mpc.einsum "bsk,khd->bshd" %{{.*}}, %{{.*}} : (tensor<2x8x16xf32>, tensor<16x4x4xf32>) -> tensor<2x8x4x4xf32>
  %4 = mpc.einsum "bsk,khd->bshd" %x, %h : (tensor<2x8x16xf32>, tensor<16x4x4xf32>) -> tensor<2x8x4x4xf32>
  return
}

// The sum of narrow products as it is, unrounded.
// CHECK-LABEL: @sums
func.func @sums(%x: tensor<8x16xbf16>, %w: tensor<16x4xbf16>, %v: tensor<16x4xf16>) {
  // CHECK: mpc.matmul %{{.*}}, %{{.*}} : (tensor<8x16xbf16>, tensor<16x4xbf16>) -> tensor<8x4xf32>
  %0 = mpc.matmul %x, %w : (tensor<8x16xbf16>, tensor<16x4xbf16>) -> tensor<8x4xf32>
  // CHECK: mpc.einsum "mk,kn->nm" %{{.*}}, %{{.*}} : (tensor<8x16xbf16>, tensor<16x4xbf16>) -> tensor<4x8xf32>
  %1 = mpc.einsum "mk,kn->nm" %x, %w : (tensor<8x16xbf16>, tensor<16x4xbf16>) -> tensor<4x8xf32>
  // CHECK: mpc.matmul %{{.*}}, %{{.*}} transpose_lhs : (tensor<16x4xf16>, tensor<16x4xf16>) -> tensor<4x4xf32>
  %2 = mpc.matmul %v, %v transpose_lhs : (tensor<16x4xf16>, tensor<16x4xf16>) -> tensor<4x4xf32>
  return
}

// CHECK-LABEL: @composites
func.func @composites(%x: tensor<8x16xf32>, %s: tensor<16xf32>, %q: tensor<2x8x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x12xf32>, %mask: tensor<1x1x8x9xf32>, %step: tensor<i64>) {
  // CHECK: mpc.softmax %{{.*}} dim 1 : tensor<8x16xf32>
  %0 = mpc.softmax %x dim 1 : tensor<8x16xf32>
  // CHECK: mpc.layer_norm %{{.*}}, %{{.*}}, %{{.*}} epsilon 1.000000e-05 : (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<8x16xf32>
  %1 = mpc.layer_norm %x, %s, %s epsilon 1.0e-5 : (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<8x16xf32>
  // CHECK: mpc.layer_norm %{{.*}}, %{{.*}} epsilon 1.000000e-05 : (tensor<8x16xf32>, tensor<16xf32>) -> tensor<8x16xf32>
  %2 = mpc.layer_norm %x, %s epsilon 1.0e-5 : (tensor<8x16xf32>, tensor<16xf32>) -> tensor<8x16xf32>
  // CHECK: mpc.rms_norm %{{.*}}, %{{.*}} epsilon
  %3 = mpc.rms_norm %x, %s epsilon 1.0e-5 : (tensor<8x16xf32>, tensor<16xf32>) -> tensor<8x16xf32>
  // CHECK: mpc.attention %{{.*}}, %{{.*}}, %{{.*}} mask %{{.*}} scale 2.500000e-01 : (tensor<2x8x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x12xf32>, tensor<1x1x8x9xf32>) -> tensor<2x8x4x12xf32>
  %4 = mpc.attention %q, %k, %v mask %mask scale 0.25 : (tensor<2x8x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x12xf32>, tensor<1x1x8x9xf32>) -> tensor<2x8x4x12xf32>
  // CHECK: mpc.attention %{{.*}}, %{{.*}}, %{{.*}} scale 2.500000e-01 causal :
  %5 = mpc.attention %q, %k, %v scale 0.25 causal : (tensor<2x8x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x12xf32>) -> tensor<2x8x4x12xf32>
  // CHECK: %[[Y:.*]], %[[LSE:.*]] = mpc.flash_attention %{{.*}}, %{{.*}}, %{{.*}} scale 2.500000e-01 : (tensor<2x8x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x12xf32>) -> (tensor<2x8x4x12xf32>, tensor<2x4x8xf32>)
  %y, %lse = mpc.flash_attention %q, %k, %v scale 0.25 : (tensor<2x8x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x12xf32>) -> (tensor<2x8x4x12xf32>, tensor<2x4x8xf32>)
  // CHECK: mpc.flash_attention %{{.*}}, %{{.*}}, %{{.*}} scale 2.500000e-01 causal :
  %y1, %lse1 = mpc.flash_attention %q, %q, %q scale 0.25 causal : (tensor<2x8x4x16xf32>, tensor<2x8x4x16xf32>, tensor<2x8x4x16xf32>) -> (tensor<2x8x4x16xf32>, tensor<2x4x8xf32>)
  // CHECK: mpc.flash_attention_grad %[[Y]], %{{.*}}, %{{.*}}, %{{.*}}, %[[Y]], %[[LSE]] scale 2.500000e-01 : {{.*}} -> (tensor<2x8x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x12xf32>)
  %dq, %dk, %dv = mpc.flash_attention_grad %y, %q, %k, %v, %y, %lse scale 0.25 : (tensor<2x8x4x12xf32>, tensor<2x8x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x12xf32>, tensor<2x8x4x12xf32>, tensor<2x4x8xf32>) -> (tensor<2x8x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x12xf32>)
  // CHECK: mpc.dropout %{{.*}}, %{{.*}} rate 1.000000e-01 seed 7 : tensor<8x16xf32>
  %6 = mpc.dropout %x, %step rate 0.1 seed 7 : tensor<8x16xf32>
  return
}

// CHECK-LABEL: @tables_and_losses
func.func @tables_and_losses(%table: tensor<256x64xf32>, %ids: tensor<2x8xi64>, %logits: tensor<8x10xf32>, %labels: tensor<8xi64>) {
  // CHECK: mpc.embedding %{{.*}}, %{{.*}} : (tensor<256x64xf32>, tensor<2x8xi64>) -> tensor<2x8x64xf32>
  %0 = mpc.embedding %table, %ids : (tensor<256x64xf32>, tensor<2x8xi64>) -> tensor<2x8x64xf32>
  // CHECK: mpc.embedding %{{.*}}, %{{.*}} offset <["tensor"] by 256> :
  %1 = mpc.embedding %table, %ids offset <["tensor"] by 256> : (tensor<256x64xf32>, tensor<2x8xi64>) -> tensor<2x8x64xf32>
  // CHECK: mpc.scatter_add %{{.*}}, %{{.*}} : (tensor<2x8xi64>, tensor<2x8x64xf32>) -> tensor<256x64xf32>
  %2 = mpc.scatter_add %ids, %0 : (tensor<2x8xi64>, tensor<2x8x64xf32>) -> tensor<256x64xf32>
  // CHECK: %{{.*}}, %{{.*}} = mpc.cross_entropy %{{.*}}, %{{.*}} ignore -100 : tensor<8x10xf32>, tensor<8xi64>
  %sum, %count = mpc.cross_entropy %logits, %labels ignore -100 : tensor<8x10xf32>, tensor<8xi64>
  // CHECK: mpc.squared_error %{{.*}}, %{{.*}} : tensor<8x10xf32>, tensor<8x10xf32>
  %s, %c = mpc.squared_error %logits, %logits : tensor<8x10xf32>, tensor<8x10xf32>
  return
}
