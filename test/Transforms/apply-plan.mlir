// Column cut, then row cut: the sums meet once, before the second bias.
// RUN: mpc-opt %S/Inputs/two-layers.mlir --mpc-apply-plan=plan=%S/Inputs/tensor2.json | FileCheck %s

// CHECK: module attributes {mpc.mesh = #mpc.mesh<"tensor" = 2>, mpc.micro_batches = 1 : i64
// CHECK: mpc.variable @w1 {{.*}} sharding <{{\[\[\], \["tensor"\] by 6\]}}>
// CHECK: mpc.variable @w2 {{.*}} sharding <{{\[\["tensor"\] by 6, \[\]\]}}>
// CHECK: mpc.matmul %{{.*}}mpc.sharding = [#mpc.sharding<{{\[\[\], \["tensor"\] by 6\]}}>]
// CHECK: mpc.relu
// CHECK: %[[P:.*]] = mpc.matmul %{{.*}}mpc.sharding = [#mpc.sharding<{{\[\[\], \[\]\], partial sum \["tensor"\]}}>]
// CHECK: mpc.reshard %[[P]] <{{\[\[\], \[\]\], partial sum \["tensor"\]}}> to <{{\[\[\], \[\]\]}}>
// CHECK-NOT: mpc.reshard
