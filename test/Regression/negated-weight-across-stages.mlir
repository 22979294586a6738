// A weight is negated in the first stage and used in the second, so the second
// hands its gradient on for every micro-batch: not the sum of them so far. Its
// own weight has the same gradient, and adds it up.
// RUN: echo '{"version": 1, "partition": "mesh", "mesh": [["stage", 2]], "stages": [0, 2], "micro_batches": 3, "schedule": "gpipe", "variables": {}, "model": "", "predicted": {"step_seconds": 0, "parts": {}, "peak_bytes": []}}' > %t.json
// RUN: mpc-run verify %s --plan=%t.json --loss=mse | FileCheck %s
// CHECK: equal: {{.*}} on 2 device(s)
mpc.variable @negated parameter normal(0.0, 1.0) : tensor<4x1xf32>
mpc.variable @own parameter normal(0.0, 1.0) : tensor<4x1xf32>
func.func @main(%x: tensor<6x4x5xf32> {mpc.name = "x"}) -> (tensor<6x4x5xf32> {mpc.name = "y"}) {
  %w = mpc.read @negated : tensor<4x1xf32>
  %n = mpc.neg %w : tensor<4x1xf32>
  %h = mpc.tanh %x : tensor<6x4x5xf32>
  %v = mpc.read @own : tensor<4x1xf32>
  %s = mpc.add %n, %v : tensor<4x1xf32>
  %y = mpc.mul %h, %s : (tensor<6x4x5xf32>, tensor<4x1xf32>) -> tensor<6x4x5xf32>
  return %y : tensor<6x4x5xf32>
}
