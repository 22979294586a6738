// The gradient of tanh(w) is no sum over micro-batches of what each could
// compute without the others' dy: it is computed once, at the update.
// RUN: mpc-run verify %s --loss=mse --mesh=tensor:2 --micro-batches=3 | FileCheck %s
// RUN: mpc-opt %s --loss=mse --mesh=tensor:2 --micro-batches=3 --to=stages | FileCheck %s --check-prefix=STAGES
// CHECK: equal: {{.*}} on 2 device(s)
// STAGES-LABEL: func.func private @train_step.U0
// STAGES: %[[SUM:.+]] = mpc.reshard {{.*}} partial sum ["micro"]>
// STAGES: mpc.mul %[[SUM]], %{{.*}} : tensor<8xf32>
mpc.variable @w parameter normal(0.0, 1.0) : tensor<8xf32>
func.func @main(%x: tensor<9x4x8xf32> {mpc.name = "x"}) -> (tensor<9x4x8xf32> {mpc.name = "y"}) {
  %w = mpc.read @w : tensor<8xf32>
  %t = mpc.tanh %w : tensor<8xf32>
  %y = mpc.mul %x, %t : (tensor<9x4x8xf32>, tensor<8xf32>) -> tensor<9x4x8xf32>
  return %y : tensor<9x4x8xf32>
}
