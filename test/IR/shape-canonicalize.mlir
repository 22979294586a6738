// RUN: mpc-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: @identities
// CHECK-SAME: (%[[X:.*]]: tensor<8x4xf32>)
func.func @identities(%x: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %0 = mpc.reshape %x : tensor<8x4xf32> to tensor<8x4xf32>
  %1 = mpc.transpose %0 [0, 1] : tensor<8x4xf32> -> tensor<8x4xf32>
  %2 = mpc.broadcast %1 : tensor<8x4xf32> to tensor<8x4xf32>
  %3 = mpc.slice %2 dim 0 start 0 size 8 : tensor<8x4xf32> -> tensor<8x4xf32>
  %4 = mpc.concat %3 dim 1 : (tensor<8x4xf32>) -> tensor<8x4xf32>
  // CHECK-NEXT: return %[[X]]
  return %4 : tensor<8x4xf32>
}

// Equal types, but not equal values.
// CHECK-LABEL: @square_transpose
func.func @square_transpose(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  // CHECK: mpc.transpose
  %0 = mpc.transpose %x [1, 0] : tensor<8x8xf32> -> tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}

// CHECK-LABEL: @chains
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4xf32>)
func.func @chains(%x: tensor<2x3x4xf32>) -> (tensor<12x2xf32>, tensor<3x4x2xf32>, tensor<2x3x4xf32>, tensor<5x2x3x4xf32>) {
  // CHECK-DAG: %[[RESHAPE:.*]] = mpc.reshape %[[X]] : tensor<2x3x4xf32> to tensor<12x2xf32>
  %0 = mpc.reshape %x : tensor<2x3x4xf32> to tensor<24xf32>
  %1 = mpc.reshape %0 : tensor<24xf32> to tensor<12x2xf32>
  // CHECK-DAG: %[[TRANSPOSE:.*]] = mpc.transpose %[[X]] [1, 2, 0] : tensor<2x3x4xf32> -> tensor<3x4x2xf32>
  %2 = mpc.transpose %x [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %3 = mpc.transpose %2 [2, 0, 1] : tensor<4x2x3xf32> -> tensor<3x4x2xf32>
  %4 = mpc.transpose %3 [2, 0, 1] : tensor<3x4x2xf32> -> tensor<2x3x4xf32>
  // CHECK-DAG: %[[BROADCAST:.*]] = mpc.broadcast %[[X]] : tensor<2x3x4xf32> to tensor<5x2x3x4xf32>
  %5 = mpc.broadcast %x : tensor<2x3x4xf32> to tensor<1x2x3x4xf32>
  %6 = mpc.broadcast %5 : tensor<1x2x3x4xf32> to tensor<5x2x3x4xf32>
  // CHECK: return %[[RESHAPE]], %[[TRANSPOSE]], %[[X]], %[[BROADCAST]]
  return %1, %3, %4, %6 : tensor<12x2xf32>, tensor<3x4x2xf32>, tensor<2x3x4xf32>, tensor<5x2x3x4xf32>
}

// CHECK-LABEL: @slices
// CHECK-SAME: (%[[X:.*]]: tensor<8xf32>, %[[Y:.*]]: tensor<4xf32>)
func.func @slices(%x: tensor<8xf32>, %y: tensor<4xf32>) -> (tensor<2xf32>, tensor<4xf32>, tensor<8xf32>) {
  // CHECK-NEXT: %[[SLICE:.*]] = mpc.slice %[[X]] dim 0 start 3 size 2 : tensor<8xf32> -> tensor<2xf32>
  %0 = mpc.slice %x dim 0 start 2 size 4 : tensor<8xf32> -> tensor<4xf32>
  %1 = mpc.slice %0 dim 0 start 1 size 2 : tensor<4xf32> -> tensor<2xf32>
  %2 = mpc.concat %x, %y dim 0 : (tensor<8xf32>, tensor<4xf32>) -> tensor<12xf32>
  %3 = mpc.slice %2 dim 0 start 8 size 4 : tensor<12xf32> -> tensor<4xf32>
  %4 = mpc.slice %x dim 0 start 0 size 3 : tensor<8xf32> -> tensor<3xf32>
  %5 = mpc.slice %x dim 0 start 3 size 5 : tensor<8xf32> -> tensor<5xf32>
  %6 = mpc.concat %4, %5 dim 0 : (tensor<3xf32>, tensor<5xf32>) -> tensor<8xf32>
  // CHECK-NEXT: return %[[SLICE]], %[[Y]], %[[X]]
  return %1, %3, %6 : tensor<2xf32>, tensor<4xf32>, tensor<8xf32>
}

// CHECK-LABEL: @swapped_halves
func.func @swapped_halves(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = mpc.slice %x dim 0 start 0 size 4 : tensor<8xf32> -> tensor<4xf32>
  %1 = mpc.slice %x dim 0 start 4 size 4 : tensor<8xf32> -> tensor<4xf32>
  // CHECK: mpc.concat
  %2 = mpc.concat %1, %0 dim 0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
  return %2 : tensor<8xf32>
}

// CHECK-LABEL: @constants
func.func @constants() -> tensor<6x2xf32> {
  // CHECK-NEXT: %[[C:.*]] = mpc.constant 2.0 : tensor<6x2xf32>
  // CHECK-NEXT: return %[[C]]
  %0 = mpc.constant 2.0 : tensor<6xf32>
  %1 = mpc.reshape %0 : tensor<6xf32> to tensor<2x3xf32>
  %2 = mpc.transpose %1 [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %3 = mpc.concat %2, %2 dim 0 : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<6x2xf32>
  return %3 : tensor<6x2xf32>
}

// The gradients of slices that take a tensor apart: one concatenation.
// CHECK-LABEL: @sum_of_pads
// CHECK-SAME: (%[[X:.*]]: tensor<2xf32>, %[[Y:.*]]: tensor<3xf32>)
func.func @sum_of_pads(%x: tensor<2xf32>, %y: tensor<3xf32>) -> (tensor<8xf32>, tensor<5xf32>) {
  // CHECK-DAG: %[[TWO:.*]] = mpc.constant 0.0 : tensor<2xf32>
  // CHECK-DAG: %[[ONE:.*]] = mpc.constant 0.0 : tensor<1xf32>
  // CHECK-DAG: %[[GAPS:.*]] = mpc.concat %[[X]], %[[ONE]], %[[Y]], %[[TWO]] dim 0
  // CHECK-DAG: %[[ALL:.*]] = mpc.concat %[[X]], %[[Y]] dim 0
  %six = mpc.constant 0.0 : tensor<6xf32>
  %three = mpc.constant 0.0 : tensor<3xf32>
  %two = mpc.constant 0.0 : tensor<2xf32>
  %0 = mpc.concat %x, %six dim 0 : (tensor<2xf32>, tensor<6xf32>) -> tensor<8xf32>
  %1 = mpc.concat %three, %y, %two dim 0 : (tensor<3xf32>, tensor<3xf32>, tensor<2xf32>) -> tensor<8xf32>
  %2 = mpc.add %1, %0 : tensor<8xf32>
  %3 = mpc.concat %x, %three dim 0 : (tensor<2xf32>, tensor<3xf32>) -> tensor<5xf32>
  %4 = mpc.concat %two, %y dim 0 : (tensor<2xf32>, tensor<3xf32>) -> tensor<5xf32>
  %5 = mpc.add %3, %4 : tensor<5xf32>
  // CHECK: return %[[GAPS]], %[[ALL]]
  return %2, %5 : tensor<8xf32>, tensor<5xf32>
}

// CHECK-LABEL: @sum_of_overlapping_pads
func.func @sum_of_overlapping_pads(%x: tensor<2xf32>) -> tensor<4xf32> {
  %two = mpc.constant 0.0 : tensor<2xf32>
  %one = mpc.constant 0.0 : tensor<1xf32>
  %0 = mpc.concat %x, %two dim 0 : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  %1 = mpc.concat %one, %x, %one dim 0 : (tensor<1xf32>, tensor<2xf32>, tensor<1xf32>) -> tensor<4xf32>
  // CHECK: mpc.add
  %2 = mpc.add %0, %1 : tensor<4xf32>
  return %2 : tensor<4xf32>
}
