// RUN: mpc-opt %s --mpc-autodiff="loss=mse" | FileCheck %s
// RUN: mpc-opt %s --mpc-autodiff="loss=mse" --mpc-add-optimizer="kind=sgd" | FileCheck %s --check-prefix=UPDATE

// A narrow variable has a master of its first values before they are rounded.
// UPDATE: mpc.variable @table parameter normal(0.0, 1.0) : tensor<16x8xbf16>
// UPDATE-NEXT: mpc.variable @table.master optimizer same(@table) : tensor<16x8xf32>
// UPDATE: mpc.variable @w parameter normal(0.0, 1.0) view [8, 8] : tensor<8x2x4xbf16>
// UPDATE-NEXT: mpc.variable @w.master optimizer same(@w) view [8, 8] : tensor<8x2x4xf32>
mpc.variable @table parameter normal(0.0, 1.0) : tensor<16x8xbf16>
mpc.variable @w parameter normal(0.0, 1.0) view [8, 8] : tensor<8x2x4xbf16>
mpc.variable @b parameter constant(0.0) : tensor<8xbf16>
mpc.variable @scale parameter constant(1.0) : tensor<8xbf16>
mpc.variable @whole parameter constant(1.0) : tensor<4x8xbf16>

func.func @main(%ids: tensor<4xi64> {mpc.name = "ids"}) -> (tensor<4x8xf32> {mpc.name = "y"}) {
  %t = mpc.read @table : tensor<16x8xbf16>
  %x = mpc.embedding %t, %ids : (tensor<16x8xbf16>, tensor<4xi64>) -> tensor<4x8xbf16>
  %w = mpc.read @w : tensor<8x2x4xbf16>
  %r = mpc.reshape %w : tensor<8x2x4xbf16> to tensor<8x8xbf16>
  %h = mpc.matmul %x, %r : (tensor<4x8xbf16>, tensor<8x8xbf16>) -> tensor<4x8xbf16>
  %b = mpc.read @b : tensor<8xbf16>
  %a = mpc.add %h, %b : (tensor<4x8xbf16>, tensor<8xbf16>) -> tensor<4x8xbf16>
  %all = mpc.read @whole : tensor<4x8xbf16>
  %p = mpc.add %a, %all : tensor<4x8xbf16>
  %s = mpc.read @scale : tensor<8xbf16>
  %n = mpc.rms_norm %p, %s epsilon 1.0e-05 : (tensor<4x8xbf16>, tensor<8xbf16>) -> tensor<4x8xbf16>
  %y = mpc.cast %n : tensor<4x8xbf16> to tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @train_step(
// CHECK-SAME: tensor<16x8xf32> {mpc.gradient = "table"}, tensor<8x2x4xf32> {mpc.gradient = "w"}, tensor<8xf32> {mpc.gradient = "b"}, tensor<8xf32> {mpc.gradient = "scale"}, tensor<4x8xf32> {mpc.gradient = "whole"})
// A norm's sum is in f32 and stays so.
// CHECK: %[[DS:.*]] = mpc.reduce sum %{{.*}} dims [0] {{.*}} : tensor<4x8xf32> -> tensor<1x8xf32>
// CHECK: %[[DSCALE:.*]] = mpc.reshape %[[DS]] {{.*}} : tensor<1x8xf32> to tensor<8xf32>
// The activation's gradient is in bf16, and as such that of a variable of its shape.
// CHECK: %[[DP:.*]] = mpc.cast %{{.*}} : tensor<4x8xf32> to tensor<4x8xbf16>
// CHECK: %[[WIDE:.*]] = mpc.cast %[[DP]] {{.*}} : tensor<4x8xbf16> to tensor<4x8xf32>
// CHECK: %[[DB:.*]] = mpc.reduce sum %[[WIDE]] dims [0] {{.*}} : tensor<4x8xf32> -> tensor<1x8xf32>
// What nobody else needs is in f32 from the product on.
// CHECK: %[[DX:.*]] = mpc.matmul %[[DP]], %{{.*}} transpose_rhs {{.*}} -> tensor<4x8xf32>
// CHECK: %[[DW:.*]] = mpc.matmul %{{.*}}, %[[DP]] transpose_lhs {{.*}} : (tensor<4x8xbf16>, tensor<4x8xbf16>) -> tensor<8x8xf32>
// CHECK: mpc.reshape %[[DW]] {{.*}} : tensor<8x8xf32> to tensor<8x2x4xf32>
// CHECK: mpc.scatter_add %{{.*}}, %[[DX]] {{.*}} -> tensor<16x8xf32>
// CHECK: %[[DWHOLE:.*]] = mpc.cast %[[DP]] {{.*}} : tensor<4x8xbf16> to tensor<4x8xf32>
// CHECK: return {{.*}}%[[DSCALE]], %[[DWHOLE]] :

// UPDATE: %[[MASTER:.*]] = mpc.read @w.master
// UPDATE: %[[NEXT:.*]] = mpc.sub %[[MASTER]], {{.*}} : tensor<8x2x4xf32>
// UPDATE: mpc.assign @w.master, %[[NEXT]]
// UPDATE: %[[ROUNDED:.*]] = mpc.cast %[[NEXT]] {{.*}} : tensor<8x2x4xf32> to tensor<8x2x4xbf16>
// UPDATE: mpc.assign @w, %[[ROUNDED]]
