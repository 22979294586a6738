// One all-reduce for each gradient, where the backward has completed it, and at
// the update for the loss and for the count; none in the forward.
// RUN: mpc-opt %models/mlp.mlir --partition=data --devices=3 --cluster=dgx-a100:1 --loss=cross-entropy \
// RUN:   | FileCheck %s --implicit-check-not=mpc.all_ --implicit-check-not=mpc.reduce_scatter

// CHECK: mpc.variable @w1 {{.*}} sharding <{{\[}}[], []]>
// CHECK: func.func private @main.F0.c0(%{{.*}}: tensor<43x784xf32>
// CHECK-SAME: mpc.devices = array<i64: 0, 1>
// CHECK: func.func private @main.F0.c1(%{{.*}}: tensor<42x784xf32>
// CHECK-SAME: mpc.devices = array<i64: 2>
// CHECK: func.func private @train_step.B0.c0
// CHECK-COUNT-6: mpc.all_reduce sum %{{.*}} on ["data"]
// CHECK: func.func private @train_step.B0.c1
// CHECK-COUNT-6: mpc.all_reduce sum %{{.*}} on ["data"]
// CHECK: func.func private @train_step.U0.0.c0
// CHECK-COUNT-2: mpc.all_reduce sum %{{.*}} on ["data"] : tensor<f32>
