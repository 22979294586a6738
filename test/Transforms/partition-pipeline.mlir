// RUN: mpc-opt %models/mlp.mlir --partition=pipeline --devices=2 --cluster=dgx-a100:1 --micro-batches=4 \
// RUN:   --schedule=gpipe --loss=cross-entropy | FileCheck %s --implicit-check-not=mpc.all_
//
// As typed, it says what it assumes; micro-batches are at least 4 a stage.
// RUN: mpc-opt %models/mlp.mlir --partition=pipeline -o /dev/null 2>&1 | FileCheck %s --check-prefix=TOLD
//
// 15 samples, two stages: 7 micro-batches of 2 would leave one over; 8 parts of
// 2 end with one of 1.
// RUN: sed 's/128x/15x/g' %models/mlp.mlir | mpc-opt --partition=pipeline --devices=2 --micro-batches=8 \
// RUN:   --cluster=dgx-a100:1 | FileCheck %s --check-prefix=UNEVEN

// CHECK: mpc.program @main mesh <"stage" = 2, "micro" = 4> micro_batches 4 schedule "gpipe"
// CHECK: mpc.program @train_step
// CHECK-SAME: lists ["0F0,0SEND_F0:0>1,0F1,
// CHECK-SAME: 0F3,
// CHECK-SAME: 0B0,
// CHECK-SAME: 0B3,
// CHECK-SAME: 0UPDATE
// CHECK: func.func private @train_step.F0.c0(%{{.*}}: tensor<32x784xf32>
// The first micro-batch starts a gradient, the others add to it.
// CHECK: func.func private @train_step.B0.c0
// CHECK: mpc.matmul %{{[^ ]*}}, %{{[^ ]*}} transpose_lhs : (tensor<32x784xf32>
// CHECK: func.func private @train_step.B0.c1
// CHECK: mpc.matmul {{.*}} {mpc.accumulate

// TOLD: note: no --devices given: assuming 4 virtual devices on this machine
// TOLD: plan: pipeline on 4 devices, mesh stage:4, {{(1[6-9]|[2-9][0-9])}} micro-batches, 1f1b
// TOLD: chosen

// UNEVEN: func.func private @main.F0.c0(%{{.*}}: tensor<2x784xf32>
// UNEVEN-SAME: mpc.micros = array<i64: 0, 1, 2, 3, 4, 5, 6>
// UNEVEN: func.func private @main.F0.c1(%{{.*}}: tensor<1x784xf32>
// UNEVEN-SAME: mpc.micros = array<i64: 7>
