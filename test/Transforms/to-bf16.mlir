// RUN: mpc-opt %s --mpc-to-bf16 | FileCheck %s
// RUN: mpc-opt %s --dtype=bf16 --to=import | FileCheck %s
// RUN: mpc-opt %s --dtype=f32 --to=import | FileCheck %s --check-prefix=F32
// F32-NOT: bf16

// Parameters, and no other variables.
// CHECK: mpc.variable @w parameter normal(0.0, 0.05) view [16, 8] : tensor<16x2x4xbf16>
// CHECK: mpc.variable @frozen parameter constant(1.0) frozen : tensor<8xbf16>
// CHECK: mpc.variable @mean statistic constant(0.0) : tensor<8xf32>
mpc.variable @w parameter normal(0.0, 0.05) view [16, 8] : tensor<16x2x4xf32>
mpc.variable @frozen parameter constant(1.0) frozen : tensor<8xf32>
mpc.variable @mean statistic constant(0.0) : tensor<8xf32>

// CHECK-LABEL: func.func @activations(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x16xf32>{{.*}}) -> (tensor<4x8xf32> {mpc.name = "y"})
func.func @activations(%x: tensor<4x16xf32> {mpc.name = "x"}) -> (tensor<4x8xf32> {mpc.name = "y"}) {
  // CHECK: %[[X16:.*]] = mpc.cast %[[X]] : tensor<4x16xf32> to tensor<4x16xbf16>
  %w = mpc.read @w : tensor<16x2x4xf32>
  // CHECK: %[[W:.*]] = mpc.reshape %{{.*}} : tensor<16x2x4xbf16> to tensor<16x8xbf16>
  %r = mpc.reshape %w : tensor<16x2x4xf32> to tensor<16x8xf32>
  // CHECK: %[[H:.*]] = mpc.matmul %[[X16]], %[[W]] : (tensor<4x16xbf16>, tensor<16x8xbf16>) -> tensor<4x8xbf16>
  %h = mpc.matmul %x, %r : (tensor<4x16xf32>, tensor<16x8xf32>) -> tensor<4x8xf32>
  // CHECK: %[[MEAN:.*]] = mpc.read @mean : tensor<8xf32>
  // CHECK: %[[MEAN16:.*]] = mpc.cast %[[MEAN]] : tensor<8xf32> to tensor<8xbf16>
  // CHECK: %[[C:.*]] = mpc.sub %[[H]], %[[MEAN16]] : (tensor<4x8xbf16>, tensor<8xbf16>)
  %m = mpc.read @mean : tensor<8xf32>
  %c = mpc.sub %h, %m : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  // What a composite op computes inside it computes in f32.
  // CHECK: %[[S:.*]] = mpc.softmax %[[C]] dim 1 : tensor<4x8xbf16>
  %s = mpc.softmax %c dim 1 : tensor<4x8xf32>
  // CHECK: %[[Y:.*]] = mpc.cast %[[S]] : tensor<4x8xbf16> to tensor<4x8xf32>
  // CHECK: return %[[Y]]
  return %s : tensor<4x8xf32>
}

// Full precision: from one such op to the next nothing is rounded.
// CHECK-LABEL: func.func @full_precision(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x8xf32>
func.func @full_precision(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x1xf32>) {
  // CHECK: %[[E:.*]] = mpc.exp %[[X]] : tensor<4x8xf32>
  // CHECK: %[[E16:.*]] = mpc.cast %[[E]] : tensor<4x8xf32> to tensor<4x8xbf16>
  %e = mpc.exp %x : tensor<4x8xf32>
  // CHECK: %[[S:.*]] = mpc.reduce sum %[[E]] dims [1] : tensor<4x8xf32> -> tensor<4x1xf32>
  // CHECK: %[[S16:.*]] = mpc.cast %[[S]] : tensor<4x1xf32> to tensor<4x1xbf16>
  %s = mpc.reduce sum %e dims [1] : tensor<4x8xf32> -> tensor<4x1xf32>
  // CHECK: mpc.div %[[E16]], %[[S16]] : (tensor<4x8xbf16>, tensor<4x1xbf16>)
  %y = mpc.div %e, %s : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  // CHECK: return %{{.*}}, %[[S]] : tensor<4x8xf32>, tensor<4x1xf32>
  return %y, %s : tensor<4x8xf32>, tensor<4x1xf32>
}

// Positions are exact until they meet an activation; a mask stays finite.
// CHECK-LABEL: func.func @positions(
func.func @positions(%x: tensor<4xf32>, %ids: tensor<4xi64>) -> tensor<4xf32> {
  // CHECK: %[[I:.*]] = mpc.cast %{{.*}} : tensor<4xi64> to tensor<4xf32>
  // CHECK: %[[P:.*]] = mpc.add %[[I]], %[[I]] : tensor<4xf32>
  // CHECK: %[[P16:.*]] = mpc.cast %[[P]] : tensor<4xf32> to tensor<4xbf16>
  %i = mpc.cast %ids : tensor<4xi64> to tensor<4xf32>
  %p = mpc.add %i, %i : tensor<4xf32>
  // CHECK: %[[Y:.*]] = mpc.mul %{{.*}}, %[[P16]] : tensor<4xbf16>
  %y = mpc.mul %x, %p : tensor<4xf32>
  // CHECK: %[[LOW:.*]] = mpc.constant -3.3895314e+38 : tensor<4xbf16>
  // CHECK: mpc.maximum %[[Y]], %[[LOW]] : tensor<4xbf16>
  %low = mpc.constant -3.4028235e+38 : tensor<4xf32>
  %z = mpc.maximum %y, %low : tensor<4xf32>
  return %z : tensor<4xf32>
}

// CHECK-LABEL: func.func @statistics(
func.func @statistics(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %f = mpc.read @frozen : tensor<8xf32>
  %y = mpc.mul %x, %f : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  %s = mpc.reduce sum %y dims [0] : tensor<4x8xf32> -> tensor<1x8xf32>
  %m = mpc.reshape %s : tensor<1x8xf32> to tensor<8xf32>
  // CHECK: %[[M:.*]] = mpc.cast %{{.*}} : tensor<8xbf16> to tensor<8xf32>
  // CHECK: mpc.assign @mean, %[[M]] : tensor<8xf32>
  mpc.assign @mean, %m : tensor<8xf32>
  return %y : tensor<4x8xf32>
}
