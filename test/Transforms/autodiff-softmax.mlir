// RUN: mpc-opt %s -mpc-autodiff=loss=cross-entropy | FileCheck %s
// RUN: mpc-opt %s -mpc-autodiff=loss=mse | FileCheck %s --check-prefix=MSE

// A network that ends in softmax over its classes: cross-entropy is taken of
// what goes into it, a squared difference of what comes out.

mpc.variable @w parameter normal(0.0, 0.05) : tensor<16x8xf32>
func.func @main(%x: tensor<4x16xf32> {mpc.name = "x"}) -> (tensor<4x8xf32> {mpc.name = "p"}) {
  %w = mpc.read @w : tensor<16x8xf32>
  %y = mpc.matmul %x, %w : (tensor<4x16xf32>, tensor<16x8xf32>) -> tensor<4x8xf32>
  %p = mpc.softmax %y dim 1 : tensor<4x8xf32>
  return %p : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @train_step
// CHECK: %[[Y:.*]] = mpc.matmul
// CHECK: mpc.cross_entropy %[[Y]]
// MSE-LABEL: func.func @train_step
// MSE: mpc.squared_error
