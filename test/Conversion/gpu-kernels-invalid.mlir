// RUN: not mpc-opt %s --mpc-emit-gpu-kernels=chip=sm_70 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not mpc-opt %s --mpc-emit-gpu-kernels=chip=h100 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not mpc-opt %s --mpc-emit-gpu-kernels=buffer-alignment=12 2>&1 | FileCheck %s --check-prefix=ALIGNMENT
// RUN: mpc-opt %s --mpc-emit-gpu-kernels --split-input-file --verify-diagnostics
// RUN: env MPC_PTXAS=%t.none not mpc-opt %s --mpc-assemble-gpu-kernels 2>&1 | FileCheck %s --check-prefix=PTXAS
// RUN: not mpc-opt %s --mpc-print-gpu-launches=blocks=-1 2>&1 | FileCheck %s --check-prefix=BLOCKS

// CHIP: error: unknown GPU 'sm_70', expected one of sm_80, sm_86, sm_87, sm_89, sm_90
// NAME: error: unknown GPU 'h100', expected one of
// ALIGNMENT: error: expected a power of two from 1 to 256 as the alignment of buffers, found 12
// PTXAS: error: found no ptxas by $MPC_PTXAS
// BLOCKS: error: expected the number of blocks to be 0 or more, found -1

func.func @huge(%x: tensor<8796093022208xf32>) -> tensor<8796093022208xf32> {
  // expected-error @+1 {{needs 8589934592 blocks of threads, expected at most 2147483647 on a GPU}}
  %y = mpc.fused (%a = %x : tensor<8796093022208xf32>) -> (tensor<8796093022208xf32>) {
    %n = mpc.neg %a : tensor<8796093022208xf32>
    mpc.yield %n : tensor<8796093022208xf32>
  }
  return %y : tensor<8796093022208xf32>
}

// -----

func.func @two(%x: tensor<8xf32>, %z: tensor<5xf32>) -> (tensor<8xf32>, tensor<5xf32>) {
  // expected-error @+1 {{is not one region: the ops share no iteration space}}
  %y:2 = mpc.fused (%a = %x : tensor<8xf32>, %b = %z : tensor<5xf32>) -> (tensor<8xf32>, tensor<5xf32>) {
    %n = mpc.neg %a : tensor<8xf32>
    %m = mpc.neg %b : tensor<5xf32>
    mpc.yield %n, %m : tensor<8xf32>, tensor<5xf32>
  }
  return %y#0, %y#1 : tensor<8xf32>, tensor<5xf32>
}
