// RUN: mpc-opt %s | mpc-opt | FileCheck %s

// CHECK: mpc.variable @w parameter normal(0.0, 0.05) : tensor<784x10xf32>
mpc.variable @w parameter normal(0.0, 0.05) : tensor<784x10xf32>
func.func @main(%x: tensor<32x784xf32>) -> tensor<32x10xf32> {
  %w = mpc.read @w : tensor<784x10xf32>
  // CHECK: mpc.matmul %{{.*}}, %{{.*}} : (tensor<32x784xf32>, tensor<784x10xf32>) -> tensor<32x10xf32>
  %y = mpc.matmul %x, %w : (tensor<32x784xf32>, tensor<784x10xf32>) -> tensor<32x10xf32>
  return %y : tensor<32x10xf32>
}
