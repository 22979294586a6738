// RUN: mpc-opt %s -canonicalize -cse | FileCheck %s

mpc.variable @v parameter constant(0.0) : tensor<4xf32>

// CHECK-LABEL: @reads
func.func @reads() -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK-NEXT: %[[V:.*]] = mpc.read @v
  %dead = mpc.read @v : tensor<4xf32>
  %0 = mpc.read @v : tensor<4xf32>
  %1 = mpc.read @v : tensor<4xf32>
  // CHECK-NEXT: return %[[V]], %[[V]]
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: @assign
func.func @assign(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK-NEXT: %[[BEFORE:.*]] = mpc.read @v
  %0 = mpc.read @v : tensor<4xf32>
  // CHECK-NEXT: mpc.assign @v
  mpc.assign @v, %x : tensor<4xf32>
  // CHECK-NEXT: %[[AFTER:.*]] = mpc.read @v
  %1 = mpc.read @v : tensor<4xf32>
  // CHECK-NEXT: return %[[BEFORE]], %[[AFTER]]
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}
