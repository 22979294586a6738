// RUN: mpc-opt %s --mpc-autodiff="loss=mse" | FileCheck %s

mpc.variable @q parameter normal(0.0, 0.05) : tensor<1x4x2x8xf32>

// Attention has no derivative of its own: its parts are forward ops with its
// number, and differentiated. The other model keeps it.
// CHECK-LABEL: func.func @main
// CHECK: mpc.attention
// CHECK-LABEL: func.func @train_step
// CHECK-NOT: mpc.attention
// CHECK: mpc.einsum "bshd,bthd->bhst" {{.*}} {mpc.origin = 0 : i64, mpc.phase = #mpc.phase<forward>}
// CHECK: mpc.softmax {{.*}} {mpc.origin = 0 : i64, mpc.phase = #mpc.phase<forward>}
// CHECK: mpc.einsum "bhst,bthe->bshe" {{.*}} {mpc.origin = 0 : i64, mpc.phase = #mpc.phase<forward>}
// CHECK: mpc.squared_error {{.*}} {mpc.origin = 1 : i64
// The keys and values are inputs: of five contractions backward two are needed.
// CHECK: mpc.einsum "bshe,bthe->bhst" {{.*}} {mpc.origin = 0 : i64, mpc.phase = #mpc.phase<input_grad>}
// CHECK-COUNT-1: mpc.einsum
// CHECK-NOT: mpc.einsum
func.func @main(%k: tensor<1x4x2x8xf32>, %v: tensor<1x4x2x8xf32>) -> tensor<1x4x2x8xf32> {
  %q = mpc.read @q : tensor<1x4x2x8xf32>
  %y = mpc.attention %q, %k, %v scale 0.25 causal : (tensor<1x4x2x8xf32>, tensor<1x4x2x8xf32>, tensor<1x4x2x8xf32>) -> tensor<1x4x2x8xf32>
  return %y : tensor<1x4x2x8xf32>
}
