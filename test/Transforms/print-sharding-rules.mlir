// RUN: mpc-opt %s -mpc-print-sharding-rules -o /dev/null | FileCheck %s

mpc.variable @w parameter constant(0.0) : tensor<16x4xf32>

// CHECK: @elementwise
func.func @elementwise(%x: tensor<8x16xf32>, %row: tensor<16xf32>, %column: tensor<8x1xf32>) {
  // CHECK-NEXT: mpc.relu (a,b)->(a,b) {a=8, b=16}{{$}}
  %0 = mpc.relu %x : tensor<8x16xf32>
  // CHECK-NEXT: mpc.add (a,b),(b)->(a,b) {a=8, b=16} linear
  %1 = mpc.add %x, %row : (tensor<8x16xf32>, tensor<16xf32>) -> tensor<8x16xf32>
  // CHECK-NEXT: mpc.mul (b),(a,1)->(a,b) {a=8, b=16}{{$}}
  %2 = mpc.mul %row, %column : (tensor<16xf32>, tensor<8x1xf32>) -> tensor<8x16xf32>
  // CHECK-NEXT: mpc.gelu_grad (a,b),(a,b)->(a,b) {a=8, b=16}{{$}}
  %4 = mpc.gelu_grad tanh %x, %1 : tensor<8x16xf32>
  // CHECK-NEXT: mpc.cast (a,b)->(a,b) {a=8, b=16} linear
  %3 = mpc.cast %x : tensor<8x16xf32> to tensor<8x16xbf16>
  return
}

// CHECK: @state
func.func @state() {
  // CHECK-NEXT: mpc.read ->(a,b) {a=16, b=4}
  %0 = mpc.read @w : tensor<16x4xf32>
  // CHECK-NEXT: mpc.assign (a,b)-> {a=16, b=4}
  mpc.assign @w, %0 : tensor<16x4xf32>
  // CHECK-NEXT: mpc.constant ->(a,1) {a=8}
  %1 = mpc.constant 1.0 : tensor<8x1xf32>
  // CHECK-NEXT: mpc.global_index (a,b)->(1,b) {a=16, b=4}
  %2 = mpc.global_index %0 dim 1 : tensor<16x4xf32> -> tensor<1x4xi64>
  return
}

// CHECK: @contractions
func.func @contractions(%x: tensor<2x8x16xf32>, %w: tensor<16x4xf32>, %v: tensor<2x4x16xf32>, %h: tensor<16x3x5xf32>) {
  // CHECK-NEXT: mpc.matmul (a,b,d),(d,c)->(a,b,c) {a=2, b=8, c=4, d=16 sum}
  %0 = mpc.matmul %x, %w : (tensor<2x8x16xf32>, tensor<16x4xf32>) -> tensor<2x8x4xf32>
  // CHECK-NEXT: mpc.matmul (a,b,d),(a,c,d)->(a,b,c) {a=2, b=8, c=4, d=16 sum}
  %1 = mpc.matmul %x, %v transpose_rhs : (tensor<2x8x16xf32>, tensor<2x4x16xf32>) -> tensor<2x8x4xf32>
  // CHECK-NEXT: mpc.einsum (a,b,c),(c,d,e)->(a,b,d,e) {a=2, b=8, c=16 sum, d=3, e=5}
  %2 = mpc.einsum "bsk,khd->bshd" %x, %h : (tensor<2x8x16xf32>, tensor<16x3x5xf32>) -> tensor<2x8x3x5xf32>
  return
}

