// RUN: mpc-opt %s -mpc-print-costs -o /dev/null | FileCheck %s

mpc.variable @w parameter constant(0.0) : tensor<16x4xbf16>

// CHECK: @main
func.func @main(%x: tensor<8x16xbf16>, %m: tensor<8x4xi1>, %q: tensor<2x8x4x16xf32>, %t: tensor<256x64xf32>, %ids: tensor<2x8xi64>) {
  // 16 * 4 values of two bytes.
  // CHECK-NEXT: mpc.read  0 flops  128 bytes
  %w = mpc.read @w : tensor<16x4xbf16>
  // 2 * 8 * 16 * 4; (8 * 16 + 16 * 4 + 8 * 4) * 2.
  // CHECK-NEXT: mpc.matmul  1024 flops  448 bytes
  %0 = mpc.matmul %x, %w : (tensor<8x16xbf16>, tensor<16x4xbf16>) -> tensor<8x4xbf16>
  // A truth value is a byte.
  // CHECK-NEXT: mpc.select  32 flops  224 bytes
  %1 = mpc.select %m, %0, %0 : (tensor<8x4xi1>, tensor<8x4xbf16>, tensor<8x4xbf16>) -> tensor<8x4xbf16>
  // 2 * 4 * 8 * 8 scores, each 2 * (16 + 16) for the products and 5 for softmax.
  // CHECK-NEXT: mpc.attention  35328 flops  16384 bytes
  %2 = mpc.attention %q, %q, %q scale 0.25 : (tensor<2x8x4x16xf32>, tensor<2x8x4x16xf32>, tensor<2x8x4x16xf32>) -> tensor<2x8x4x16xf32>
  // CHECK-NEXT: mpc.embedding  0 flops  69760 bytes
  %3 = mpc.embedding %t, %ids : (tensor<256x64xf32>, tensor<2x8xi64>) -> tensor<2x8x64xf32>
  // CHECK-NEXT: total  36384 flops  86944 bytes
  return
}
