// RUN: mpc-opt %s -split-input-file -mpc-raise | FileCheck %s

// A fused weight is seen as three parts of four heads; so is its bias.

// CHECK: mpc.variable @qkv parameter file("qkv") view [32, 96] : tensor<32x3x4x8xf32>
// CHECK: mpc.variable @bias parameter file("bias") view [96] : tensor<3x4x8xf32>
mpc.variable @qkv parameter file("qkv") : tensor<32x96xf32>
mpc.variable @bias parameter file("bias") : tensor<96xf32>
// CHECK-LABEL: @fused
// CHECK: %[[Y:.*]] = mpc.einsum "abk,kmno->abmno"
// CHECK: %[[B:.*]] = mpc.add %[[Y]]
// CHECK: mpc.slice %[[B]] dim 2 start 0 size 1
// CHECK: mpc.slice %[[B]] dim 2 start 1 size 1
func.func @fused(%x: tensor<12x32xf32>) -> (tensor<2x6x4x8xf32>, tensor<2x6x4x8xf32>) {
  %x3 = mpc.reshape %x : tensor<12x32xf32> to tensor<2x6x32xf32>
  %x2 = mpc.reshape %x3 : tensor<2x6x32xf32> to tensor<12x32xf32>
  %a = mpc.relu %x3 : tensor<2x6x32xf32>
  %a2 = mpc.reshape %a : tensor<2x6x32xf32> to tensor<12x32xf32>
  %w = mpc.read @qkv : tensor<32x96xf32>
  %b = mpc.read @bias : tensor<96xf32>
  %0 = mpc.matmul %a2, %w : (tensor<12x32xf32>, tensor<32x96xf32>) -> tensor<12x96xf32>
  %1 = mpc.add %0, %b : (tensor<12x96xf32>, tensor<96xf32>) -> tensor<12x96xf32>
  %2 = mpc.reshape %1 : tensor<12x96xf32> to tensor<2x6x96xf32>
  %q = mpc.slice %2 dim 2 start 0 size 32 : tensor<2x6x96xf32> -> tensor<2x6x32xf32>
  %k = mpc.slice %2 dim 2 start 32 size 32 : tensor<2x6x96xf32> -> tensor<2x6x32xf32>
  %qh = mpc.reshape %q : tensor<2x6x32xf32> to tensor<2x6x4x8xf32>
  %kh = mpc.reshape %k : tensor<2x6x32xf32> to tensor<2x6x4x8xf32>
  return %qh, %kh : tensor<2x6x4x8xf32>, tensor<2x6x4x8xf32>
}

// -----

// The rows of a projection are heads; a transposed weight keeps its order.

// CHECK: mpc.variable @out parameter file("out") view [16, 32] : tensor<16x4x8xf32>
mpc.variable @out parameter file("out") : tensor<16x32xf32>
// CHECK-LABEL: @rows
// CHECK: mpc.einsum "abmn,kmn->abk" %arg0
func.func @rows(%x: tensor<2x6x4x8xf32>) -> tensor<2x6x16xf32> {
  %w = mpc.read @out : tensor<16x32xf32>
  %x3 = mpc.reshape %x : tensor<2x6x4x8xf32> to tensor<2x6x32xf32>
  %0 = mpc.matmul %x3, %w transpose_rhs : (tensor<2x6x32xf32>, tensor<16x32xf32>) -> tensor<2x6x16xf32>
  return %0 : tensor<2x6x16xf32>
}

// -----

// What is read twice keeps its shape.

// CHECK: mpc.variable @shared parameter file("shared") : tensor<32x32xf32>
mpc.variable @shared parameter file("shared") : tensor<32x32xf32>
func.func @twice(%x: tensor<2x6x32xf32>) -> (tensor<2x6x4x8xf32>, tensor<2x6x32xf32>) {
  %w = mpc.read @shared : tensor<32x32xf32>
  %0 = mpc.matmul %x, %w : (tensor<2x6x32xf32>, tensor<32x32xf32>) -> tensor<2x6x32xf32>
  %h = mpc.reshape %0 : tensor<2x6x32xf32> to tensor<2x6x4x8xf32>
  %1 = mpc.matmul %0, %w : (tensor<2x6x32xf32>, tensor<32x32xf32>) -> tensor<2x6x32xf32>
  return %h, %1 : tensor<2x6x4x8xf32>, tensor<2x6x32xf32>
}
