// RUN: mpc-opt %s -split-input-file -mpc-raise | FileCheck %s

// Heads before positions; both sides scaled; a causal mask; a guard for NaN.

// CHECK-LABEL: @causal
// CHECK-SAME: (%[[Q:.*]]: tensor<2x6x4x8xf32>, %[[K:.*]]: tensor<2x6x4x8xf32>, %[[V:.*]]: tensor<2x6x4x8xf32>)
// CHECK-NEXT: %[[Y:.*]] = mpc.attention %[[Q]], %[[K]], %[[V]] scale 2.500000e-01 causal
// CHECK-NEXT: return %[[Y]]
func.func @causal(%q: tensor<2x6x4x8xf32>, %k: tensor<2x6x4x8xf32>, %v: tensor<2x6x4x8xf32>) -> tensor<2x6x4x8xf32> {
  %s = mpc.constant 0.5 : tensor<f32>
  %zero = mpc.constant 0.0 : tensor<f32>
  %low = mpc.constant -3.40282347E+38 : tensor<f32>
  %shape = mpc.constant 0.0 : tensor<6x6xf32>
  %qt = mpc.transpose %q [0, 2, 1, 3] : tensor<2x6x4x8xf32> -> tensor<2x4x6x8xf32>
  %kt = mpc.transpose %k [0, 2, 1, 3] : tensor<2x6x4x8xf32> -> tensor<2x4x6x8xf32>
  %vt = mpc.transpose %v [0, 2, 1, 3] : tensor<2x6x4x8xf32> -> tensor<2x4x6x8xf32>
  %k3 = mpc.reshape %kt : tensor<2x4x6x8xf32> to tensor<8x6x8xf32>
  %k4 = mpc.transpose %k3 [0, 2, 1] : tensor<8x6x8xf32> -> tensor<8x8x6xf32>
  %k5 = mpc.reshape %k4 : tensor<8x8x6xf32> to tensor<2x4x8x6xf32>
  %qs = mpc.mul %qt, %s : (tensor<2x4x6x8xf32>, tensor<f32>) -> tensor<2x4x6x8xf32>
  %ks = mpc.mul %k5, %s : (tensor<2x4x8x6xf32>, tensor<f32>) -> tensor<2x4x8x6xf32>
  %0 = mpc.matmul %qs, %ks : (tensor<2x4x6x8xf32>, tensor<2x4x8x6xf32>) -> tensor<2x4x6x6xf32>
  %i = mpc.global_index %shape dim 0 : tensor<6x6xf32> -> tensor<6x1xi64>
  %j = mpc.global_index %shape dim 1 : tensor<6x6xf32> -> tensor<1x6xi64>
  %sees = mpc.compare ge %i, %j : (tensor<6x1xi64>, tensor<1x6xi64>) -> tensor<6x6xi1>
  %mask = mpc.select %sees, %zero, %low : (tensor<6x6xi1>, tensor<f32>, tensor<f32>) -> tensor<6x6xf32>
  %mask4 = mpc.reshape %mask : tensor<6x6xf32> to tensor<1x1x6x6xf32>
  %1 = mpc.add %0, %mask4 : (tensor<2x4x6x6xf32>, tensor<1x1x6x6xf32>) -> tensor<2x4x6x6xf32>
  %2 = mpc.softmax %1 dim 3 : tensor<2x4x6x6xf32>
  %nan = mpc.compare ne %2, %2 : (tensor<2x4x6x6xf32>, tensor<2x4x6x6xf32>) -> tensor<2x4x6x6xi1>
  %3 = mpc.select %nan, %zero, %2 : (tensor<2x4x6x6xi1>, tensor<f32>, tensor<2x4x6x6xf32>) -> tensor<2x4x6x6xf32>
  %4 = mpc.matmul %3, %vt : (tensor<2x4x6x6xf32>, tensor<2x4x6x8xf32>) -> tensor<2x4x6x8xf32>
  %5 = mpc.transpose %4 [0, 2, 1, 3] : tensor<2x4x6x8xf32> -> tensor<2x6x4x8xf32>
  return %5 : tensor<2x6x4x8xf32>
}

// -----

// A mask of the model stays one; the scale may divide the scores.

