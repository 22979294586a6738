// RUN: mpc-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: @reshards
// CHECK-SAME: (%[[X:.*]]: tensor<8xf32>)
func.func @reshards(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = mpc.reshard %x <[["data"] by 4]> to <[["data"] by 4]> : tensor<8xf32>
  // CHECK-NEXT: %[[Y:.*]] = mpc.reshard %[[X]] {{.*}}partial sum ["data"]> to {{.*}}["tensor"] by 2]> : tensor<8xf32>
  %1 = mpc.reshard %x <[[]], partial sum ["data"]> to <[["data"] by 4]> : tensor<8xf32>
  %2 = mpc.reshard %1 <[["data"] by 4]> to <[["tensor"] by 2]> : tensor<8xf32>
  // CHECK-NEXT: return %[[X]], %[[Y]]
  return %0, %2 : tensor<8xf32>, tensor<8xf32>
}

// A placement that is used twice is made once.
// CHECK-LABEL: @shared
func.func @shared(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  // CHECK-COUNT-2: mpc.reshard
  %0 = mpc.reshard %x <[[]], partial sum ["data"]> to <[["data"] by 4]> : tensor<8xf32>
  %1 = mpc.reshard %0 <[["data"] by 4]> to <[[]]> : tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}
