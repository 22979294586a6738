// RUN: mpc-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: @matmul
// CHECK-SAME: (%[[A:.*]]: tensor<16x8xf32>, %[[B:.*]]: tensor<16x4xf32>)
func.func @matmul(%a: tensor<16x8xf32>, %b: tensor<16x4xf32>) -> (tensor<8x4xf32>, tensor<4x8xf32>) {
  %0 = mpc.transpose %a [1, 0] : tensor<16x8xf32> -> tensor<8x16xf32>
  // CHECK-NEXT: %[[Y:.*]] = mpc.matmul %[[A]], %[[B]] transpose_lhs {mpc.origin = 1 : i64} : (tensor<16x8xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  %1 = mpc.matmul %0, %b {mpc.origin = 1 : i64} : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  // CHECK-NEXT: %[[Z:.*]] = mpc.matmul %[[B]], %[[A]] transpose_lhs : (tensor<16x4xf32>, tensor<16x8xf32>) -> tensor<4x8xf32>
  %2 = mpc.matmul %b, %0 transpose_lhs transpose_rhs : (tensor<16x4xf32>, tensor<8x16xf32>) -> tensor<4x8xf32>
  // CHECK-NEXT: return %[[Y]], %[[Z]]
  return %1, %2 : tensor<8x4xf32>, tensor<4x8xf32>
}

// A transpose of batch dimensions stays.
// CHECK-LABEL: @batched
func.func @batched(%a: tensor<3x2x8x16xf32>, %b: tensor<16x4xf32>) -> tensor<2x3x8x4xf32> {
  // CHECK: mpc.transpose
  %0 = mpc.transpose %a [1, 0, 2, 3] : tensor<3x2x8x16xf32> -> tensor<2x3x8x16xf32>
  %1 = mpc.matmul %0, %b : (tensor<2x3x8x16xf32>, tensor<16x4xf32>) -> tensor<2x3x8x4xf32>
  return %1 : tensor<2x3x8x4xf32>
}

// CHECK-LABEL: @einsum
// CHECK-SAME: (%[[A:.*]]: tensor<2x3x4xf32>, %[[B:.*]]: tensor<5x3xf32>)
func.func @einsum(%a: tensor<2x3x4xf32>, %b: tensor<5x3xf32>) -> tensor<4x2x5xf32> {
  %0 = mpc.transpose %a [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  // CHECK-NEXT: mpc.einsum "yzx,kz->xyk" %[[A]], %[[B]] : (tensor<2x3x4xf32>, tensor<5x3xf32>) -> tensor<4x2x5xf32>
  %1 = mpc.einsum "xyz,kz->xyk" %0, %b : (tensor<4x2x3xf32>, tensor<5x3xf32>) -> tensor<4x2x5xf32>
  return %1 : tensor<4x2x5xf32>
}

// CHECK-LABEL: @reduce
// CHECK-SAME: (%[[X:.*]]: tensor<8x1x4xf32>)
func.func @reduce(%x: tensor<8x1x4xf32>) -> (tensor<1x1x1xf32>, tensor<8x1x4xf32>, tensor<1x1x1xf32>) {
  %0 = mpc.reduce sum %x dims [2] : tensor<8x1x4xf32> -> tensor<8x1x1xf32>
  // CHECK: %[[BOTH:.*]] = mpc.reduce sum %[[X]] dims [0, 2] : tensor<8x1x4xf32> -> tensor<1x1x1xf32>
  %1 = mpc.reduce sum %0 dims [0] : tensor<8x1x1xf32> -> tensor<1x1x1xf32>
  %2 = mpc.reduce max %x dims [1] : tensor<8x1x4xf32> -> tensor<8x1x4xf32>
  %3 = mpc.reduce max %x dims [0] : tensor<8x1x4xf32> -> tensor<1x1x4xf32>
  // CHECK: mpc.reduce max
  // CHECK: %[[MIXED:.*]] = mpc.reduce sum
  %4 = mpc.reduce sum %3 dims [2] : tensor<1x1x4xf32> -> tensor<1x1x1xf32>
  // CHECK: return %[[BOTH]], %[[X]], %[[MIXED]]
  return %1, %2, %4 : tensor<1x1x1xf32>, tensor<8x1x4xf32>, tensor<1x1x1xf32>
}

// CHECK-LABEL: @no_dropout
// CHECK-SAME: (%[[X:.*]]: tensor<8xf32>
func.func @no_dropout(%x: tensor<8xf32>, %step: tensor<i64>) -> tensor<8xf32> {
  // CHECK-NEXT: return %[[X]]
  %0 = mpc.dropout %x, %step rate 0.0 seed 7 : tensor<8xf32>
  return %0 : tensor<8xf32>
}
