// RUN: mpc-opt %S/Inputs/two-layers.mlir --mpc-apply-plan=plan=%S/Inputs/stages2.json --mpc-form-stages --mpc-localize --mpc-schedule | FileCheck %s
// RUN: mpc-opt %S/Inputs/two-layers.mlir --mpc-autodiff --mpc-decompose --canonicalize \
// RUN:   --mpc-apply-plan=plan=%S/Inputs/stages2.json --mpc-form-stages --mpc-localize --mpc-schedule | FileCheck %s --check-prefix=TRAIN

// CHECK: edges ["v0.relu: forward 0 -> forward 1, 96 bytes a micro-batch"]
// CHECK-SAME: lists ["0F0,0SEND_F0:0>1,0F1,0SEND_F1:0>1,0WAIT_F0:0>1,0F2,
// CHECK-SAME: "0RECV_F0:0<0,1F0,0RECV_F1:0<0,1F1,0RECV_F2:0<0,1F2,0RECV_F3:0<0,1F3"]

// 1F1B: the last stage alternates from the first micro-batch on.
// TRAIN: mpc.program @train_step
// TRAIN-SAME: 1F0,{{.*}}1B0,{{.*}}1F1,{{.*}}1B1,
