// RUN: mpc-reduce %s -test=%S/Inputs/has-softmax.sh | FileCheck %s
// RUN: not mpc-reduce %models/mlp-tiny.mlir -test=%S/Inputs/has-softmax.sh 2>&1 | FileCheck %s --check-prefix=BORING

// BORING: mpc-reduce: '{{.*}}has-softmax.sh' does not exit with 0 for '{{.*}}mlp-tiny.mlir'

// CHECK: module {
// CHECK-NEXT: func.func @main
// CHECK-NEXT: %[[ONE:.*]] = mpc.constant 1.0 : tensor<8x4xf32>
// CHECK-NEXT: %[[Y:.*]] = mpc.softmax %[[ONE]] dim 1 : tensor<8x4xf32>
// CHECK-NEXT: return %[[Y]] : tensor<8x4xf32>
mpc.variable @w parameter constant(0.0) : tensor<16x4xf32>
func.func @unused(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = mpc.relu %x : tensor<8xf32>
  return %0 : tensor<8xf32>
}
func.func @main(%x: tensor<8x16xf32>) -> tensor<8x4xf32> {
  %w = mpc.read @w : tensor<16x4xf32>
  %0 = mpc.relu %x : tensor<8x16xf32>
  %1 = mpc.matmul %0, %w : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  %2 = mpc.softmax %1 dim 1 : tensor<8x4xf32>
  %3 = mpc.add %2, %1 : tensor<8x4xf32>
  %4 = mpc.exp %3 : tensor<8x4xf32>
  return %4 : tensor<8x4xf32>
}
