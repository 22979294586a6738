// RUN: mpc-opt %s --mpc-use-flash-attention --split-input-file | FileCheck %s
// RUN: mpc-opt %s --mpc-use-flash-attention --mpc-decompose --split-input-file | FileCheck %s --check-prefix=DECOMPOSED

// CHECK-LABEL: func.func @causal
// CHECK: %[[Y:.*]], %{{.*}} = mpc.flash_attention %arg0, %arg1, %arg1 scale 5.000000e-01 causal {mpc.origin = 3 : i64} : {{.*}} -> (tensor<2x64x4x16xbf16>, tensor<2x4x64xf32>)
// CHECK: return %[[Y]]
// DECOMPOSED-LABEL: func.func @causal
// DECOMPOSED-NEXT: mpc.flash_attention
func.func @causal(%q: tensor<2x64x4x16xbf16>, %k: tensor<2x64x2x16xbf16>) -> tensor<2x64x4x16xbf16> {
  %y = mpc.attention %q, %k, %k scale 0.5 causal {mpc.origin = 3 : i64} : (tensor<2x64x4x16xbf16>, tensor<2x64x2x16xbf16>, tensor<2x64x2x16xbf16>) -> tensor<2x64x4x16xbf16>
  return %y : tensor<2x64x4x16xbf16>
}

// What cuDNN has not stays: other keys under a causal mask, f32, masks, large heads.
// CHECK-LABEL: func.func @decoding
// CHECK: mpc.attention
// DECOMPOSED-LABEL: func.func @decoding
// DECOMPOSED: mpc.einsum
func.func @decoding(%q: tensor<2x1x4x16xbf16>, %k: tensor<2x64x4x16xbf16>) -> tensor<2x1x4x16xbf16> {
  %y = mpc.attention %q, %k, %k scale 0.5 causal : (tensor<2x1x4x16xbf16>, tensor<2x64x4x16xbf16>, tensor<2x64x4x16xbf16>) -> tensor<2x1x4x16xbf16>
  return %y : tensor<2x1x4x16xbf16>
}

// CHECK-LABEL: func.func @cross
// CHECK: mpc.flash_attention
func.func @cross(%q: tensor<2x1x4x16xbf16>, %k: tensor<2x64x4x16xbf16>) -> tensor<2x1x4x16xbf16> {
  %y = mpc.attention %q, %k, %k scale 0.5 : (tensor<2x1x4x16xbf16>, tensor<2x64x4x16xbf16>, tensor<2x64x4x16xbf16>) -> tensor<2x1x4x16xbf16>
  return %y : tensor<2x1x4x16xbf16>
}

// CHECK-LABEL: func.func @f32
// CHECK: mpc.attention
func.func @f32(%q: tensor<2x64x4x16xf32>) -> tensor<2x64x4x16xf32> {
  %y = mpc.attention %q, %q, %q scale 0.5 : (tensor<2x64x4x16xf32>, tensor<2x64x4x16xf32>, tensor<2x64x4x16xf32>) -> tensor<2x64x4x16xf32>
  return %y : tensor<2x64x4x16xf32>
}

// CHECK-LABEL: func.func @masked
// CHECK: mpc.attention
func.func @masked(%q: tensor<2x64x4x16xbf16>, %m: tensor<1x1x64x64xbf16>) -> tensor<2x64x4x16xbf16> {
  %y = mpc.attention %q, %q, %q mask %m scale 0.5 : (tensor<2x64x4x16xbf16>, tensor<2x64x4x16xbf16>, tensor<2x64x4x16xbf16>, tensor<1x1x64x64xbf16>) -> tensor<2x64x4x16xbf16>
  return %y : tensor<2x64x4x16xbf16>
}

// CHECK-LABEL: func.func @large_heads
// CHECK: mpc.attention
func.func @large_heads(%q: tensor<2x64x4x256xbf16>) -> tensor<2x64x4x256xbf16> {
  %y = mpc.attention %q, %q, %q scale 0.5 : (tensor<2x64x4x256xbf16>, tensor<2x64x4x256xbf16>, tensor<2x64x4x256xbf16>) -> tensor<2x64x4x256xbf16>
  return %y : tensor<2x64x4x256xbf16>
}

// CHECK-LABEL: func.func @one_row
// CHECK: mpc.attention
func.func @one_row(%q: tensor<2x1x4x16xbf16>) -> tensor<2x1x4x16xbf16> {
  %y = mpc.attention %q, %q, %q scale 0.5 causal : (tensor<2x1x4x16xbf16>, tensor<2x1x4x16xbf16>, tensor<2x1x4x16xbf16>) -> tensor<2x1x4x16xbf16>
  return %y : tensor<2x1x4x16xbf16>
}

// CHECK-LABEL: func.func @odd_heads
// CHECK: mpc.attention
func.func @odd_heads(%q: tensor<2x64x4x20xbf16>) -> tensor<2x64x4x20xbf16> {
  %y = mpc.attention %q, %q, %q scale 0.5 : (tensor<2x64x4x20xbf16>, tensor<2x64x4x20xbf16>, tensor<2x64x4x20xbf16>) -> tensor<2x64x4x20xbf16>
  return %y : tensor<2x64x4x20xbf16>
}
