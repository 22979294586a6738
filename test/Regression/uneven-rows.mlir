// 7 samples of 3 rows in parts of 4 and 3 samples: 12 and 9 rows, not 11 and 10.
// RUN: mpc-run verify %s --loss=mse --mesh=data:2 | FileCheck %s
// RUN: mpc-opt %s --mesh=data:2 | FileCheck %s --check-prefix=LOCAL
// CHECK: equal: {{.*}} on 2 device(s)
// LOCAL: mpc.matmul {{.*}} : (tensor<12x5xf32>, tensor<5x6xf32>)
// LOCAL: mpc.matmul {{.*}} : (tensor<9x5xf32>, tensor<5x6xf32>)
mpc.variable @w parameter normal(0.0, 0.5) : tensor<5x6xf32>
func.func @main(%x: tensor<7x3x5xf32> {mpc.name = "x"}) -> (tensor<7x3x6xf32> {mpc.name = "y"}) {
  %w = mpc.read @w : tensor<5x6xf32>
  %rows = mpc.reshape %x : tensor<7x3x5xf32> to tensor<21x5xf32>
  %h = mpc.matmul %rows, %w : (tensor<21x5xf32>, tensor<5x6xf32>) -> tensor<21x6xf32>
  %y = mpc.reshape %h : tensor<21x6xf32> to tensor<7x3x6xf32>
  return %y : tensor<7x3x6xf32>
}
