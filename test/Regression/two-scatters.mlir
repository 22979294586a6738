// Two look-ups in one table: its gradient is the sum of two scatters, and each
// wanted to take the addition into its kernel.
// RUN: mpc-run verify %s --loss=mse --mesh=data:2 | FileCheck %s
// CHECK: equal: {{.*}} on 2 device(s)
mpc.variable @table parameter normal(0.0, 1.0) : tensor<9x3xf32>
func.func @main(%ids: tensor<6x5xi64> {mpc.name = "ids"}) -> (tensor<6x5x3xf32> {mpc.name = "y"}) {
  %table = mpc.read @table : tensor<9x3xf32>
  %a = mpc.embedding %table, %ids : (tensor<9x3xf32>, tensor<6x5xi64>) -> tensor<6x5x3xf32>
  %b = mpc.embedding %table, %ids : (tensor<9x3xf32>, tensor<6x5xi64>) -> tensor<6x5x3xf32>
  %tanh = mpc.tanh %b : tensor<6x5x3xf32>
  %y = mpc.mul %a, %tanh : tensor<6x5x3xf32>
  return %y : tensor<6x5x3xf32>
}
