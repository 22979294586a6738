// Data, stage and tensor axes together: activations are summed over tensor,
// gradients over data, once a step: beside the last micro-batch's backward.
// RUN: mpc-opt %models/mlp.mlir --mesh=data:2,stage:2,tensor:2 --micro-batches=2 --cluster=dgx-a100:1 \
// RUN:   --schedule=1f1b --loss=cross-entropy | FileCheck %s --implicit-check-not=mpc.all_ --implicit-check-not=mpc.reduce_scatter
//
// The same as one pass.
// RUN: mpc-opt %models/mlp.mlir --mpc-partition="mesh=data:2,stage:2 micro-batches=2 cluster=dgx-a100:1" \
// RUN:   | FileCheck %s --check-prefix=PASS

// CHECK: mpc.program @main mesh <"data" = 2, "stage" = 2, "tensor" = 2, "micro" = 2>
// CHECK: func.func private @main.F0.c0(%{{.*}}: tensor<32x784xf32>
// CHECK-SAME: mpc.devices = array<i64: 0, 1, 4, 5>
// CHECK: mpc.matmul {{.*}} (tensor<32x784xf32>, tensor<784x256xf32>) -> tensor<32x256xf32>
// CHECK: func.func private @main.F1.c0(%{{.*}}: tensor<32x256xf32>
// CHECK-SAME: mpc.devices = array<i64: 2, 3, 6, 7>
// CHECK: mpc.all_reduce sum %{{.*}} on ["tensor"] : tensor<32x256xf32>
// CHECK: func.func private @train_step.F1.c0
// CHECK: mpc.all_reduce sum %{{.*}} on ["tensor"] : tensor<32x256xf32>
// CHECK: func.func private @train_step.F1.c1
// CHECK: mpc.all_reduce sum %{{.*}} on ["tensor"] : tensor<32x256xf32>
// CHECK: func.func private @train_step.B0.c1
// CHECK: mpc.all_reduce sum %{{.*}} on ["data"] : tensor<256xf32>
// CHECK: mpc.all_reduce sum %{{.*}} on ["data"] : tensor<784x256xf32>
// CHECK: func.func private @train_step.B1.c1
// CHECK-COUNT-4: mpc.all_reduce sum %{{.*}} on ["data"]
// CHECK: func.func private @train_step.U0.0.c0
// CHECK: func.func private @train_step.U1.0.c0
// CHECK-COUNT-2: mpc.all_reduce sum %{{.*}} on ["data"] : tensor<f32>

// PASS: mpc.program @main mesh <"data" = 2, "stage" = 2, "micro" = 2>
// PASS: func.func private @main.F1.c0
