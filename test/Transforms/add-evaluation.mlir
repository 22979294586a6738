// RUN: mpc-opt %s --mpc-autodiff --mpc-add-evaluation --mpc-strip-dropout | FileCheck %s

mpc.variable @w parameter constant(0.0) : tensor<3x4xf32>

// CHECK-LABEL: func.func @main(
// CHECK-SAME: %{{[a-z0-9]+}}: tensor<2x3xf32> {mpc.name = "x"}) ->
// CHECK-NOT: mpc.dropout
func.func @main(%x: tensor<2x3xf32> {mpc.name = "x"}, %step: tensor<i64> {mpc.name = "step"}) -> (tensor<2x4xf32> {mpc.name = "logits"}) {
  %d = mpc.dropout %x, %step rate 0.5 seed 1 : tensor<2x3xf32>
  %w = mpc.read @w : tensor<3x4xf32>
  %y = mpc.matmul %d, %w : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// Training keeps the dropout and the step; both number the matmul 1.
// CHECK-LABEL: func.func @train_step(
// CHECK-SAME: mpc.name = "step"
// CHECK: mpc.dropout
// CHECK: mpc.matmul {{.*}}mpc.origin = 1 : i64

// CHECK-LABEL: func.func @evaluate(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x3xf32> {mpc.name = "x"}, %[[LABEL:[a-z0-9]+]]: tensor<2xi64> {mpc.name = "label"})
// CHECK-SAME: (tensor<f32> {mpc.name = "loss_sum"}, tensor<f32> {mpc.name = "count"}, tensor<2x4xf32> {mpc.name = "logits"})
// CHECK: %[[Y:.*]] = mpc.matmul %[[X]], %{{.*}} {mpc.origin = 1 : i64
// CHECK: %[[SUM:.*]], %[[COUNT:.*]] = mpc.cross_entropy %[[Y]], %[[LABEL]]
// CHECK-NEXT: return %[[SUM]], %[[COUNT]], %[[Y]]
