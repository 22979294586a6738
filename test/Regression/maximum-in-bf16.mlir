// The gradient of a maximum goes to the operand that is equal to it: to the one
// that was stored, not to what it was before it was rounded.
// RUN: echo '{"version": 1, "partition": "mesh", "mesh": [["stage", 2]], "stages": [0, 2], "micro_batches": 1, "schedule": "gpipe", "variables": {}, "model": "", "predicted": {"step_seconds": 0, "parts": {}, "peak_bytes": []}}' > %t.json
// RUN: mpc-run verify %s --plan=%t.json --dtype=bf16 --loss=mse | FileCheck %s
// CHECK: equal: {{.*}} on 2 device(s)
mpc.variable @w parameter normal(0.0, 1.0) : tensor<2x6xf32>
mpc.variable @v parameter normal(0.0, 1.0) : tensor<2x6xf32>
func.func @main(%x: tensor<10x2x6xf32> {mpc.name = "x"}) -> (tensor<10x2x6xf32> {mpc.name = "y"}) {
  %w = mpc.read @w : tensor<2x6xf32>
  %a = mpc.mul %x, %w : (tensor<10x2x6xf32>, tensor<2x6xf32>) -> tensor<10x2x6xf32>
  %v = mpc.read @v : tensor<2x6xf32>
  %b = mpc.add %a, %v : (tensor<10x2x6xf32>, tensor<2x6xf32>) -> tensor<10x2x6xf32>
  %m = mpc.reduce max %b dims [2] : tensor<10x2x6xf32> -> tensor<10x2x1xf32>
  %y = mpc.add %b, %m : (tensor<10x2x6xf32>, tensor<10x2x1xf32>) -> tensor<10x2x6xf32>
  return %y : tensor<10x2x6xf32>
}
