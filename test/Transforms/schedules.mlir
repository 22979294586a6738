// Two stages a group: down the groups and up again, the backward in two halves.
// RUN: mpc-opt %models/mlp.mlir --mesh=stage:2 --micro-batches=2 --schedule=zb-v --loss=cross-entropy \
// RUN:   --cluster=dgx-a100:1 2> %t.log | FileCheck %s
// RUN: FileCheck %s --check-prefix=TOLD < %t.log

// TOLD: plan: mesh on 2 devices, mesh stage:2, 2 micro-batches, zb-v

// CHECK: module attributes {{.*}}mpc.placement = array<i64: 0, 1, 1, 0>{{.*}}mpc.split_backward
// A program without gradients runs forwards on the same groups.
// CHECK: mpc.program @main
// CHECK-SAME: lists ["0F0,0SEND_F0:0>1,
// CHECK-SAME: 3F0,
// CHECK-SAME: 3F1", "0RECV_F0:0<0,1F0,0RECV_F1:0<0,2F0,
// CHECK: mpc.program @train_step
// CHECK-SAME: schedule "zb-v"
// CHECK-SAME: 3I0,
// CHECK-SAME: 3W0,
// CHECK-SAME: 0I0,
// CHECK-SAME: 0W0,

// The last stage is on the devices of the first.
// CHECK: func.func private @train_step.F3.c0
// CHECK-SAME: mpc.devices = array<i64: 0>
// The first stage's gradients lead to nothing but updates: no input-gradient.
// CHECK: func.func private @train_step.I0.c0() attributes
// CHECK-NEXT: return
// CHECK: func.func private @train_step.I3.c0
// CHECK: mpc.matmul {{.*}}transpose_rhs
// CHECK-NOT: transpose_lhs
// CHECK: return
// CHECK: func.func private @train_step.W3.c0
// CHECK: mpc.matmul {{.*}}transpose_lhs
// CHECK-NOT: transpose_rhs
// Later micro-batches add to the gradient where the product is computed.
// CHECK: func.func private @train_step.W3.c1
// CHECK: mpc.matmul {{.*}}transpose_lhs {mpc.accumulate

// Any map from stages to groups, from a table; some backwards in halves.
// RUN: mpc-opt %models/mlp.mlir --mesh=stage:2 --schedule=%S/Inputs/three-stages.csv --loss=cross-entropy \
// RUN:   --cluster=dgx-a100:1 2>&1 | FileCheck %s --check-prefix=TABLE
// TABLE: plan: mesh on 2 devices, mesh stage:2, 2 micro-batches, {{.*}}three-stages.csv
// TABLE: mpc.placement = array<i64: 1, 0, 1>
// TABLE: mpc.program @train_step
// TABLE-SAME: 1I0,
// TABLE-SAME: 1W0,
// TABLE-SAME: 0I1,
// TABLE-SAME: 0W1,

// One group has one stage, whatever the schedule.
// RUN: mpc-opt %models/mlp.mlir --mesh=data:2 --micro-batches=2 --schedule=interleaved:3 --loss=cross-entropy \
// RUN:   --cluster=dgx-a100:1 2>&1 | FileCheck %s --check-prefix=ONE
// ONE-NOT: mpc.placement
// ONE: bodies [@train_step.F0.c0, @train_step.F0.c1, @train_step.B0.c0, @train_step.B0.c1, @train_step.U0
