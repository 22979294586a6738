// RUN: mpc-opt %s | mpc-opt | FileCheck %s
// RUN: mpc-opt --mlir-print-op-generic %s | mpc-opt | FileCheck %s

// CHECK: mpc.variable @w parameter normal(0.0, 0.05) : tensor<784x512xf32>
mpc.variable @w parameter normal(0.0, 0.05) : tensor<784x512xf32>
// CHECK: mpc.variable @u parameter uniform(-1.0, 1.0) : tensor<4xf32>
mpc.variable @u parameter uniform(-1.0, 1.0) : tensor<4xf32>
// CHECK: mpc.variable @qkv parameter file("attn.c_attn.weight") view [768, 2304] : tensor<768x3x12x64xf32>
mpc.variable @qkv parameter file("attn.c_attn.weight") view [768, 2304] : tensor<768x3x12x64xf32>
// CHECK: mpc.variable @b parameter constant(0.0) frozen sharding <{{\[\[}}"tensor"] by 256]> : tensor<512xf32>
mpc.variable @b parameter constant(0.0) frozen sharding <[["tensor"] by 256]> : tensor<512xf32>
// CHECK: mpc.variable @m optimizer constant(0.0) {mpc.of = "w"} : tensor<4xf32>
mpc.variable @m optimizer constant(0.0) {mpc.of = "w"} : tensor<4xf32>
// CHECK: mpc.variable @w.master optimizer same(@w) : tensor<784x512xf32>
mpc.variable @w.master optimizer same(@w) : tensor<784x512xf32>
// CHECK: mpc.variable @mean statistic constant(0.0) : tensor<4xf32>
mpc.variable @mean statistic constant(0.0) : tensor<4xf32>
// CHECK: mpc.variable @position cache constant(0.0) : tensor<i64>
mpc.variable @position cache constant(0.0) : tensor<i64>

// CHECK-LABEL: @uses
func.func @uses() {
  // CHECK: mpc.read @u : tensor<4xf32>
  %0 = mpc.read @u : tensor<4xf32>
  // CHECK: mpc.assign @mean, %{{.*}} : tensor<4xf32>
  mpc.assign @mean, %0 : tensor<4xf32>
  return
}

// A device's program has parts of the variables.
// CHECK-LABEL: @local
func.func @local() attributes {mpc.local} {
  // CHECK: mpc.read @w : tensor<262x512xf32>
  %0 = mpc.read @w : tensor<262x512xf32>
  mpc.assign @w, %0 : tensor<262x512xf32>
  return
}
