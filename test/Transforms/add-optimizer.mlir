// RUN: mpc-opt %s --mpc-autodiff="loss=mse" --mpc-add-optimizer="kind=adamw weight-decay=0.1 clip=1.0" | FileCheck %s
// RUN: mpc-opt %s --mpc-autodiff="loss=mse" --mpc-add-optimizer="kind=sgd keep-gradients" | FileCheck %s --check-prefix=SGD
// RUN: mpc-opt %s --mpc-autodiff="loss=mse" --mpc-add-optimizer="kind=sgd momentum=0.9" | FileCheck %s --check-prefix=MOMENTUM

// State follows its variable: shape, view and pinned sharding.
// CHECK: mpc.variable @w parameter
// CHECK-NEXT: mpc.variable @w.m optimizer constant(0.0) view [3, 4] : tensor<3x2x2xf32>
// CHECK-NEXT: mpc.variable @w.v optimizer constant(0.0) view [3, 4] : tensor<3x2x2xf32>
// CHECK-NEXT: mpc.variable @b parameter
// CHECK-NEXT: mpc.variable @b.m optimizer constant(0.0) sharding
// CHECK-NEXT: mpc.variable @b.v optimizer constant(0.0) sharding
// SGD-NOT: optimizer
// MOMENTUM: mpc.variable @w.m
// MOMENTUM-NOT: mpc.variable @w.v
mpc.variable @w parameter normal(0.0, 0.05) view [3, 4] : tensor<3x2x2xf32>
mpc.variable @b parameter constant(0.0) sharding <[["tensor"] by 1]> : tensor<2xf32>

func.func @main(%x: tensor<4x3xf32> {mpc.name = "x"}) -> (tensor<4x2x2xf32> {mpc.name = "y"}) {
  %w = mpc.read @w : tensor<3x2x2xf32>
  %h = mpc.einsum "bk,khd->bhd" %x, %w : (tensor<4x3xf32>, tensor<3x2x2xf32>) -> tensor<4x2x2xf32>
  %b = mpc.read @b : tensor<2xf32>
  %y = mpc.add %h, %b : (tensor<4x2x2xf32>, tensor<2xf32>) -> tensor<4x2x2xf32>
  return %y : tensor<4x2x2xf32>
}

// SGD-LABEL: func.func @train_step(
// SGD-SAME: {mpc.gradient = "w"}, tensor<2xf32> {mpc.gradient = "b"})

// CHECK-LABEL: func.func @train_step(
// CHECK-SAME: %[[LR:[a-z0-9]+]]: tensor<f32> {mpc.name = "lr"}, %[[STEP:[a-z0-9]+]]: tensor<i64> {mpc.name = "step"})
// CHECK-SAME: -> (tensor<f32> {mpc.name = "loss_sum"}, tensor<f32> {mpc.name = "count"})
// CHECK: %[[SUM:.*]], %[[COUNT:.*]] = mpc.squared_error
// CHECK: %[[DW:.*]] = mpc.einsum "bk,bhd->khd"

// One division by the count, one norm over both gradients, one bias correction.
// CHECK: mpc.maximum %[[COUNT]], %{{.*}} {mpc.origin = 2 : i64, mpc.phase = #mpc.phase<update>}
// CHECK: mpc.mul %[[DW]], %[[DW]] {mpc.origin = 0 : i64
// CHECK: mpc.sqrt {{.*}} : tensor<f32>
// CHECK: mpc.minimum
// CHECK-NEXT: %[[SCALE:.*]] = mpc.mul {{.*}} : tensor<f32>
// CHECK-COUNT-2: mpc.pow {{.*}} : tensor<f64>
// CHECK-NOT: mpc.pow

// CHECK: %[[M:.*]] = mpc.read @w.m {mpc.origin = 0 : i64, mpc.phase = #mpc.phase<update>}
// CHECK: %[[W:.*]] = mpc.read @w {mpc.origin = 0 : i64, mpc.phase = #mpc.phase<update>}
// CHECK: mpc.mul %[[DW]], %[[SCALE]]
// CHECK: %[[NEXT:.*]] = mpc.sub {{.*}} : tensor<3x2x2xf32>
// CHECK: mpc.assign @w, %[[NEXT]] {mpc.origin = 0 : i64, mpc.phase = #mpc.phase<update>}
// CHECK: mpc.assign @w.m
// CHECK: mpc.assign @w.v
// CHECK: mpc.assign @b, {{.*}} {mpc.origin = 1 : i64
// CHECK: return %[[SUM]], %[[COUNT]] :
