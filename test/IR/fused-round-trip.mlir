// RUN: mpc-opt %s | mpc-opt | FileCheck %s
// RUN: mpc-opt --mlir-print-op-generic %s | mpc-opt | FileCheck %s

// CHECK-LABEL: @fused
func.func @fused(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  // CHECK: %[[R:.*]]:2 = mpc.fused (%[[A:.*]] = %{{.*}} : tensor<8xf32>, %[[B:.*]] = %{{.*}} : tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  // CHECK-NEXT:   %[[RELU:.*]] = mpc.relu %[[A]] : tensor<8xf32>
  // CHECK-NEXT:   %[[ADD:.*]] = mpc.add %[[RELU]], %[[B]] : tensor<8xf32>
  // CHECK-NEXT:   mpc.yield %[[RELU]], %[[ADD]] : tensor<8xf32>, tensor<8xf32>
  // CHECK-NEXT: }
  %r:2 = mpc.fused (%a = %x : tensor<8xf32>, %b = %y : tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
    %0 = mpc.relu %a : tensor<8xf32>
    %1 = mpc.add %0, %b : tensor<8xf32>
    mpc.yield %0, %1 : tensor<8xf32>, tensor<8xf32>
  }
  // CHECK: mpc.fused () -> (tensor<8xf32>) attributes {mpc.origin = 1 : i64} {
  %s = mpc.fused () -> (tensor<8xf32>) attributes {mpc.origin = 1 : i64} {
    %2 = mpc.constant 1.0 : tensor<8xf32>
    mpc.yield %2 : tensor<8xf32>
  }
  return %r#1 : tensor<8xf32>
}
