// RUN: mpc-opt %s --mpc-emit-kernels | FileCheck %s
// RUN: mpc-opt %s --mpc-emit-kernels | FileCheck %s --check-prefix=COUNT
// RUN: mpc-opt %s --mpc-emit-kernels=vector-bytes=32 | FileCheck %s --check-prefix=AVX2

// Equal regions are one kernel: three functions for four regions.
// COUNT: func.func @regions
// COUNT-COUNT-3: func.func @mpc_k_{{[0-9a-f]+}}
// COUNT-NOT: func.func
func.func @regions(%x: tensor<32x1000xf32>, %p: tensor<64xf32>, %w: tensor<64x100xf32>)
    -> (tensor<32x1xf32>, tensor<64xf32>, tensor<64xf32>, tensor<1x100xf32>) {
  %s = mpc.fused (%a = %x : tensor<32x1000xf32>) -> (tensor<32x1xf32>) {
    %m = mpc.reduce max %a dims [1] : tensor<32x1000xf32> -> tensor<32x1xf32>
    mpc.yield %m : tensor<32x1xf32>
  }
  %q = mpc.fused (%a = %p : tensor<64xf32>) -> (tensor<64xf32>) {
    %m = mpc.neg %a : tensor<64xf32>
    mpc.yield %m : tensor<64xf32>
  }
  %r = mpc.fused (%b = %q : tensor<64xf32>) -> (tensor<64xf32>) {
    %m = mpc.neg %b : tensor<64xf32>
    mpc.yield %m : tensor<64xf32>
  }
  %c = mpc.fused (%a = %w : tensor<64x100xf32>) -> (tensor<1x100xf32>) {
    %m = mpc.reduce sum %a dims [0] : tensor<64x100xf32> -> tensor<1x100xf32>
    mpc.yield %m : tensor<1x100xf32>
  }
  return %s, %q, %r, %c : tensor<32x1xf32>, tensor<64xf32>, tensor<64xf32>, tensor<1x100xf32>
}

// The row maximum: a loop of rows, four accumulators over 960 elements, single
// vectors up to 992, eight masked lanes.
// CHECK-LABEL: func.func @mpc_k_
// CHECK-SAME: (%[[X:.*]]: memref<32000xf32>, %[[Y:.*]]: memref<32xf32>, %[[BEGIN:.*]]: index, %[[END:.*]]: index) attributes {mpc.aliases = [array<i64>], mpc.extent = 32 : i64, mpc.grain = 16 : i64}
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[END]]
// CHECK: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-COUNT-4: vector.load %[[X]]
// CHECK: scf.for
// CHECK: vector.load %[[X]]
// CHECK: vector.maskedload %[[X]]
// CHECK: arith.select
// CHECK: vector.reduction <maximumf>
// CHECK: memref.store %{{.*}}, %[[Y]]

// The negation: in place, whole vectors, one unit.
// CHECK-LABEL: func.func @mpc_k_
// CHECK-SAME: mpc.aliases = [array<i64: 0>], mpc.extent = 1 : i64
// CHECK: vector.load
// CHECK-NEXT: arith.negf {{.*}} : vector<16xf32>
// CHECK-NEXT: vector.store

// The column sum: lanes over columns, rows inside, no horizontal reduction.
// CHECK-LABEL: func.func @mpc_k_
// CHECK: scf.for
// CHECK: scf.for
// CHECK: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-NOT: vector.reduction
// CHECK: vector.maskedstore

// AVX2: vector<8xf32>
// AVX2-NOT: vector<16xf32>
