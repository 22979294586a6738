//===- LowerKernels.cpp - vector functions in the LLVM dialect ------------===//

#include "DoubleMath.h"
#include "KernelCompiler.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace mpc;

void mpc::prepareKernelLowering(MLIRContext &context) {
  context.loadDialect<cf::ControlFlowDialect, LLVM::LLVMDialect>();
  registerBuiltinDialectTranslation(context);
  registerLLVMDialectTranslation(context);
}

LogicalResult mpc::approximateMath(Operation *root, bool expandBFloat16) {
  RewritePatternSet patterns(root->getContext());
  populateMathPolynomialApproximationPatterns(patterns);
  populateDoubleMathPatterns(patterns);
  math::populateExpansionPatterns(patterns, {"powf"});
  if (expandBFloat16)
    arith::populateExpandBFloat16Patterns(patterns);
  GreedyRewriteConfig config;
  config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
  return applyPatternsGreedily(root, std::move(patterns), config);
}

static LogicalResult convertToLLVM(ModuleOp module) {
  MLIRContext *context = module.getContext();
  LowerToLLVMOptions options(context);
  options.useBarePtrCallConv = true;
  LLVMTypeConverter converter(context, options);
  RewritePatternSet patterns(context);
  populateSCFToControlFlowConversionPatterns(patterns);
  populateVectorToLLVMConversionPatterns(converter, patterns);
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  populateMathToLLVMConversionPatterns(converter, patterns);
  populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
  cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
  populateFuncToLLVMConversionPatterns(converter, patterns);
  LLVMConversionTarget target(*context);
  target.addLegalOp<ModuleOp>();
  return applyFullConversion(module, target, std::move(patterns));
}

/// void @name(char **buffers, i64 *scalars, i64 begin, i64 end): unpacks and
/// calls `inner`.
static void addEntry(LLVM::LLVMFuncOp inner, StringRef name) {
  OpBuilder b(inner);
  Location loc = inner.getLoc();
  Type i64 = b.getI64Type(),
       pointer = LLVM::LLVMPointerType::get(b.getContext());
  auto type = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(b.getContext()), {pointer, pointer, i64, i64});
  auto entry = LLVM::LLVMFuncOp::create(b, loc, name, type);
  Block *block = entry.addEntryBlock(b);
  b.setInsertionPointToStart(block);
  SmallVector<Value> arguments;
  int64_t numBuffers = 0, numScalars = 0;
  auto loadAt = [&](Value list, Type element, int64_t index) -> Value {
    Value address = LLVM::GEPOp::create(
        b, loc, pointer, element, list,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index)});
    return LLVM::LoadOp::create(b, loc, element, address);
  };
  for (Type parameter : inner.getFunctionType().getParams().drop_back(2)) {
    bool isBuffer = isa<LLVM::LLVMPointerType>(parameter);
    arguments.push_back(
        isBuffer ? loadAt(block->getArgument(0), pointer, numBuffers++)
                 : loadAt(block->getArgument(1), i64, numScalars++));
  }
  arguments.append({block->getArgument(2), block->getArgument(3)});
  LLVM::CallOp::create(b, loc, inner, arguments);
  LLVM::ReturnOp::create(b, loc, ValueRange());
}

LogicalResult mpc::lowerKernels(ModuleOp module, const KernelTarget &target) {
  bool hasBFloat16 = StringRef(target.features).contains("+avx512bf16");
  if (failed(approximateMath(module, !hasBFloat16)) ||
      failed(convertToLLVM(module)))
    return failure();
  for (auto function :
       llvm::make_early_inc_range(module.getOps<LLVM::LLVMFuncOp>())) {
    std::string name = function.getName().str();
    function.setName(name + "_body");
    function.setLinkage(LLVM::Linkage::Internal);
    function.setAlwaysInline(true);
    addEntry(function, name);
  }
  return success();
}
