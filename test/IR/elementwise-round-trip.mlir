// RUN: mpc-opt %s | mpc-opt | FileCheck %s
// RUN: mpc-opt --mlir-print-op-generic %s | mpc-opt | FileCheck %s

// CHECK-LABEL: @unary
func.func @unary(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  // CHECK: mpc.neg %{{.*}} : tensor<8x16xf32>
  %0 = mpc.neg %x : tensor<8x16xf32>
  // CHECK: mpc.exp
  %1 = mpc.exp %0 : tensor<8x16xf32>
  // CHECK: mpc.log
  %2 = mpc.log %1 : tensor<8x16xf32>
  // CHECK: mpc.sqrt
  %3 = mpc.sqrt %2 : tensor<8x16xf32>
  // CHECK: mpc.rsqrt
  %4 = mpc.rsqrt %3 : tensor<8x16xf32>
  // CHECK: mpc.tanh
  %5 = mpc.tanh %4 : tensor<8x16xf32>
  // CHECK: mpc.erf
  %6 = mpc.erf %5 : tensor<8x16xf32>
  // CHECK: mpc.abs
  %7 = mpc.abs %6 : tensor<8x16xf32>
  // CHECK: mpc.sigmoid
  %8 = mpc.sigmoid %7 : tensor<8x16xf32>
  // CHECK: mpc.silu
  %9 = mpc.silu %8 : tensor<8x16xf32>
  // CHECK: mpc.relu
  %10 = mpc.relu %9 : tensor<8x16xf32>
  // CHECK: mpc.gelu tanh %{{.*}} : tensor<8x16xf32>
  %11 = mpc.gelu tanh %10 : tensor<8x16xf32>
  // CHECK: mpc.gelu exact %{{.*}} : tensor<8x16xf32>
  %12 = mpc.gelu exact %11 : tensor<8x16xf32>
  // CHECK: mpc.softplus %{{.*}} : tensor<8x16xf32>
  %13 = mpc.softplus %12 : tensor<8x16xf32>
  return %13 : tensor<8x16xf32>
}

// CHECK-LABEL: @binary
func.func @binary(%x: tensor<8x16xf32>, %row: tensor<16xf32>, %column: tensor<8x1xf32>) {
  // CHECK: mpc.add %{{.*}}, %{{.*}} : tensor<8x16xf32>
  %0 = mpc.add %x, %x : tensor<8x16xf32>
  // CHECK: mpc.sub %{{.*}}, %{{.*}} : (tensor<8x16xf32>, tensor<16xf32>) -> tensor<8x16xf32>
  %1 = mpc.sub %x, %row : (tensor<8x16xf32>, tensor<16xf32>) -> tensor<8x16xf32>
  // CHECK: mpc.mul %{{.*}}, %{{.*}} : (tensor<16xf32>, tensor<8x1xf32>) -> tensor<8x16xf32>
  %2 = mpc.mul %row, %column : (tensor<16xf32>, tensor<8x1xf32>) -> tensor<8x16xf32>
  // CHECK: mpc.div
  %3 = mpc.div %x, %x : tensor<8x16xf32>
  // CHECK: mpc.pow
  %4 = mpc.pow %x, %x : tensor<8x16xf32>
  // CHECK: mpc.maximum
  %5 = mpc.maximum %x, %x : tensor<8x16xf32>
  // CHECK: mpc.minimum
  %6 = mpc.minimum %x, %x : tensor<8x16xf32>
  // CHECK: mpc.gelu_grad tanh %{{.*}}, %{{.*}} : tensor<8x16xf32>
  %7 = mpc.gelu_grad tanh %x, %6 : tensor<8x16xf32>
  // CHECK: mpc.gelu_grad exact %{{.*}}, %{{.*}} : (tensor<16xf32>, tensor<8x16xf32>) -> tensor<8x16xf32>
  %8 = mpc.gelu_grad exact %row, %7 : (tensor<16xf32>, tensor<8x16xf32>) -> tensor<8x16xf32>
  return
}

// CHECK-LABEL: @logic
func.func @logic(%a: tensor<8x1xi64>, %b: tensor<1x8xi64>, %x: tensor<8xf32>, %step: tensor<i64>) {
  // CHECK: mpc.compare lt %{{.*}}, %{{.*}} : (tensor<8x1xi64>, tensor<1x8xi64>) -> tensor<8x8xi1>
  %0 = mpc.compare lt %a, %b : (tensor<8x1xi64>, tensor<1x8xi64>) -> tensor<8x8xi1>
  // CHECK: mpc.and %{{.*}} : tensor<8x8xi1>
  %1 = mpc.and %0, %0 : tensor<8x8xi1>
  // CHECK: mpc.or %{{.*}} : tensor<8x1xi64>
  %2 = mpc.or %a, %a : tensor<8x1xi64>
  // CHECK: mpc.select %{{.*}}, %{{.*}}, %{{.*}} : (tensor<8x8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
  %3 = mpc.select %1, %x, %x : (tensor<8x8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
  // CHECK: mpc.cast %{{.*}} : tensor<8x8xf32> to tensor<8x8xbf16>
  %4 = mpc.cast %3 : tensor<8x8xf32> to tensor<8x8xbf16>
  // CHECK: mpc.random_bits %{{.*}}, %{{.*}} seed 7 : tensor<8x1xi64>
  %5 = mpc.random_bits %a, %step seed 7 : tensor<8x1xi64>
  return
}
