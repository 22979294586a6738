// Megatron's sequence parallelism: what products leave as a partial sum is cut along its tokens, and gathered where the next product needs it.
// RUN: mpc-opt %models/gpt-tiny.mlir --mesh=tensor:2 --sequence-parallel --loss=next-token | FileCheck %s --implicit-check-not='all_reduce sum %{{.*}} : tensor<4x'
// RUN: mpc-opt %models/mlp-tiny.mlir --mesh=tensor:2 --sequence-parallel --loss=cross-entropy | FileCheck %s --check-prefix=MATRIX

// One layer: two gathers, two scatters; norm and residual in between have half of the 16 positions.
// CHECK: func.func private @train_step.F0.c0
// CHECK: mpc.einsum "bshd,hdk->bsk"
// CHECK: mpc.reduce_scatter sum %{{.*}} dim 1 by 8 on ["tensor"] : tensor<4x16x32xf32> -> tensor<4x8x32xf32>
// CHECK: mpc.reduce sum {{.*}} tensor<4x8x32xf32> -> tensor<4x8x1xf32>
// CHECK: mpc.all_gather %{{.*}} dim 1 by 8 on ["tensor"]
// CHECK: mpc.matmul %{{.*}} : (tensor<4x16x32xf32>, tensor<32x64xf32>) -> tensor<4x16x64xf32>
// CHECK: mpc.matmul %{{.*}} : (tensor<4x16x64xf32>, tensor<64x32xf32>) -> tensor<4x16x32xf32>
// CHECK: mpc.reduce_scatter sum %{{.*}} dim 1 by 8 on ["tensor"]
// CHECK: mpc.all_gather %{{.*}} dim 1 by 8 on ["tensor"]

// The backward keeps norms in parts, gathers them again, and scatters its own sums.
// CHECK: func.func private @train_step.B0.c0
// CHECK: mpc.all_gather %arg
// CHECK: mpc.reduce_scatter

// Rows of a matrix are its tokens.
// MATRIX: mpc.reduce_scatter sum %{{.*}} dim 0 by {{[0-9]+}} on ["tensor"]
