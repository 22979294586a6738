// A large weight that is cut by the data axis is gathered: the batch, which
// that axis and the micro-batches cut, stays as it is.
// RUN: echo '{"version": 1, "mesh": [["data", 2]], "micro_batches": 2, "variables": {"w": [[], ["data"]]}}' > %t.json
// RUN: mpc-run verify %s --loss=mse --plan=%t.json | FileCheck %s
// CHECK: equal: {{.*}} on 2 device(s)
mpc.variable @w parameter normal(0.0, 0.5) : tensor<16x32xf32>
func.func @main(%x: tensor<4x16xf32> {mpc.name = "x"}) -> (tensor<4x32xf32> {mpc.name = "y"}) {
  %w = mpc.read @w : tensor<16x32xf32>
  %y = mpc.matmul %x, %w : (tensor<4x16xf32>, tensor<16x32xf32>) -> tensor<4x32xf32>
  return %y : tensor<4x32xf32>
}
