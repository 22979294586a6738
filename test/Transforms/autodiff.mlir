// RUN: mpc-opt %s --mpc-autodiff="keep-outputs" | FileCheck %s

mpc.variable @w1 parameter normal(0.0, 0.05) : tensor<16x8xf32>
mpc.variable @w2 parameter normal(0.0, 0.05) : tensor<8x4xf32>
mpc.variable @fixed parameter constant(1.0) frozen : tensor<4xf32>

// The model itself is only numbered; what is read has its first user's number.
// CHECK-LABEL: func.func @main
// CHECK: mpc.read @w1 {mpc.origin = 0 : i64, mpc.phase = #mpc.phase<forward>}
// CHECK: mpc.relu {{.*}} {mpc.origin = 1 : i64
// CHECK: mpc.read @w2 {mpc.origin = 2 : i64
func.func @main(%x: tensor<2x16xf32> {mpc.name = "x"}) -> (tensor<2x4xf32> {mpc.name = "logits"}) {
  %w1 = mpc.read @w1 : tensor<16x8xf32>
  %h = mpc.matmul %x, %w1 : (tensor<2x16xf32>, tensor<16x8xf32>) -> tensor<2x8xf32>
  %r = mpc.relu %h : tensor<2x8xf32>
  %w2 = mpc.read @w2 : tensor<8x4xf32>
  %y = mpc.matmul %r, %w2 : (tensor<2x8xf32>, tensor<8x4xf32>) -> tensor<2x4xf32>
  %f = mpc.read @fixed : tensor<4xf32>
  %z = mpc.mul %y, %f : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return %z : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @train_step(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x16xf32> {mpc.name = "x"}, %[[LABEL:[a-z0-9]+]]: tensor<2xi64> {mpc.name = "label"})
// CHECK-SAME: (tensor<f32> {mpc.name = "loss_sum"}, tensor<f32> {mpc.name = "count"}, tensor<2x4xf32> {mpc.name = "logits"}, tensor<16x8xf32> {mpc.gradient = "w1"}, tensor<8x4xf32> {mpc.gradient = "w2"})
// CHECK: %[[RELU:.*]] = mpc.relu
// CHECK: %[[W2:.*]] = mpc.read @w2
// CHECK: %[[Z:.*]] = mpc.mul
// CHECK: %[[SUM:.*]], %[[COUNT:.*]] = mpc.cross_entropy %[[Z]], %[[LABEL]] ignore -100 {mpc.origin = 4 : i64, mpc.phase = #mpc.phase<forward>}
// CHECK: mpc.softmax %[[Z]] {{.*}}{mpc.origin = 4 : i64, mpc.phase = #mpc.phase<input_grad>}
// A frozen variable has no gradient: one product with the other factor only.
// CHECK: %[[DY:.*]] = mpc.mul %{{.*}}, %{{.*}} {mpc.origin = 3 : i64, mpc.phase = #mpc.phase<input_grad>} : (tensor<2x4xf32>, tensor<4xf32>)
// CHECK-NOT: mpc.origin = 3
// CHECK: %[[DR:.*]] = mpc.matmul %[[DY]], %[[W2]] transpose_rhs {mpc.origin = 2 : i64, mpc.phase = #mpc.phase<input_grad>}
// CHECK: %[[DW2:.*]] = mpc.matmul %[[RELU]], %[[DY]] transpose_lhs {mpc.origin = 2 : i64, mpc.phase = #mpc.phase<weight_grad>}
// CHECK: %[[DH:.*]] = mpc.select %{{.*}}, %[[DR]], %{{.*}} {mpc.origin = 1 : i64, mpc.phase = #mpc.phase<input_grad>}
// Nobody needs the gradient of the input.
// CHECK-NEXT: %[[DW1:.*]] = mpc.matmul %[[X]], %[[DH]] transpose_lhs {mpc.origin = 0 : i64, mpc.phase = #mpc.phase<weight_grad>}
// CHECK-NEXT: return %[[SUM]], %[[COUNT]], %[[Z]], %[[DW1]], %[[DW2]]
