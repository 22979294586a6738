// The count of a batch of one number is the constant 1: a result that depends on
// no tensor.
// RUN: mpc-run verify %s --loss=mse | FileCheck %s
// RUN: echo '{"version": 1, "mesh": [["tensor", 2]], "variables": {"w": [["tensor"], []]}}' > %t.json
// RUN: mpc-run verify %s --loss=mse --plan=%t.json | FileCheck %s
// RUN: mpc-run verify %s --loss=mse --mesh=stage:2 | FileCheck %s
// CHECK: equal
mpc.variable @w parameter normal(0.0, 1.0) : tensor<8x1xf32>
func.func @main(%x: tensor<1x8xf32> {mpc.name = "x"}) -> (tensor<1x1xf32> {mpc.name = "y"}) {
  %w = mpc.read @w : tensor<8x1xf32>
  %h = mpc.tanh %x : tensor<1x8xf32>
  %y = mpc.matmul %h, %w : (tensor<1x8xf32>, tensor<8x1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}
