// RUN: mpc-opt %s -split-input-file -mpc-raise | FileCheck %s

// CHECK-LABEL: @gelu_erf
// CHECK-NEXT: mpc.gelu exact %arg0
// CHECK-NEXT: return
func.func @gelu_erf(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %root = mpc.constant 1.41421354 : tensor<f32>
  %one = mpc.constant 1.0 : tensor<f32>
  %half = mpc.constant 0.5 : tensor<f32>
  %0 = mpc.div %x, %root : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  %1 = mpc.erf %0 : tensor<4x8xf32>
  %2 = mpc.add %one, %1 : (tensor<f32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %3 = mpc.mul %half, %2 : (tensor<f32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %4 = mpc.mul %x, %3 : tensor<4x8xf32>
  return %4 : tensor<4x8xf32>
}

// -----

// CHECK-LABEL: @gelu_tanh
// CHECK-NEXT: mpc.gelu tanh %arg0
// CHECK-NEXT: return
func.func @gelu_tanh(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %a = mpc.constant 0.044715 : tensor<f32>
  %c = mpc.constant 0.797884583 : tensor<f32>
  %one = mpc.constant 1.0 : tensor<f32>
  %half = mpc.constant 0.5 : tensor<f32>
  %0 = mpc.mul %x, %x : tensor<4x8xf32>
  %1 = mpc.mul %0, %x : tensor<4x8xf32>
  %2 = mpc.mul %1, %a : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  %3 = mpc.add %x, %2 : tensor<4x8xf32>
  %4 = mpc.mul %3, %c : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  %5 = mpc.tanh %4 : tensor<4x8xf32>
  %6 = mpc.add %5, %one : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  %7 = mpc.mul %x, %half : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  %8 = mpc.mul %7, %6 : tensor<4x8xf32>
  return %8 : tensor<4x8xf32>
}

// -----

// Another constant is another function.

// CHECK-LABEL: @no_gelu
// CHECK-NOT: mpc.gelu
// CHECK: return
func.func @no_gelu(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %root = mpc.constant 1.5 : tensor<f32>
  %one = mpc.constant 1.0 : tensor<f32>
  %half = mpc.constant 0.5 : tensor<f32>
  %0 = mpc.div %x, %root : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  %1 = mpc.erf %0 : tensor<4x8xf32>
  %2 = mpc.add %1, %one : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  %3 = mpc.mul %2, %half : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  %4 = mpc.mul %x, %3 : tensor<4x8xf32>
  return %4 : tensor<4x8xf32>
}

// -----

// CHECK-LABEL: @silu
// CHECK-NEXT: mpc.silu %arg0
// CHECK-NEXT: return
func.func @silu(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = mpc.sigmoid %x : tensor<4x8xf32>
  %1 = mpc.mul %0, %x : tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// -----

// CHECK-LABEL: @rms_norm
// CHECK-NEXT: mpc.rms_norm %arg0, %arg1 epsilon 9.99{{[0-9]+}}E-7
// CHECK-NEXT: return
func.func @rms_norm(%x: tensor<4x8xf32>, %w: tensor<8xf32>) -> tensor<4x8xf32> {
  %n = mpc.constant 0.125 : tensor<f32>
  %e = mpc.constant 1.0e-6 : tensor<f32>
  %one = mpc.constant 1.0 : tensor<f32>
  %0 = mpc.mul %x, %x : tensor<4x8xf32>
  %1 = mpc.reduce sum %0 dims [1] : tensor<4x8xf32> -> tensor<4x1xf32>
  %2 = mpc.mul %1, %n : (tensor<4x1xf32>, tensor<f32>) -> tensor<4x1xf32>
  %3 = mpc.add %2, %e : (tensor<4x1xf32>, tensor<f32>) -> tensor<4x1xf32>
  %4 = mpc.sqrt %3 : tensor<4x1xf32>
  %5 = mpc.div %one, %4 : (tensor<f32>, tensor<4x1xf32>) -> tensor<4x1xf32>
  %6 = mpc.mul %x, %5 : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  %7 = mpc.mul %w, %6 : (tensor<8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %7 : tensor<4x8xf32>
}

// -----

// The mean of something else is no norm.

// CHECK-LABEL: @no_norm
// CHECK-NOT: norm
// CHECK: return
func.func @no_norm(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>, %w: tensor<8xf32>) -> tensor<4x8xf32> {
  %n = mpc.constant 0.125 : tensor<f32>
  %e = mpc.constant 1.0e-6 : tensor<f32>
  %0 = mpc.mul %y, %y : tensor<4x8xf32>
  %1 = mpc.reduce sum %0 dims [1] : tensor<4x8xf32> -> tensor<4x1xf32>
  %2 = mpc.mul %1, %n : (tensor<4x1xf32>, tensor<f32>) -> tensor<4x1xf32>
  %3 = mpc.add %2, %e : (tensor<4x1xf32>, tensor<f32>) -> tensor<4x1xf32>
  %4 = mpc.rsqrt %3 : tensor<4x1xf32>
  %5 = mpc.mul %x, %4 : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  %6 = mpc.mul %5, %w : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return %6 : tensor<4x8xf32>
}

// -----

// CHECK-LABEL: @layer_norm
// CHECK-NEXT: mpc.layer_norm %arg0, %arg1, %arg2 epsilon 9.99{{[0-9]+}}E-6
// CHECK-NEXT: return
func.func @layer_norm(%x: tensor<4x8xf32>, %w: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<4x8xf32> {
  %n = mpc.constant 0.125 : tensor<f32>
  %e = mpc.constant 1.0e-5 : tensor<f32>
  %s = mpc.reduce sum %x dims [1] : tensor<4x8xf32> -> tensor<4x1xf32>
  %m = mpc.mul %s, %n : (tensor<4x1xf32>, tensor<f32>) -> tensor<4x1xf32>
  %d = mpc.sub %x, %m : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  %d2 = mpc.sub %x, %m : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  %0 = mpc.mul %d2, %d2 : tensor<4x8xf32>
  %1 = mpc.reduce sum %0 dims [1] : tensor<4x8xf32> -> tensor<4x1xf32>
  %2 = mpc.mul %1, %n : (tensor<4x1xf32>, tensor<f32>) -> tensor<4x1xf32>
  %3 = mpc.add %2, %e : (tensor<4x1xf32>, tensor<f32>) -> tensor<4x1xf32>
  %4 = mpc.sqrt %3 : tensor<4x1xf32>
  %5 = mpc.div %d, %4 : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  %6 = mpc.mul %5, %w : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  %7 = mpc.add %6, %b : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return %7 : tensor<4x8xf32>
}