// CHECK: @reductions
func.func @reductions(%x: tensor<8x16xf32>, %s: tensor<16xf32>, %labels: tensor<8xi64>) {
  // CHECK-NEXT: mpc.reduce (a,b)->(a,1) {a=8, b=16 sum} linear
  %0 = mpc.reduce sum %x dims [1] : tensor<8x16xf32> -> tensor<8x1xf32>
  // CHECK-NEXT: mpc.reduce (a,b)->(1,b) {a=8 max, b=16}{{$}}
  %1 = mpc.reduce max %x dims [0] : tensor<8x16xf32> -> tensor<1x16xf32>
  // CHECK-NEXT: mpc.softmax (a,b)->(a,b) {a=8, b=16 inner}
  %2 = mpc.softmax %x dim 1 : tensor<8x16xf32>
  // CHECK-NEXT: mpc.layer_norm (a,b),(b),(b)->(a,b) {a=8, b=16 inner}
  %3 = mpc.layer_norm %x, %s, %s epsilon 1.0e-5 : (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<8x16xf32>
  // CHECK-NEXT: mpc.cross_entropy (a,b),(a)->(),() {a=8 sum, b=16 inner}
  %sum, %count = mpc.cross_entropy %x, %labels ignore -1 : tensor<8x16xf32>, tensor<8xi64>
  return
}

// CHECK: @attention
func.func @attention(%q: tensor<2x8x4x16xf32>, %k: tensor<2x9x2x16xf32>) {
  // Heads are groups (b) of heads that share a key (c).
  // CHECK-NEXT: mpc.attention (a,d,bc,f),(a,e,b,f),(a,e,b,g)->(a,d,bc,g) {a=2, b=2, c=2, d=8, e=9 inner, f=16 inner, g=16}
  %0 = mpc.attention %q, %k, %k scale 0.25 : (tensor<2x8x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x16xf32>) -> tensor<2x8x4x16xf32>
  // CHECK-NEXT: mpc.attention {{.*}} {a=2, b=2, c=2, d=8 inner, e=9 inner, f=16 inner, g=16}
  %1 = mpc.attention %q, %k, %k scale 0.25 causal : (tensor<2x8x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x16xf32>) -> tensor<2x8x4x16xf32>
  // Heads that share a key stay together: the key's gradient is a sum over them.
  // CHECK-NEXT: mpc.flash_attention (a,d,bc,f),(a,e,b,f),(a,e,b,g)->(a,d,bc,g),(a,bc,d) {a=2, b=2, c=2 whole, d=8 whole, e=9 whole, f=16 whole, g=16 whole}
  %y, %lse = mpc.flash_attention %q, %k, %k scale 0.25 : (tensor<2x8x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x16xf32>) -> (tensor<2x8x4x16xf32>, tensor<2x4x8xf32>)
  // CHECK-NEXT: mpc.flash_attention_grad (a,d,bc,g),(a,d,bc,f),(a,e,b,f),(a,e,b,g),(a,d,bc,g),(a,bc,d)->(a,d,bc,f),(a,e,b,f),(a,e,b,g) {a=2, b=2, c=2 whole, d=8 whole, e=9 whole, f=16 whole, g=16 whole}
  %dq, %dk, %dv = mpc.flash_attention_grad %y, %q, %k, %k, %y, %lse scale 0.25 : (tensor<2x8x4x16xf32>, tensor<2x8x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x16xf32>, tensor<2x8x4x16xf32>, tensor<2x4x8xf32>) -> (tensor<2x8x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x16xf32>)
  return
}

// CHECK: @tables
func.func @tables(%t: tensor<256x64xf32>, %ids: tensor<2x8xi64>) {
  // CHECK-NEXT: mpc.embedding (a,d),(b,c)->(b,c,d) {a=256 sum, b=2, c=8, d=64}
  %0 = mpc.embedding %t, %ids : (tensor<256x64xf32>, tensor<2x8xi64>) -> tensor<2x8x64xf32>
  // CHECK-NEXT: mpc.scatter_add (b,c),(b,c,d)->(a,d) {a=256, b=2 sum, c=8 sum, d=64}
  %1 = mpc.scatter_add %ids, %0 : (tensor<2x8xi64>, tensor<2x8x64xf32>) -> tensor<256x64xf32>
  return
}

// CHECK: @shapes
func.func @shapes(%x: tensor<2x6x12xf32>) {
  // CHECK-NEXT: mpc.reshape (a,b,cd)->(a,b,c,d) {a=2, b=6, c=3, d=4} linear
  %0 = mpc.reshape %x : tensor<2x6x12xf32> to tensor<2x6x3x4xf32>
  // Nothing in common: a whole dimension moves.
  // CHECK-NEXT: mpc.reshape (a,b,c)->(a,d,e) {a=2, b=6 whole, c=12 whole, d=8 whole, e=9 whole} linear
  %1 = mpc.reshape %x : tensor<2x6x12xf32> to tensor<2x8x9xf32>
  // CHECK-NEXT: mpc.transpose (a,b,c)->(c,a,b) {a=2, b=6, c=12} linear
  %2 = mpc.transpose %x [2, 0, 1] : tensor<2x6x12xf32> -> tensor<12x2x6xf32>
  // CHECK-NEXT: mpc.slice (a,b,c)->(a,b,d) {a=2, b=6, c=12 whole, d=3 whole} linear
  %3 = mpc.slice %x dim 2 start 1 size 3 : tensor<2x6x12xf32> -> tensor<2x6x3xf32>
  // CHECK-NEXT: mpc.concat (a,d,c),(a,e,c)->(a,b,c) {a=2, b=12 whole, c=12, d=6 whole, e=6 whole} linear
  %4 = mpc.concat %x, %x dim 1 : (tensor<2x6x12xf32>, tensor<2x6x12xf32>) -> tensor<2x12x12xf32>
  // CHECK-NEXT: mpc.broadcast (b,c,d)->(a,b,c,d) {a=5, b=2, c=6, d=12} linear
  %5 = mpc.broadcast %x : tensor<2x6x12xf32> to tensor<5x2x6x12xf32>
  return
}
