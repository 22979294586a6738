// A result of the model that is a partial sum and exists for every micro-batch
// is reduced in each, not once at the update.
// RUN: echo '{"version": 1, "mesh": [["tensor", 2]], "micro_batches": 3, "variables": {"w": [["tensor"], []]}}' > %t.json
// RUN: mpc-run verify %s --loss=mse --plan=%t.json | FileCheck %s
// CHECK: equal: {{.*}} on 2 device(s)
mpc.variable @w parameter normal(0.0, 0.5) : tensor<8x7xf32>
func.func @main(%x: tensor<9x8xf32> {mpc.name = "x"}) -> (tensor<9x7xf32> {mpc.name = "y"}) {
  %w = mpc.read @w : tensor<8x7xf32>
  %y = mpc.matmul %x, %w : (tensor<9x8xf32>, tensor<8x7xf32>) -> tensor<9x7xf32>
  return %y : tensor<9x7xf32>
}
