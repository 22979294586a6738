// RUN: mpc-opt %s | mpc-opt | FileCheck %s
// RUN: mpc-opt --mlir-print-op-generic %s | mpc-opt | FileCheck %s

// CHECK-LABEL: @shapes
func.func @shapes(%x: tensor<2x8x12xf32>) {
  // CHECK: mpc.reshape %{{.*}} : tensor<2x8x12xf32> to tensor<2x8x3x4xf32>
  %0 = mpc.reshape %x : tensor<2x8x12xf32> to tensor<2x8x3x4xf32>
  // CHECK: mpc.transpose %{{.*}} [0, 2, 1, 3] : tensor<2x8x3x4xf32> -> tensor<2x3x8x4xf32>
  %1 = mpc.transpose %0 [0, 2, 1, 3] : tensor<2x8x3x4xf32> -> tensor<2x3x8x4xf32>
  // CHECK: mpc.slice %{{.*}} dim 1 start 1 size 2 : tensor<2x3x8x4xf32> -> tensor<2x2x8x4xf32>
  %2 = mpc.slice %1 dim 1 start 1 size 2 : tensor<2x3x8x4xf32> -> tensor<2x2x8x4xf32>
  // CHECK: mpc.concat %{{.*}}, %{{.*}} dim 1 : (tensor<2x3x8x4xf32>, tensor<2x2x8x4xf32>) -> tensor<2x5x8x4xf32>
  %3 = mpc.concat %1, %2 dim 1 : (tensor<2x3x8x4xf32>, tensor<2x2x8x4xf32>) -> tensor<2x5x8x4xf32>
  // CHECK: mpc.reduce sum %{{.*}} dims [1, 2] : tensor<2x5x8x4xf32> -> tensor<2x1x1x4xf32>
  %4 = mpc.reduce sum %3 dims [1, 2] : tensor<2x5x8x4xf32> -> tensor<2x1x1x4xf32>
  // CHECK: mpc.broadcast %{{.*}} : tensor<2x1x1x4xf32> to tensor<3x2x5x8x4xf32>
  %5 = mpc.broadcast %4 : tensor<2x1x1x4xf32> to tensor<3x2x5x8x4xf32>
  // CHECK: mpc.global_index %{{.*}} dim 1 : tensor<2x8x12xf32> -> tensor<1x8x1xi64>
  %6 = mpc.global_index %x dim 1 : tensor<2x8x12xf32> -> tensor<1x8x1xi64>
  // CHECK: mpc.global_index %{{.*}} dim 2 offset <["tensor"] by 12> : tensor<2x8x12xf32> -> tensor<1x1x12xi64>
  %7 = mpc.global_index %x dim 2 offset <["tensor"] by 12> : tensor<2x8x12xf32> -> tensor<1x1x12xi64>
  return
}
