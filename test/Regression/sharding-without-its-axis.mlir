// A model's own sharding on a mesh that has not got its axis cuts nothing; with
// another number of parts it is an error, and not one of the executable.
// RUN: mpc-run verify %s --loss=mse --mesh=tensor:2 | FileCheck %s
// RUN: mpc-run verify %s --loss=mse --mesh=data:2 | FileCheck %s
// RUN: not mpc-run verify %s --loss=mse --mesh=tensor:3 2>&1 | FileCheck %s --check-prefix=PARTS
// CHECK: equal: {{.*}} on 2 device(s)
// PARTS: the sharding of 'w' cuts a dimension of 12 by 6, for 3 parts expected 4
mpc.variable @w parameter normal(0.0, 1.0) sharding <[["tensor"] by 6]> : tensor<12xf32>
func.func @main(%x: tensor<6x12xf32> {mpc.name = "x"}) -> (tensor<6x12xf32> {mpc.name = "y"}) {
  %w = mpc.read @w : tensor<12xf32>
  %y = mpc.mul %x, %w : (tensor<6x12xf32>, tensor<12xf32>) -> tensor<6x12xf32>
  return %y : tensor<6x12xf32>
}
