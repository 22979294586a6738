// Columns, then rows: one all-reduce in the forward of the first two layers,
// and none in their backward, since nothing needs the gradient of the input.
// RUN: mpc-opt %models/mlp.mlir --partition=tensor --devices=2 --cluster=dgx-a100:1 --loss=cross-entropy \
// RUN:   | FileCheck %s --implicit-check-not=mpc.all_ --implicit-check-not=mpc.reduce_scatter
//
// Rows of 784 over 3 devices: 262, 262 and 260. Partial sums are added.
// RUN: mpc-opt %models/mlp.mlir --partition=tensor --devices=3 --cluster=dgx-a100:1 \
// RUN:   --pin=%S/Inputs/pin-rows.json \
// RUN:   | FileCheck %s --check-prefix=ROWS --implicit-check-not=mpc.all_ --implicit-check-not=mpc.reduce_scatter

// CHECK: mpc.variable @w1 {{.*}} sharding <{{\[}}[], ["tensor"] by 256]>
// CHECK: mpc.variable @b1 {{.*}} sharding <{{\[}}["tensor"] by 256]>
// CHECK: mpc.variable @w2 {{.*}} sharding <{{\[}}["tensor"] by 256, []]>
// CHECK: mpc.variable @b2 {{.*}} sharding <{{\[}}[]]>
// CHECK: lists ["0F0,0B0,0UPDATE"]
// CHECK: func.func private @main.F0.c0
// CHECK: mpc.matmul {{.*}} (tensor<128x784xf32>, tensor<784x256xf32>) -> tensor<128x256xf32>
// CHECK: mpc.matmul {{.*}} (tensor<128x256xf32>, tensor<256x256xf32>) -> tensor<128x256xf32>
// CHECK-NEXT: mpc.all_reduce sum %{{.*}} on ["tensor"] : tensor<128x256xf32>
// CHECK: func.func private @train_step.F0.c0
// CHECK: mpc.all_reduce sum %{{.*}} on ["tensor"] : tensor<128x256xf32>
// CHECK: func.func private @train_step.B0.c0

// ROWS: mpc.variable @w1 {{.*}} sharding <{{\[}}["tensor"] by 262, []]>
// ROWS: func.func private @main.F0.c0
// ROWS-SAME: mpc.devices = array<i64: 0, 1>
// ROWS: mpc.shard_slice %{{.*}} dim 1 offset <["tensor"] by 262> : tensor<128x784xf32> -> tensor<128x262xf32>
// ROWS: mpc.matmul {{.*}} (tensor<128x262xf32>, tensor<262x512xf32>) -> tensor<128x512xf32>
// ROWS-NEXT: mpc.all_reduce sum %{{.*}} on ["tensor"] : tensor<128x512xf32>
// ROWS: func.func private @main.F0.c1
// ROWS-SAME: mpc.devices = array<i64: 2>
// ROWS: mpc.matmul {{.*}} (tensor<128x260xf32>, tensor<260x512xf32>) -> tensor<128x512xf32>
// ROWS-NEXT: mpc.all_reduce sum %{{.*}} on ["tensor"] : tensor<128x512xf32>