// CHECK-LABEL: @masked
// CHECK: mpc.attention %arg0, %arg1, %arg2 mask %arg3 scale 2.500000e-01 :
func.func @masked(%q: tensor<2x6x4x8xf32>, %k: tensor<2x6x4x8xf32>, %v: tensor<2x6x4x8xf32>, %mask: tensor<2x1x6x6xf32>) -> tensor<2x6x4x8xf32> {
  %s = mpc.constant 4.0 : tensor<f32>
  %qt = mpc.transpose %q [0, 2, 1, 3] : tensor<2x6x4x8xf32> -> tensor<2x4x6x8xf32>
  %kt = mpc.transpose %k [0, 2, 3, 1] : tensor<2x6x4x8xf32> -> tensor<2x4x8x6xf32>
  %vt = mpc.transpose %v [0, 2, 1, 3] : tensor<2x6x4x8xf32> -> tensor<2x4x6x8xf32>
  %0 = mpc.matmul %qt, %kt : (tensor<2x4x6x8xf32>, tensor<2x4x8x6xf32>) -> tensor<2x4x6x6xf32>
  %1 = mpc.div %0, %s : (tensor<2x4x6x6xf32>, tensor<f32>) -> tensor<2x4x6x6xf32>
  %2 = mpc.add %1, %mask : (tensor<2x4x6x6xf32>, tensor<2x1x6x6xf32>) -> tensor<2x4x6x6xf32>
  %3 = mpc.softmax %2 dim 3 : tensor<2x4x6x6xf32>
  %4 = mpc.matmul %3, %vt : (tensor<2x4x6x6xf32>, tensor<2x4x6x8xf32>) -> tensor<2x4x6x8xf32>
  %5 = mpc.transpose %4 [0, 2, 1, 3] : tensor<2x4x6x8xf32> -> tensor<2x6x4x8xf32>
  return %5 : tensor<2x6x4x8xf32>
}

// -----

// Keys and values that are repeated for the heads of a group are shared.

// CHECK-LABEL: @grouped
// CHECK: mpc.attention %arg0, %arg1, %arg2 scale 1.0{{.*}} : (tensor<2x6x4x8xf32>, tensor<2x6x2x8xf32>, tensor<2x6x2x8xf32>)
func.func @grouped(%q: tensor<2x6x4x8xf32>, %k: tensor<2x6x2x8xf32>, %v: tensor<2x6x2x8xf32>) -> tensor<2x6x4x8xf32> {
  %kt = mpc.transpose %k [0, 2, 1, 3] : tensor<2x6x2x8xf32> -> tensor<2x2x6x8xf32>
  %k5 = mpc.reshape %kt : tensor<2x2x6x8xf32> to tensor<2x2x1x6x8xf32>
  %kr = mpc.broadcast %k5 : tensor<2x2x1x6x8xf32> to tensor<2x2x2x6x8xf32>
  %kh = mpc.reshape %kr : tensor<2x2x2x6x8xf32> to tensor<2x4x6x8xf32>
  %ks = mpc.transpose %kh [0, 2, 1, 3] : tensor<2x4x6x8xf32> -> tensor<2x6x4x8xf32>
  %vt = mpc.transpose %v [0, 2, 1, 3] : tensor<2x6x2x8xf32> -> tensor<2x2x6x8xf32>
  %v5 = mpc.reshape %vt : tensor<2x2x6x8xf32> to tensor<2x2x1x6x8xf32>
  %vr = mpc.broadcast %v5 : tensor<2x2x1x6x8xf32> to tensor<2x2x2x6x8xf32>
  %vh = mpc.reshape %vr : tensor<2x2x2x6x8xf32> to tensor<2x4x6x8xf32>
  %vs = mpc.transpose %vh [0, 2, 1, 3] : tensor<2x4x6x8xf32> -> tensor<2x6x4x8xf32>
  %0 = mpc.attention %q, %ks, %vs scale 1.0 : (tensor<2x6x4x8xf32>, tensor<2x6x4x8xf32>, tensor<2x6x4x8xf32>) -> tensor<2x6x4x8xf32>
  return %0 : tensor<2x6x4x8xf32>
}

// -----

// A diagonal elsewhere is no causal mask.

// CHECK-LABEL: @window
// CHECK: mpc.attention {{.*}} mask
// CHECK-NOT: causal
// CHECK: return
func.func @window(%q: tensor<2x6x4x8xf32>) -> tensor<2x6x4x8xf32> {
  %zero = mpc.constant 0.0 : tensor<f32>
  %low = mpc.constant 0xFF800000 : tensor<f32>
  %one = mpc.constant 1 : tensor<i64>
  %shape = mpc.constant 0.0 : tensor<6x6xf32>
  %i = mpc.global_index %shape dim 0 : tensor<6x6xf32> -> tensor<6x1xi64>
  %i1 = mpc.add %i, %one : (tensor<6x1xi64>, tensor<i64>) -> tensor<6x1xi64>
  %j = mpc.global_index %shape dim 1 : tensor<6x6xf32> -> tensor<1x6xi64>
  %sees = mpc.compare ge %i1, %j : (tensor<6x1xi64>, tensor<1x6xi64>) -> tensor<6x6xi1>
  %mask = mpc.select %sees, %zero, %low : (tensor<6x6xi1>, tensor<f32>, tensor<f32>) -> tensor<6x6xf32>
  %mask4 = mpc.reshape %mask : tensor<6x6xf32> to tensor<1x1x6x6xf32>
  %0 = mpc.attention %q, %q, %q mask %mask4 scale 1.0 : (tensor<2x6x4x8xf32>, tensor<2x6x4x8xf32>, tensor<2x6x4x8xf32>, tensor<1x1x6x6xf32>) -> tensor<2x6x4x8xf32>
  return %0 : tensor<2x6x4x8xf32>
}
