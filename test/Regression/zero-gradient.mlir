// The gradient of a key bias is zero but for rounding, which no two orders of
// summation agree on.
// RUN: mpc-run verify %s --loss=mse --mesh=data:2 --micro-batches=2 | FileCheck %s
// CHECK: equal: {{.*}} on 2 device(s)
mpc.variable @wq parameter normal(0.0, 0.3) : tensor<8x2x4xf32>
mpc.variable @wk parameter normal(0.0, 0.3) : tensor<8x2x4xf32>
mpc.variable @bk parameter constant(0.0) : tensor<2x4xf32>
mpc.variable @wv parameter normal(0.0, 0.3) : tensor<8x2x4xf32>
func.func @main(%x: tensor<8x16x8xf32> {mpc.name = "x"}) -> (tensor<8x16x2x4xf32> {mpc.name = "y"}) {
  %wq = mpc.read @wq : tensor<8x2x4xf32>
  %wk = mpc.read @wk : tensor<8x2x4xf32>
  %bk = mpc.read @bk : tensor<2x4xf32>
  %wv = mpc.read @wv : tensor<8x2x4xf32>
  %q = mpc.einsum "bsk,khd->bshd" %x, %wq : (tensor<8x16x8xf32>, tensor<8x2x4xf32>) -> tensor<8x16x2x4xf32>
  %k0 = mpc.einsum "bsk,khd->bshd" %x, %wk : (tensor<8x16x8xf32>, tensor<8x2x4xf32>) -> tensor<8x16x2x4xf32>
  %k = mpc.add %k0, %bk : (tensor<8x16x2x4xf32>, tensor<2x4xf32>) -> tensor<8x16x2x4xf32>
  %v = mpc.einsum "bsk,khd->bshd" %x, %wv : (tensor<8x16x8xf32>, tensor<8x2x4xf32>) -> tensor<8x16x2x4xf32>
  %y = mpc.attention %q, %k, %v scale 0.5 : (tensor<8x16x2x4xf32>, tensor<8x16x2x4xf32>, tensor<8x16x2x4xf32>) -> tensor<8x16x2x4xf32>
  return %y : tensor<8x16x2x4xf32>
}
