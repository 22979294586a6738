// RUN: mpc-opt %s --mpc-decompose | FileCheck %s

// What stands for an op carries its tags.
// CHECK-LABEL: func.func @softmax
// CHECK: mpc.reduce max %{{.*}} dims [1] {mpc.origin = 7 : i64}
// CHECK: mpc.exp %{{.*}} {mpc.origin = 7 : i64}
// CHECK: mpc.reduce sum
// CHECK-NOT: mpc.softmax
func.func @softmax(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = mpc.softmax %x dim 1 {mpc.origin = 7 : i64} : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// Attention's own softmax is decomposed as well.
// CHECK-LABEL: func.func @attention
// CHECK-NOT: mpc.softmax
// CHECK-NOT: mpc.attention
// CHECK: mpc.global_index
func.func @attention(%q: tensor<2x4x2x8xf32>, %k: tensor<2x4x2x8xf32>, %v: tensor<2x4x2x8xf32>) -> tensor<2x4x2x8xf32> {
  %y = mpc.attention %q, %k, %v scale 0.5 causal
      : (tensor<2x4x2x8xf32>, tensor<2x4x2x8xf32>, tensor<2x4x2x8xf32>) -> tensor<2x4x2x8xf32>
  return %y : tensor<2x4x2x8xf32>
}

// Blocks of rows of a long causal attention need the keys before their end.
// CHECK-LABEL: func.func @long_attention
// CHECK: mpc.einsum "bshd,bthd->bhst" {{.*}} (tensor<2x150x2x8xf32>, tensor<2x150x2x8xf32>)
// CHECK: mpc.einsum "bhst,bthe->bshe" {{.*}} (tensor<2x2x150x150xf32>, tensor<2x150x2x8xf32>)
// CHECK: mpc.slice %arg0 dim 1 start 150 size 150
// CHECK: mpc.einsum "bshd,bthd->bhst" {{.*}} (tensor<2x150x2x8xf32>, tensor<2x300x2x8xf32>)
// CHECK: mpc.constant 150
// CHECK: mpc.concat {{.*}} dim 1
func.func @long_attention(%q: tensor<2x300x2x8xf32>, %k: tensor<2x300x2x8xf32>, %v: tensor<2x300x2x8xf32>) -> tensor<2x300x2x8xf32> {
  %y = mpc.attention %q, %k, %v scale 0.5 causal
      : (tensor<2x300x2x8xf32>, tensor<2x300x2x8xf32>, tensor<2x300x2x8xf32>) -> tensor<2x300x2x8xf32>
  return %y : tensor<2x300x2x8xf32>
}
