// RUN: mpc-opt %s --mpc-emit-gpu-kernels --canonicalize --cse | FileCheck %s
// RUN: mpc-opt %s --mpc-emit-gpu-kernels=buffer-alignment=8 --canonicalize --cse | FileCheck %s --check-prefix=NARROW
// RUN: mpc-opt %s --mpc-emit-gpu-kernels --mpc-lower-gpu-kernels | FileCheck %s --check-prefix=NVVM

func.func @regions(%x: tensor<4096x768xf32>, %p: tensor<1001xf32>, %w: tensor<4096x768xf32>, %z: tensor<16x100000xf32>,
                   %i: tensor<64xi64>, %u: tensor<64x768xf32>)
    -> (tensor<4096x768xf32>, tensor<1001xf32>, tensor<1001xf32>, tensor<1x768xf32>, tensor<16x1xf32>, tensor<50000x768xf32>) {
  %s = mpc.fused (%a = %x : tensor<4096x768xf32>) -> (tensor<4096x768xf32>) {
    %m = mpc.reduce max %a dims [1] : tensor<4096x768xf32> -> tensor<4096x1xf32>
    %d = mpc.sub %a, %m : (tensor<4096x768xf32>, tensor<4096x1xf32>) -> tensor<4096x768xf32>
    mpc.yield %d : tensor<4096x768xf32>
  }
  %q = mpc.fused (%a = %p : tensor<1001xf32>) -> (tensor<1001xf32>) {
    %m = mpc.neg %a : tensor<1001xf32>
    mpc.yield %m : tensor<1001xf32>
  }
  // Of the same structure: one kernel.
  %r = mpc.fused (%a = %q : tensor<1001xf32>) -> (tensor<1001xf32>) {
    %m = mpc.neg %a : tensor<1001xf32>
    mpc.yield %m : tensor<1001xf32>
  }
  %c = mpc.fused (%a = %w : tensor<4096x768xf32>) -> (tensor<1x768xf32>) {
    %m = mpc.reduce sum %a dims [0] : tensor<4096x768xf32> -> tensor<1x768xf32>
    mpc.yield %m : tensor<1x768xf32>
  }
  %l = mpc.fused (%a = %z : tensor<16x100000xf32>) -> (tensor<16x1xf32>) {
    %m = mpc.reduce sum %a dims [1] : tensor<16x100000xf32> -> tensor<16x1xf32>
    mpc.yield %m : tensor<16x1xf32>
  }
  %t = mpc.fused (%a = %i : tensor<64xi64>, %b = %u : tensor<64x768xf32>) -> (tensor<50000x768xf32>) {
    %m = mpc.scatter_add %a, %b : (tensor<64xi64>, tensor<64x768xf32>) -> tensor<50000x768xf32>
    mpc.yield %m : tensor<50000x768xf32>
  }
  return %s, %q, %r, %c, %l, %t : tensor<4096x768xf32>, tensor<1001xf32>, tensor<1001xf32>, tensor<1x768xf32>, tensor<16x1xf32>, tensor<50000x768xf32>
}

// A row of 768: a warp reads it once, six vectors a thread; shuffles, no
// barrier. The result may lie on the input, so the input is not read-only.
// CHECK-LABEL: gpu.module @mpc_k_
// CHECK-SAME: mpc.block = 256 : i64, mpc.grid = 512 : i64
// CHECK: gpu.func @mpc_k_{{[0-9a-f]+}}(%[[X:.*]]: memref<3145728xf32> {llvm.align = 16 : i64}, %[[Y:.*]]: memref<3145728xf32> {llvm.align = 16 : i64}) kernel
// CHECK-SAME: known_block_size = array<i32: 256, 1, 1>, known_grid_size = array<i32: 512, 1, 1>
// CHECK-COUNT-6: vector.load %[[X]]{{.*}} {alignment = 16 : i64} : memref<3145728xf32>, vector<4xf32>
// CHECK-NOT: vector.load
// CHECK-COUNT-5: gpu.shuffle xor
// CHECK-NOT: gpu.barrier
// CHECK-COUNT-6: vector.store {{.*}}, %[[Y]]

// A line of 1001: 250 vectors, and one element behind them.
// CHECK-LABEL: gpu.module @mpc_k_
// CHECK-SAME: mpc.block = 64 : i64, mpc.grid = 4 : i64
// CHECK: %[[ISVECTOR:.*]] = arith.cmpi ult, %{{.*}}, %c250
// CHECK: scf.if %[[ISVECTOR]]
// CHECK: vector.load
// CHECK: vector.store
// CHECK: memref.load
// CHECK: memref.store

// Columns: eight teams of 64 threads a block, that is lines of 32 columns; what
// warps have found meets in shared memory.
// CHECK-LABEL: gpu.module @mpc_k_
// CHECK-SAME: mpc.block = 512 : i64, mpc.grid = 24 : i64
// CHECK: {llvm.align = 16 : i64, llvm.noalias, llvm.readonly}
// CHECK-SAME: workgroup(%{{.*}} : memref<128xf32, #gpu.address_space<workgroup>>
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-4: vector.load
// CHECK: gpu.shuffle xor
// CHECK: gpu.barrier
// CHECK-NOT: gpu.barrier

// A row that no team holds: its threads walk over it.
// CHECK-LABEL: gpu.module @mpc_k_
// CHECK-SAME: mpc.block = 512 : i64, mpc.grid = 16 : i64
// CHECK: scf.for {{.*}} iter_args
// CHECK: gpu.barrier

// Rows of a table: no atomics.
// CHECK-LABEL: gpu.module @mpc_k_
// CHECK-SAME: mpc.block = 256 : i64
// CHECK: nvvm.vote.sync ballot
// CHECK: scf.while
// CHECK: gpu.shuffle idx
// CHECK-NOT: gpu.module

// NARROW: gpu.module @mpc_k_{{[0-9a-f]+}}_a8
// NARROW: llvm.align = 8 : i64
// NARROW: vector.load {{.*}} {alignment = 8 : i64} : memref<3145728xf32>, vector<2xf32>
// NARROW-NOT: vector<4xf32>

// NVVM-COUNT-5: llvm.func @mpc_k_{{.*}} attributes {{.*}}nvvm.kernel
// NVVM-NOT: __nv_
