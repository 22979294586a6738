// Each dense layer on its own device: bias and activation stay with it.
// RUN: mpc-opt %models/mlp.mlir --partition=layer --devices=3 --cluster=dgx-a100:1 --loss=cross-entropy \
// RUN:   2>%t.err | FileCheck %s --implicit-check-not=mpc.all_ --implicit-check-not=mpc.reduce_scatter
// RUN: FileCheck %s --check-prefix=PLAN < %t.err

// PLAN: plan: layer on 3 devices, mesh stage:3, 1 micro-batches

// CHECK: mpc.variable @w1 {{.*}} {mpc.stage = 0 : i64}
// CHECK: mpc.variable @w2 {{.*}} {mpc.stage = 1 : i64}
// CHECK: mpc.variable @b3 {{.*}} {mpc.stage = 2 : i64}
// CHECK: mpc.program @main mesh <"stage" = 3> micro_batches 1
// CHECK-SAME: edges ["v0.relu: forward 0 -> forward 1, 262144 bytes a micro-batch", "v1.relu: forward 1 -> forward 2, 131072 bytes a micro-batch"]
// CHECK-SAME: lists ["0F0,0SEND_F0:0>1,0WAIT_F0:0>1", "0RECV_F0:0<0,1F0,1SEND_F0:1>2,1WAIT_F0:1>2", "1RECV_F0:1<1,2F0"]
// CHECK: mpc.program @train_step
// CHECK: func.func private @main.F0.c0(%{{.*}}: tensor<128x784xf32>
// CHECK: mpc.matmul {{.*}} -> tensor<128x512xf32>
// CHECK-NOT: mpc.matmul
// CHECK: func.func private @main.F1.c0(%{{.*}}: tensor<128x512xf32>
// CHECK: mpc.matmul {{.*}} -> tensor<128x256xf32>
// CHECK-NOT: mpc.matmul
// CHECK: func.func private @main.F2.c0(%{{.*}}: tensor<128x256xf32>
// CHECK: mpc.matmul {{.*}} -> tensor<128x10xf32>
