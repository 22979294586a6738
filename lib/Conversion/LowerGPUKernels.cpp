//===- LowerGPUKernels.cpp - gpu modules in the NVVM dialect --------------===//

#include "KernelCompiler.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mpc/Conversion/GPUKernels.h"

using namespace mlir;
using namespace mpc;

/// What is left of math are intrinsics of LLVM, for which NVPTX has
/// instructions. By itself: the patterns of gpu would make calls to libdevice.
static LogicalResult convertMath(Operation *root,
                                 LLVMTypeConverter &converter) {
  RewritePatternSet patterns(root->getContext());
  populateMathToLLVMConversionPatterns(converter, patterns);
  ConversionTarget target(*root->getContext());
  target.addIllegalDialect<math::MathDialect>();
  target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
  return applyPartialConversion(root, target, std::move(patterns));
}

static LogicalResult convertGPU(Operation *root, LLVMTypeConverter &converter) {
  RewritePatternSet patterns(root->getContext());
  populateSCFToControlFlowConversionPatterns(patterns);
  populateVectorToLLVMConversionPatterns(converter, patterns);
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
  cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
  populateGpuToNVVMConversionPatterns(converter, patterns);
  LLVMConversionTarget target(*root->getContext());
  target.addLegalDialect<NVVM::NVVMDialect>();
  target.addLegalOp<gpu::GPUModuleOp>();
  return applyFullConversion(root, target, std::move(patterns));
}

LogicalResult mpc::lowerGPUKernel(Operation *gpuModule) {
  MLIRContext *context = gpuModule->getContext();
  LowerToLLVMOptions options(context);
  options.useBarePtrCallConv = true;
  LLVMTypeConverter converter(context, options);
  configureGpuToNVVMTypeConverter(converter);
  if (failed(approximateMath(gpuModule, /*expandBFloat16=*/false)) ||
      failed(convertMath(gpuModule, converter)))
    return failure();
  return convertGPU(gpuModule, converter);
}
