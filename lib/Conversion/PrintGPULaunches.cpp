//===- PrintGPULaunches.cpp - launches and bytes of every function --------===//

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mpc/Conversion/GPUKernels.h"
#include "mpc/Conversion/Passes.h"
#include "llvm/Support/Format.h"

namespace mpc {
#define GEN_PASS_DEF_PRINTGPULAUNCHES
#include "mpc/Conversion/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

namespace {
enum class LaunchKind { Kernel, Library, Copy };

/// Launches that are the same: a kernel, or an op of one type.
struct Launch {
  LaunchKind kind;
  int64_t movedBytes, leastBytes;
  int64_t count = 0;
};
using Launches =
    llvm::MapVector<std::string, Launch, std::map<std::string, unsigned>>;

/// What a function launches, or a part of it.
struct Sum {
  void add(const Launch &launch, int64_t times) {
    counts[static_cast<int>(launch.kind)] += times;
    moved += times * launch.movedBytes;
    least += times * launch.leastBytes;
  }
  void print(StringRef name) const {
    llvm::outs() << "  " << name << ": " << counts[0] + counts[1] + counts[2]
                 << " launches (" << counts[0] << " kernels, " << counts[1]
                 << " library calls, " << counts[2] << " copies), " << moved
                 << " bytes, "
                 << llvm::format("%.2f",
                                 double(moved) / std::max<int64_t>(least, 1))
                 << " of the least\n";
  }
  int64_t counts[3] = {}, moved = 0, least = 0;
};

struct PrintGPULaunches : mpc::impl::PrintGPULaunchesBase<PrintGPULaunches> {
  using PrintGPULaunchesBase::PrintGPULaunchesBase;
  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (blocks < 0) {
      emitError(module.getLoc())
          << "expected the number of blocks to be 0 or more, found "
          << int64_t(blocks);
      return signalPassFailure();
    }
    OwningOpRef<ModuleOp> scratch = ModuleOp::create(module.getLoc());
    for (auto function : module.getOps<func::FuncOp>())
      if (failed(print(function, *scratch)))
        return signalPassFailure();
    markAllAnalysesPreserved();
  }

private:
  /// Kernels are emitted into `scratch`, to know their bytes, and dropped.
  LogicalResult print(func::FuncOp function, ModuleOp scratch);
  LogicalResult addKernels(func::FuncOp function, ModuleOp scratch,
                           Launches &launches);
};
} // namespace

/// Operands and results, each once.
static int64_t getBytes(Operation *op) {
  int64_t bytes = 0;
  llvm::SmallDenseSet<Value> seen;
  auto add = [&](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (type && seen.insert(value).second)
      bytes +=
          type.getNumElements() * ceilDiv(type.getElementTypeBitWidth(), 8);
  };
  llvm::for_each(op->getOperands(), add);
  llvm::for_each(op->getResults(), add);
  return bytes;
}

static void add(Launches &launches, const std::string &name, LaunchKind kind,
                int64_t moved, int64_t least) {
  ++launches.try_emplace(name, Launch{kind, moved, least}).first->second.count;
}

LogicalResult PrintGPULaunches::addKernels(func::FuncOp function,
                                           ModuleOp scratch,
                                           Launches &launches) {
  for (ArrayRef<FusedOp> regions : getGPULaunches(function)) {
    FailureOr<GPUKernel> kernel = emitGPUKernel(regions, {chip}, scratch);
    if (failed(kernel))
      return failure();
    scratch.getBody()->back().erase();
    add(launches, kernel->symbol, LaunchKind::Kernel, kernel->movedBytes,
        kernel->leastBytes);
  }
  return success();
}

static void addOthers(func::FuncOp function, Launches &launches) {
  for (Operation &op : function.getOps()) {
    bool isLibrary = isa<LibraryOpInterface, DecomposableOpInterface>(op);
    if (!isLibrary && !isa<ConcatOp>(op))
      continue;
    std::string name;
    llvm::raw_string_ostream os(name);
    os << op.getName() << op.getAttrDictionary();
    llvm::interleaveComma(op.getOperandTypes(), os);
    int64_t bytes = getBytes(&op);
    add(launches, name, isLibrary ? LaunchKind::Library : LaunchKind::Copy,
        bytes, bytes);
  }
}

LogicalResult PrintGPULaunches::print(func::FuncOp function, ModuleOp scratch) {
  Launches launches;
  if (failed(addKernels(function, scratch, launches)))
    return failure();
  addOthers(function, launches);
  if (launches.empty())
    return success();
  Sum all, block;
  for (auto &[name, launch] : launches) {
    all.add(launch, launch.count);
    // Rounded: the first and the last of the blocks differ from the others.
    if (blocks > 0)
      block.add(launch, (2 * launch.count + blocks - 1) / (2 * blocks));
  }
  llvm::outs() << "@" << function.getName() << "\n";
  all.print("in all");
  if (block.moved > 0)
    block.print("a block of " + std::to_string(blocks));
  return success();
}
