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

def ShareLaunches : Pass<"mpc-share-launches", "::mlir::func::FuncOp"> {
  let summary = "let small regions share a launch of a GPU";
  let description = [{
    Regions that do not wait for each other get one number, `mpc.launch`: one launch
    does them all, where the last of them stands, and nothing between them reads what
    one of them computes. Regions without reductions can share a launch, and those
    with reductions in blocks of one size: sums of columns. What a launch waits for
    stays in memory, so regions come together between two library calls only; in
    update bodies, anywhere.
  }];
  let options = [
    Option<"maxParameters", "max-parameters", "int64_t", "::mpc::kMaxGPUParameters", "inputs, outputs and shard offsets of a launch">,
    Option<"bufferAlignment", "buffer-alignment", "int64_t", "16", "of every buffer, in bytes">,
  ];
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

def PrintGPULaunches : Pass<"mpc-print-gpu-launches", "::mlir::ModuleOp"> {
  let summary = "print how many launches a function is on a GPU, and the bytes they move";
  let description = [{
    After regions are formed. A launch is a kernel (one a region), a library call (one
    a contraction or composite op) or a copy (a concatenation; slices and transposes
    between launches are read where they lie). Bytes are what launches read and
    write of memory; the least is every operand and result once. With `blocks`, the
    counts of equal launches are divided by it and rounded: what one layer is, of
    three or more.
  }];
  let options = [
    Option<"chip", "chip", "std::string", "\"sm_80\"", "sm_80 to sm_90">,
    Option<"blocks", "blocks", "int64_t", "0", "repeated layers of the model; 0: show no block">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
                           "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def AssembleGPUKernels : Pass<"mpc-assemble-gpu-kernels", "::mlir::ModuleOp"> {
  let summary = "add the cubins of kernels, by ptxas, and print what they use";
  let description = [{
    Every `gpu.binary` gets a second object, for one chip. A line a kernel says its
    launch, the registers of a thread, and bytes of shared memory, of the stack and
    of spilled registers. It is an error where no ptxas is found.
  }];
  let dependentDialects = ["::mlir::gpu::GPUDialect", "::mlir::NVVM::NVVMDialect"];
}

#endif
