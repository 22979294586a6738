// The mask of dropout reads coordinates "of" the gradient it multiplies. They
// need its shape only: the kernel stored the gradient in the first phase, before
// the sums it depends on.
// RUN: echo '{"version": 1, "mesh": [["tensor", 2]], "variables": {"w": [["tensor"]]}}' > %t.json
// RUN: mpc-run verify %s --loss=cross-entropy --plan=%t.json | FileCheck %s
// CHECK: equal: {{.*}} on 2 device(s)
mpc.variable @w parameter normal(0.0, 1.0) : tensor<12xf32>
func.func @main(%x: tensor<11x12xf32> {mpc.name = "x"}, %step: tensor<i64> {mpc.name = "step"})
    -> (tensor<11x12xf32> {mpc.name = "y"}) {
  %w = mpc.read @w : tensor<12xf32>
  %h = mpc.mul %x, %w : (tensor<11x12xf32>, tensor<12xf32>) -> tensor<11x12xf32>
  %y = mpc.dropout %h, %step rate 0.3 seed 326 : tensor<11x12xf32>
  return %y : tensor<11x12xf32>
}
