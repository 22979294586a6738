// RUN: mpc-opt %S/Inputs/two-layers.mlir --mpc-apply-plan=plan=%S/Inputs/tensor2.json --mpc-form-stages --mpc-localize | FileCheck %s
// RUN: mpc-opt %S/Inputs/two-layers.mlir --mpc-apply-plan=plan=%S/Inputs/tensor3-rows.json --mpc-form-stages --mpc-localize | FileCheck %s --check-prefix=UNEVEN
// RUN: mpc-opt %S/Inputs/two-layers.mlir --mpc-autodiff --mpc-decompose --canonicalize \
// RUN:   --mpc-apply-plan=plan=%S/Inputs/stages2.json --mpc-form-stages --mpc-localize | FileCheck %s --check-prefix=MICRO

// Both devices share one local program, with one all-reduce.
// CHECK: func.func private @main.F0.c0
// CHECK-SAME: mpc.devices = array<i64: 0, 1>, mpc.local
// CHECK: mpc.matmul {{.*}} : (tensor<8x16xf32>, tensor<16x6xf32>) -> tensor<8x6xf32>
// CHECK: mpc.matmul {{.*}} : (tensor<8x6xf32>, tensor<6x10xf32>) -> tensor<8x10xf32>
// CHECK: mpc.all_reduce sum %{{.*}} on ["tensor"] : tensor<8x10xf32>
// CHECK-NOT: mpc.all_

// 16 rows over 3: 6, 6 and 4; the smaller part is a class of its own.
// UNEVEN: func.func private @main.F0.c0
// UNEVEN-SAME: mpc.devices = array<i64: 0, 1>
// UNEVEN: mpc.shard_slice %{{.*}} dim 1 offset <["tensor"] by 6> : tensor<8x16xf32> -> tensor<8x6xf32>
// UNEVEN: func.func private @main.F0.c1
// UNEVEN-SAME: mpc.devices = array<i64: 2>
// UNEVEN: mpc.matmul {{.*}} : (tensor<8x4xf32>, tensor<4x12xf32>) -> tensor<8x12xf32>

// Later micro-batches add to what the first one left: GEMMs in place.
// MICRO: func.func private @train_step.B0.c0
// MICRO-SAME: mpc.micros = array<i64: 0>
// MICRO: func.func private @train_step.B0.c1
// MICRO-SAME: mpc.micros = array<i64: 1, 2, 3>
// MICRO: mpc.matmul {{.*}} transpose_lhs {mpc.accumulate = "
