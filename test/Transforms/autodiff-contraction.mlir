// RUN: mpc-opt %s --mpc-autodiff="loss=mse" | FileCheck %s

mpc.variable @w parameter normal(0.0, 0.05) : tensor<16x4xf32>
mpc.variable @u parameter normal(0.0, 0.05) : tensor<16x16xf32>

// A weight shared by a batch of matrices: one contraction over all of it.
// CHECK-LABEL: func.func @train_step(
// CHECK-SAME: tensor<2x8x4xf32> {mpc.name = "label"}
// CHECK: mpc.squared_error
// CHECK: mpc.einsum "axz,axy->zy" %{{.*}}, %{{.*}} {mpc.origin = 1 : i64, mpc.phase = #mpc.phase<weight_grad>}
// CHECK: mpc.einsum "axz,axy->zy" %{{.*}}, %{{.*}} {mpc.origin = 0 : i64, mpc.phase = #mpc.phase<weight_grad>}
func.func @main(%x: tensor<2x8x16xf32>) -> tensor<2x8x4xf32> {
  %u = mpc.read @u : tensor<16x16xf32>
  %h = mpc.matmul %x, %u : (tensor<2x8x16xf32>, tensor<16x16xf32>) -> tensor<2x8x16xf32>
  %w = mpc.read @w : tensor<16x4xf32>
  %y = mpc.matmul %h, %w : (tensor<2x8x16xf32>, tensor<16x4xf32>) -> tensor<2x8x4xf32>
  return %y : tensor<2x8x4xf32>
}
