// RUN: mpc-opt %s -canonicalize | FileCheck %s

// A kernel nobody reads is not run.
// CHECK-LABEL: @unread
// CHECK-NOT: mpc.fused
func.func @unread(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = mpc.fused (%a = %x : tensor<8xf32>) -> (tensor<8xf32>) {
    %1 = mpc.relu %a : tensor<8xf32>
    mpc.yield %1 : tensor<8xf32>
  }
  return %x : tensor<8xf32>
}

// Inside of a region ops fold as they do outside.
// CHECK-LABEL: @inside
// CHECK: mpc.fused (%[[A:.*]] = %{{.*}} : tensor<8xf32>)
// CHECK-NEXT: mpc.yield %[[A]]
func.func @inside(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = mpc.fused (%a = %x : tensor<8xf32>) -> (tensor<8xf32>) {
    %1 = mpc.constant 0.0 : tensor<8xf32>
    %2 = mpc.add %a, %1 : tensor<8xf32>
    mpc.yield %2 : tensor<8xf32>
  }
  return %0 : tensor<8xf32>
}
