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

#endif
