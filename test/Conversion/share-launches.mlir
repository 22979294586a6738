// RUN: mpc-opt %s --pass-pipeline='builtin.module(func.func(mpc-share-launches))' | FileCheck %s
// RUN: mpc-opt %s --mlir-disable-threading --pass-pipeline='builtin.module(func.func(mpc-share-launches))' | FileCheck %s
// RUN: mpc-opt %s --pass-pipeline='builtin.module(func.func(mpc-share-launches{max-parameters=3}))' | FileCheck %s --check-prefix=FEW
// RUN: mpc-opt %s --pass-pipeline='builtin.module(func.func(mpc-share-launches))' | mpc-opt - --mpc-emit-gpu-kernels | FileCheck %s --check-prefix=GPU

mpc.variable @a parameter constant(0.0) : tensor<8xf32>
mpc.variable @b parameter constant(0.0) : tensor<6xf32>

// The step is needed by the updates, which need not wait for each other; what
// reads one of them comes later, and a sum is a launch of its own.
// CHECK-LABEL: @update
// CHECK: mpc.fused {{.*}} -> (tensor<f32>) {
// CHECK: mpc.fused {{.*}} -> (tensor<8xf32>) attributes {mpc.launch = 0 : i64}
// CHECK: mpc.fused {{.*}} -> (tensor<1xf32>) {
// CHECK: mpc.fused {{.*}} -> (tensor<6xf32>) attributes {mpc.launch = 0 : i64}
// CHECK: mpc.fused {{.*}} -> (tensor<8xf32>) {
// FEW-NOT: mpc.launch

// Two blocks, one for each variable.
// GPU: mpc.block = 256 : i64, mpc.grid = 2 : i64
// GPU: gpu.func @mpc_k_{{[0-9a-f]+}}(%{{.*}}: memref<8xf32> {{.*}}, %{{.*}}: memref<1xf32> {{.*}}, %{{.*}}: memref<8xf32> {{.*}}, %{{.*}}: memref<6xf32> {{.*}}, %{{.*}}: memref<1xf32> {{.*}}, %{{.*}}: memref<6xf32> {{[^,]*}}) kernel
func.func private @update(%step: tensor<f32>) -> (tensor<8xf32>, tensor<1xf32>) attributes {mpc.body = "update"} {
  %a = mpc.read @a : tensor<8xf32>
  %b = mpc.read @b : tensor<6xf32>
  %s = mpc.fused (%x = %step : tensor<f32>) -> (tensor<f32>) {
    %r = mpc.sqrt %x : tensor<f32>
    mpc.yield %r : tensor<f32>
  }
  %a2 = mpc.fused (%x = %a : tensor<8xf32>, %y = %s : tensor<f32>) -> (tensor<8xf32>) {
    %r = mpc.mul %x, %y : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
    mpc.yield %r : tensor<8xf32>
  }
  mpc.assign @a, %a2 : tensor<8xf32>
  %n = mpc.fused (%x = %b : tensor<6xf32>) -> (tensor<1xf32>) {
    %r = mpc.reduce sum %x dims [0] : tensor<6xf32> -> tensor<1xf32>
    mpc.yield %r : tensor<1xf32>
  }
  %b2 = mpc.fused (%x = %b : tensor<6xf32>, %y = %s : tensor<f32>) -> (tensor<6xf32>) {
    %r = mpc.mul %x, %y : (tensor<6xf32>, tensor<f32>) -> tensor<6xf32>
    mpc.yield %r : tensor<6xf32>
  }
  mpc.assign @b, %b2 : tensor<6xf32>
  %c = mpc.fused (%x = %a2 : tensor<8xf32>) -> (tensor<8xf32>) {
    %r = mpc.neg %x : tensor<8xf32>
    mpc.yield %r : tensor<8xf32>
  }
  return %c, %n : tensor<8xf32>, tensor<1xf32>
}

// In other bodies regions come together between two library calls. The sums of
// columns do, though other work stands between them; what waits for one of them does not.
// CHECK-LABEL: @backward
// CHECK: mpc.fused {{.*}} -> (tensor<1x64xf32>) attributes {mpc.launch = 0 : i64}
// CHECK: mpc.fused {{.*}} -> (tensor<32x64xf32>) {
// CHECK: mpc.fused {{.*}} -> (tensor<1x64xf32>) attributes {mpc.launch = 0 : i64}
// CHECK: mpc.fused {{.*}} -> (tensor<64xf32>) {
// CHECK: mpc.matmul
// CHECK: mpc.fused {{.*}} -> (tensor<1x64xf32>) {
func.func private @backward(%x: tensor<32x64xf32>, %y: tensor<32x64xf32>, %w: tensor<64x64xf32>)
    -> (tensor<1x64xf32>, tensor<32x64xf32>, tensor<64xf32>, tensor<1x64xf32>) attributes {mpc.body = "backward"} {
  %0 = mpc.fused (%a = %x : tensor<32x64xf32>) -> (tensor<1x64xf32>) {
    %r = mpc.reduce sum %a dims [0] : tensor<32x64xf32> -> tensor<1x64xf32>
    mpc.yield %r : tensor<1x64xf32>
  }
  %s = mpc.reshape %0 : tensor<1x64xf32> to tensor<64xf32>
  %1 = mpc.fused (%a = %x : tensor<32x64xf32>) -> (tensor<32x64xf32>) {
    %r = mpc.neg %a : tensor<32x64xf32>
    mpc.yield %r : tensor<32x64xf32>
  }
  %2 = mpc.fused (%a = %y : tensor<32x64xf32>) -> (tensor<1x64xf32>) {
    %r = mpc.reduce sum %a dims [0] : tensor<32x64xf32> -> tensor<1x64xf32>
    mpc.yield %r : tensor<1x64xf32>
  }
  %3 = mpc.fused (%a = %s : tensor<64xf32>) -> (tensor<64xf32>) {
    %r = mpc.neg %a : tensor<64xf32>
    mpc.yield %r : tensor<64xf32>
  }
  %m = mpc.matmul %x, %w : (tensor<32x64xf32>, tensor<64x64xf32>) -> tensor<32x64xf32>
  %4 = mpc.fused (%a = %m : tensor<32x64xf32>) -> (tensor<1x64xf32>) {
    %r = mpc.reduce sum %a dims [0] : tensor<32x64xf32> -> tensor<1x64xf32>
    mpc.yield %r : tensor<1x64xf32>
  }
  return %2, %1, %3, %4 : tensor<1x64xf32>, tensor<32x64xf32>, tensor<64xf32>, tensor<1x64xf32>
}
