// What a kernel is made of on a GPU: wide accesses, shuffles and fused
// multiply-adds; neither local memory nor calls. No toolkit is needed.
// RUN: mpc-opt %s --target=cuda --gpu-arch=sm_80 --to=ptx | FileCheck %s --check-prefixes=CHECK,SM80
// RUN: mpc-opt %s --target=cuda --gpu-arch=sm_90 --to=ptx | FileCheck %s --check-prefixes=CHECK,SM90
// RUN: mpc-opt %s --target=cuda --gpu-arch=sm_90 --to=ptx | FileCheck %s --check-prefix=NEVER

// NEVER-NOT: .local
// NEVER-NOT: {{^[[:space:]]+}}call
// NEVER-NOT: __nv
// NEVER-NOT: .extern

func.func @main(%x: tensor<4096x768xf32> {mpc.name = "x"}, %g: tensor<768xf32> {mpc.name = "g"}) -> (tensor<4096x768xf32> {mpc.name = "y"}) {
  %0 = mpc.mul %x, %g : (tensor<4096x768xf32>, tensor<768xf32>) -> tensor<4096x768xf32>
  %1 = mpc.softmax %0 dim 1 : tensor<4096x768xf32>
  %2 = mpc.gelu exact %1 : tensor<4096x768xf32>
  return %2 : tensor<4096x768xf32>
}

// CHECK: // mpc_k_[[HASH:[0-9a-f]+]]: grid 512, block 256
// SM80: .target sm_80
// SM90: .target sm_90
// CHECK: .visible .entry mpc_k_[[HASH]](
// CHECK-NEXT: .param .u64 .ptr .align 16 {{.*}}_param_0,
// CHECK-NEXT: .param .u64 .ptr .align 16 {{.*}}_param_1,
// CHECK-NEXT: .param .u64 .ptr .align 16 {{.*}}_param_2
// CHECK: .maxntid 256, 1, 1
// The scale is not written by anybody: through the read-only cache.
// CHECK-DAG: ld.global.nc.v4.b32
// CHECK-DAG: ld.global.v4.b32
// CHECK: shfl.sync.bfly.b32
// CHECK: max.ftz.NaN.f32
// CHECK: fma.rn.ftz.f32
// CHECK: st.global.v4.b32
// CHECK: ret;
