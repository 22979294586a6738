// Two gathers of one parameter, for the forward that is computed again and for
// the backward: the second moves up, the read that both use stays where it is.
// RUN: echo '{"mesh": [["data", 2], ["tensor", 2]], "micro_batches": 1, "recompute": ["full"], "schedule": "zb-v", "sequence_parallel": true, "stages": [0], "variables": {"w1": [["tensor"], ["data"]], "w3": [["tensor"], ["data"]]}, "version": 1, "zero": 3, "zero_min_bytes": 0}' > %t.json
// RUN: mpc-run verify %s --loss=mse --plan=%t.json | FileCheck %s
// CHECK: equal: {{.*}} on 4 device(s)
mpc.variable @w0 parameter normal(0.0, 1.0) : tensor<4xf32>
mpc.variable @w1 parameter normal(0.0, 0.5) : tensor<4x15xf32>
mpc.variable @w2 parameter normal(0.0, 0.5) : tensor<15xf32>
mpc.variable @w3 parameter normal(0.0, 0.2581988897471611) : tensor<15x4xf32>
mpc.variable @w4 parameter normal(0.0, 0.5) : tensor<12x4xf32>
mpc.variable @w5 parameter normal(0.0, 0.5) : tensor<12xf32>
func.func @main(%arg0: tensor<11x3x4xf32> {mpc.name = "x"}) -> (tensor<11x3x6xf32> {mpc.name = "output"}) {
  %0 = mpc.read @w0 : tensor<4xf32>
  %1 = mpc.mul %arg0, %0 : (tensor<11x3x4xf32>, tensor<4xf32>) -> tensor<11x3x4xf32>
  %2 = mpc.read @w1 : tensor<4x15xf32>
  %3 = mpc.matmul %1, %2 : (tensor<11x3x4xf32>, tensor<4x15xf32>) -> tensor<11x3x15xf32>
  %4 = mpc.read @w2 : tensor<15xf32>
  %5 = mpc.add %3, %4 : (tensor<11x3x15xf32>, tensor<15xf32>) -> tensor<11x3x15xf32>
  %6 = mpc.relu %5 : tensor<11x3x15xf32>
  %7 = mpc.read @w3 : tensor<15x4xf32>
  %8 = mpc.matmul %6, %7 : (tensor<11x3x15xf32>, tensor<15x4xf32>) -> tensor<11x3x4xf32>
  %9 = mpc.add %1, %8 : tensor<11x3x4xf32>
  %10 = mpc.read @w4 : tensor<12x4xf32>
  %11 = mpc.matmul %9, %10 transpose_rhs : (tensor<11x3x4xf32>, tensor<12x4xf32>) -> tensor<11x3x12xf32>
  %12 = mpc.read @w5 : tensor<12xf32>
  %13 = mpc.add %11, %12 : (tensor<11x3x12xf32>, tensor<12xf32>) -> tensor<11x3x12xf32>
  %14 = mpc.slice %13 dim 2 start 2 size 6 : tensor<11x3x12xf32> -> tensor<11x3x6xf32>
  return %14 : tensor<11x3x6xf32>
}
