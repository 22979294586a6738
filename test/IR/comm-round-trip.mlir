// RUN: mpc-opt %s | mpc-opt | FileCheck %s
// RUN: mpc-opt --mlir-print-op-generic %s | mpc-opt | FileCheck %s

// CHECK-LABEL: @comm
func.func @comm(%x: tensor<8x16xf32>) {
  // CHECK: mpc.reshard %{{.*}} <{{.*}}"data"] by 4, []]> to <{{.*}}[], ["data"] by 8]> : tensor<8x16xf32>
  %0 = mpc.reshard %x <[["data"] by 4, []]> to <[[], ["data"] by 8]> : tensor<8x16xf32>
  // CHECK: mpc.reshard %{{.*}} <[{{.*}}], partial sum ["data", "tensor"]> to <
  %1 = mpc.reshard %x <[[], []], partial sum ["data", "tensor"]> to <[[], []]> : tensor<8x16xf32>
  // CHECK: mpc.all_reduce max %{{.*}} on ["data"] : tensor<8x16xf32>
  %2 = mpc.all_reduce max %x on ["data"] : tensor<8x16xf32>
  // CHECK: mpc.all_gather %{{.*}} dim 1 by 16 on ["tensor"] : tensor<8x16xf32> -> tensor<8x30xf32>
  %3 = mpc.all_gather %x dim 1 by 16 on ["tensor"] : tensor<8x16xf32> -> tensor<8x30xf32>
  // CHECK: mpc.reduce_scatter sum %{{.*}} dim 0 by 3 on ["tensor"] : tensor<8x16xf32> -> tensor<2x16xf32>
  %4 = mpc.reduce_scatter sum %x dim 0 by 3 on ["tensor"] : tensor<8x16xf32> -> tensor<2x16xf32>
  // CHECK: mpc.all_to_all %{{.*}} dim 0 by 8 to 1 by 4 on ["data", "tensor"] : tensor<8x16xf32> -> tensor<32x4xf32>
  %5 = mpc.all_to_all %x dim 0 by 8 to 1 by 4 on ["data", "tensor"] : tensor<8x16xf32> -> tensor<32x4xf32>
  // CHECK: mpc.shard_slice %{{.*}} dim 0 offset <["tensor"] by 3> : tensor<8x16xf32> -> tensor<3x16xf32>
  %6 = mpc.shard_slice %x dim 0 offset <["tensor"] by 3> : tensor<8x16xf32> -> tensor<3x16xf32>
  return
}
