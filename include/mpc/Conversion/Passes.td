//===- Passes.td - conversions ----------------------------------*- tablegen -*-===//
#ifndef MPC_CONVERSION_PASSES_TD
#define MPC_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def EmitKernels : Pass<"mpc-emit-kernels", "::mlir::ModuleOp"> {
  let summary = "append the vector function of every distinct fused region";
  let description = [{
    Shows what is compiled: `func.func @mpc_k_HASH(inputs, outputs, scalars, begin, end)`
    with the kernel's `mpc.extent`, its `mpc.grain`, and for every output the inputs
    whose buffer it may overwrite (`mpc.aliases`).
  }];
  let options = [Option<"vectorBytes", "vector-bytes", "int64_t", "64", "the size of a vector register">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def EmitGPUKernels : Pass<"mpc-emit-gpu-kernels", "::mlir::ModuleOp"> {
  let summary = "append the GPU kernel of every distinct fused region";
  let description = [{
    One `gpu.module @mpc_k_HASH` a kernel, in the gpu and vector dialects, with the
    blocks (`mpc.grid`) and the threads of a block (`mpc.block`) of its launch.
    mpc/Conversion/GPUKernels.h has the ABI.
  }];
  let options = [
    Option<"chip", "chip", "std::string", "\"sm_80\"", "sm_80 to sm_90">,
    Option<"bufferAlignment", "buffer-alignment", "int64_t", "16", "of every buffer, in bytes">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
                           "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def LowerGPUKernels : Pass<"mpc-lower-gpu-kernels", "::mlir::ModuleOp"> {
  let summary = "rewrite emitted GPU kernels in the NVVM dialect";
  let dependentDialects = ["::mlir::cf::ControlFlowDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::NVVM::NVVMDialect"];
}

def TranslateGPUKernels : Pass<"mpc-gpu-kernels-to-ptx", "::mlir::ModuleOp"> {
  let summary = "replace GPU kernels in the NVVM dialect by their PTX";
  let description = [{
    A `gpu.module` becomes a `gpu.binary` of one object, the PTX; nothing is needed of
    the CUDA toolkit.
  }];
  let options = [Option<"chip", "chip", "std::string", "\"sm_80\"", "sm_80 to sm_90">];
  let dependentDialects = ["::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::NVVM::NVVMDialect"];
}

#endif
