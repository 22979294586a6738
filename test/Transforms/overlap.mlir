// Gradients are reduced where the last of three micro-batches has completed
// them, in the order of the backward; the update finds them ready.
// RUN: mpc-opt %models/mlp.mlir --mesh=data:2 --micro-batches=4 --zero=0 --loss=cross-entropy --cluster=dgx-a100:1 \
// RUN:   | FileCheck %s

// CHECK: func.func private @train_step.B0.c0(
// CHECK-SAME: mpc.micros = array<i64: 0>
// CHECK-NOT: mpc.all_reduce
// CHECK: func.func private @train_step.B0.c1(
// CHECK-SAME: mpc.micros = array<i64: 1, 2>
// CHECK-NOT: mpc.all_reduce
// CHECK: func.func private @train_step.B0.c1.last0(
// CHECK-SAME: mpc.micros = array<i64: 3>
// CHECK: %[[W3:.*]] = mpc.matmul {{.*}} {mpc.accumulate = "[[NAME:.*]]"} {{.*}} -> tensor<256x10xf32>
// CHECK-NEXT: mpc.all_reduce sum %[[W3]] on ["data"] : tensor<256x10xf32>
// CHECK: mpc.matmul {{.*}} -> tensor<512x256xf32>
// CHECK-NEXT: mpc.all_reduce sum
// CHECK: func.func private @train_step.U0.0.c0(
// CHECK-NOT: mpc.all_reduce {{.*}} : tensor<{{[0-9]+}}x
// CHECK: mpc.assign

// With shared optimizer state each replica gets its part there.
// RUN: mpc-opt %models/mlp.mlir --mesh=data:2 --micro-batches=2 --zero=1 --loss=cross-entropy --optimizer=adam \
// RUN:   --cluster=dgx-a100:1 | FileCheck %s --check-prefix=PART
// PART: func.func private @train_step.B0.c1(
// PART-SAME: tensor<392x512xf32> {mpc.accumulate, {{[^}]*}}mpc.value = "[[NAME:[^"]*]].part"}
// PART: mpc.matmul {{.*}} {mpc.accumulate = "[[NAME]]"}
// PART-NEXT: mpc.reduce_scatter sum
// PART: func.func private @train_step.U0.0.c0(
// PART-SAME: tensor<392x512xf32> {{[^}]*}}mpc.value = "[[NAME]].part"}
// PART-NOT: mpc.reduce_scatter

// A parameter that is kept in parts is gathered while the one before is used:
// one more is whole, not all.
// RUN: mpc-opt %models/mlp.mlir --mesh=data:2 --zero=3 --zero-min-bytes=4096 --loss=cross-entropy \
// RUN:   --cluster=dgx-a100:1 | FileCheck %s --check-prefix=AHEAD
// AHEAD: func.func private @train_step.F0.c0(
// AHEAD: mpc.all_gather {{.*}} -> tensor<784x512xf32>
// AHEAD: mpc.all_gather {{.*}} -> tensor<512x256xf32>
// AHEAD-NEXT: mpc.matmul {{.*}} -> tensor<64x512xf32>
// AHEAD: mpc.all_gather {{.*}} -> tensor<256x10xf32>
// AHEAD-NEXT: mpc.matmul {{.*}} -> tensor<64x256xf32>
// AHEAD: mpc.matmul {{.*}} -> tensor<64x10xf32>
