// RUN: mpc-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: @identities
// CHECK-SAME: (%[[X:.*]]: tensor<8xf32>
func.func @identities(%x: tensor<8xf32>) -> tensor<8xf32> {
  %zero = mpc.constant 0.0 : tensor<8xf32>
  %one = mpc.constant 1.0 : tensor<f32>
  %0 = mpc.add %zero, %x : tensor<8xf32>
  %1 = mpc.sub %0, %zero : tensor<8xf32>
  %2 = mpc.mul %1, %one : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %3 = mpc.div %2, %one : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %4 = mpc.pow %3, %one : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %5 = mpc.maximum %4, %4 : tensor<8xf32>
  %6 = mpc.minimum %5, %5 : tensor<8xf32>
  %7 = mpc.neg %6 : tensor<8xf32>
  %8 = mpc.neg %7 : tensor<8xf32>
  // CHECK-NEXT: return %[[X]]
  return %8 : tensor<8xf32>
}

// An identity that broadcasts is none.
// CHECK-LABEL: @broadcasting_zero
func.func @broadcasting_zero(%x: tensor<8xf32>) -> tensor<4x8xf32> {
  %zero = mpc.constant 0.0 : tensor<4x8xf32>
  // CHECK: mpc.add
  %0 = mpc.add %x, %zero : (tensor<8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// CHECK-LABEL: @other_neutral
func.func @other_neutral(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %zero = mpc.constant 0.0 : tensor<8xf32>
  %one = mpc.constant 1.0 : tensor<8xf32>
  // CHECK: mpc.add
  %0 = mpc.add %x, %one : tensor<8xf32>
  // CHECK: mpc.mul
  %1 = mpc.mul %x, %zero : tensor<8xf32>
  // CHECK: mpc.sub
  %2 = mpc.sub %zero, %x : tensor<8xf32>
  return %0, %1, %2 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}

// CHECK-LABEL: @logic
// CHECK-SAME: (%[[X:.*]]: tensor<8xi1>
func.func @logic(%x: tensor<8xi1>) -> tensor<8xi1> {
  %true = mpc.constant true : tensor<8xi1>
  %false = mpc.constant false : tensor<8xi1>
  %0 = mpc.and %x, %true : tensor<8xi1>
  %1 = mpc.or %0, %false : tensor<8xi1>
  %2 = mpc.and %1, %1 : tensor<8xi1>
  %3 = mpc.or %2, %2 : tensor<8xi1>
  // CHECK-NEXT: return %[[X]]
  return %3 : tensor<8xi1>
}

// CHECK-LABEL: @constants
func.func @constants() -> (tensor<4x8xf32>, tensor<i64>, tensor<f32>, tensor<f32>, tensor<8xbf16>) {
  %a = mpc.constant 1.5 : tensor<8xf32>
  %b = mpc.constant 2.0 : tensor<4x1xf32>
  %i = mpc.constant 7 : tensor<i64>
  %j = mpc.constant -2 : tensor<i64>
  %c = mpc.constant -1.0 : tensor<f32>
  %0 = mpc.mul %a, %b : (tensor<8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  %1 = mpc.div %i, %j : tensor<i64>
  %2 = mpc.maximum %c, %c : tensor<f32>
  %3 = mpc.neg %2 : tensor<f32>
  %4 = mpc.sub %2, %3 : tensor<f32>
  %5 = mpc.cast %a : tensor<8xf32> to tensor<8xbf16>
  // CHECK-DAG: %[[MUL:.*]] = mpc.constant 3.0 : tensor<4x8xf32>
  // CHECK-DAG: %[[DIV:.*]] = mpc.constant -3 : tensor<i64>
  // CHECK-DAG: %[[NEG:.*]] = mpc.constant 1.0 : tensor<f32>
  // CHECK-DAG: %[[SUB:.*]] = mpc.constant -2.0 : tensor<f32>
  // CHECK-DAG: %[[CAST:.*]] = mpc.constant 1.5 : tensor<8xbf16>
  // CHECK: return %[[MUL]], %[[DIV]], %[[NEG]], %[[SUB]], %[[CAST]]
  return %0, %1, %3, %4, %5 : tensor<4x8xf32>, tensor<i64>, tensor<f32>, tensor<f32>, tensor<8xbf16>
}

// CHECK-LABEL: @division_by_zero
func.func @division_by_zero() -> tensor<i64> {
  %a = mpc.constant 7 : tensor<i64>
  %b = mpc.constant 0 : tensor<i64>
  // CHECK: mpc.div
  %0 = mpc.div %a, %b : tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: @select
// CHECK-SAME: (%[[C:.*]]: tensor<8xi1>, %[[A:.*]]: tensor<8xf32>, %[[B:.*]]: tensor<8xf32>)
func.func @select(%c: tensor<8xi1>, %a: tensor<8xf32>, %b: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %false = mpc.constant false : tensor<8xi1>
  %0 = mpc.select %false, %a, %b : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %1 = mpc.select %c, %a, %a : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  // CHECK-NEXT: return %[[B]], %[[A]]
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// CHECK-LABEL: @casts
// CHECK-SAME: (%[[X:.*]]: tensor<8xbf16>, %[[Y:.*]]: tensor<8xf32>)
func.func @casts(%x: tensor<8xbf16>, %y: tensor<8xf32>) -> (tensor<8xbf16>, tensor<8xf32>) {
  %0 = mpc.cast %x : tensor<8xbf16> to tensor<8xbf16>
  %1 = mpc.cast %0 : tensor<8xbf16> to tensor<8xf32>
  %2 = mpc.cast %1 : tensor<8xf32> to tensor<8xbf16>
  // This one rounds.
  // CHECK-NEXT: %[[ROUNDED:.*]] = mpc.cast %[[Y]] : tensor<8xf32> to tensor<8xbf16>
  %3 = mpc.cast %y : tensor<8xf32> to tensor<8xbf16>
  // CHECK-NEXT: %[[WIDE:.*]] = mpc.cast %[[ROUNDED]]
  %4 = mpc.cast %3 : tensor<8xbf16> to tensor<8xf32>
  // CHECK-NEXT: return %[[X]], %[[WIDE]]
  return %2, %4 : tensor<8xbf16>, tensor<8xf32>
}

// CHECK-LABEL: @implied_broadcast
// CHECK-SAME: (%[[X:.*]]: tensor<4x8xf32>, %[[B:.*]]: tensor<8xf32>)
func.func @implied_broadcast(%x: tensor<4x8xf32>, %b: tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  // CHECK: %[[WIDE:.*]] = mpc.broadcast %[[B]]
  %0 = mpc.broadcast %b : tensor<8xf32> to tensor<4x8xf32>
  // CHECK: %[[ADD:.*]] = mpc.add %[[X]], %[[B]] {mpc.origin = 3 : i64} : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  %1 = mpc.add %x, %0 {mpc.origin = 3 : i64} : tensor<4x8xf32>
  // One of the two gives the result its shape, and stays.
  // CHECK: mpc.mul %[[B]], %[[WIDE]] : (tensor<8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = mpc.mul %0, %0 : tensor<4x8xf32>
  return %1, %2 : tensor<4x8xf32>, tensor<4x8xf32>
}
