// Every row of the output has equal numbers, so the gradient of @w is zero. The
// unsplit program adds up rows, whose terms cancel nearly exactly; the split one
// adds up halves of all rows, which do not.
// RUN: mpc-run verify %s --loss=cross-entropy --mesh=tensor:2 | FileCheck %s
// CHECK: equal: {{.*}} on 2 device(s)
mpc.variable @w parameter normal(0.0, 1.0) sharding <[["tensor"] by 6]> : tensor<12xf32>
func.func @main(%x: tensor<6x6x12xf32> {mpc.name = "x"}) -> (tensor<6x6x12xf32> {mpc.name = "y"}) {
  %w = mpc.read @w : tensor<12xf32>
  %product = mpc.mul %x, %w : (tensor<6x6x12xf32>, tensor<12xf32>) -> tensor<6x6x12xf32>
  %most = mpc.reduce max %product dims [1, 2] : tensor<6x6x12xf32> -> tensor<6x1x1xf32>
  %y = mpc.maximum %product, %most : (tensor<6x6x12xf32>, tensor<6x1x1xf32>) -> tensor<6x6x12xf32>
  return %y : tensor<6x6x12xf32>
}
