// A weight of 3 elements over 2 devices: 2 and 1. What is the same value on the
// device with one element is not on the other; their collectives stay the same.
// RUN: echo '{"mesh": [["stage", 3], ["tensor", 2]], "micro_batches": 1, "recompute": ["full", "none", "selective"], "schedule": "gpipe", "sequence_parallel": true, "stages": [0, 5, 7], "variables": {"w0": [["tensor"]], "w4": [[], ["tensor"]]}, "version": 1, "zero": 2, "zero_min_bytes": 0}' > %t.json
// RUN: mpc-run verify %s --loss=mse --plan=%t.json | FileCheck %s
// CHECK: equal: {{.*}} on 6 device(s)
mpc.variable @w0 parameter normal(0.0, 1.0) : tensor<3xf32>
mpc.variable @w1 parameter normal(0.0, 0.5) : tensor<3xf32>
mpc.variable @w2 parameter normal(0.0, 0.5) : tensor<3xf32>
mpc.variable @w3 parameter normal(0.0, 0.5773502691896258) : tensor<3x10xf32>
mpc.variable @w4 parameter normal(0.0, 0.31622776601683794) : tensor<10x9xf32>
mpc.variable @w5 parameter normal(0.0, 0.5) : tensor<9xf32>
mpc.variable @w6 parameter normal(0.0, 0.3333333333333333) : tensor<9x10xf32>
func.func @main(%arg0: tensor<2x3xf32> {mpc.name = "x"}) -> (tensor<2x10xf32> {mpc.name = "output"}) {
  %0 = mpc.read @w0 : tensor<3xf32>
  %1 = mpc.mul %arg0, %0 : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %2 = mpc.read @w1 : tensor<3xf32>
  %3 = mpc.read @w2 : tensor<3xf32>
  %4 = mpc.layer_norm %1, %2, %3 epsilon 1.000000e-02 : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %5 = mpc.read @w3 : tensor<3x10xf32>
  %6 = mpc.matmul %4, %5 : (tensor<2x3xf32>, tensor<3x10xf32>) -> tensor<2x10xf32>
  %7 = mpc.read @w4 : tensor<10x9xf32>
  %8 = mpc.matmul %6, %7 : (tensor<2x10xf32>, tensor<10x9xf32>) -> tensor<2x9xf32>
  %9 = mpc.read @w5 : tensor<9xf32>
  %10 = mpc.add %8, %9 : (tensor<2x9xf32>, tensor<9xf32>) -> tensor<2x9xf32>
  %11 = mpc.gelu exact %10 : tensor<2x9xf32>
  %12 = mpc.read @w6 : tensor<9x10xf32>
  %13 = mpc.matmul %11, %12 : (tensor<2x9xf32>, tensor<9x10xf32>) -> tensor<2x10xf32>
  %14 = mpc.add %6, %13 : tensor<2x10xf32>
  return %14 : tensor<2x10xf32>
}

