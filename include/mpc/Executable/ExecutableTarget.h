//===- ExecutableTarget.h - what a kind of device runs ----------*- C++ -*-===//
//
// Everything in an executable that depends on what will run it: kernels, the
// library of matrix products, the alignment of buffers. The rest of the road,
// from the plan to the manifest, is one.
//
//   CUDATarget target(context, {}, {.chip = "sm_90"});
//   lowerToLocal(module, plan, target);
//   auto executable = buildExecutable({module}, target);
//   target.compile(executable->manifest);
//
//===----------------------------------------------------------------------===//

#ifndef MPC_EXECUTABLE_EXECUTABLETARGET_H
#define MPC_EXECUTABLE_EXECUTABLETARGET_H

#include "mlir/Pass/PassManager.h"
#include "mpc/Conversion/GPUKernels.h"
#include "mpc/Conversion/Kernels.h"
#include "mpcrt/abi.h"
#include "mpcrt/package/Manifest.h"
#include <nlohmann/json.hpp>

namespace mpc {

/// A library of matrix products, as far as the compiler has to know it.
class MatmulLibrary {
public:
  virtual ~MatmulLibrary() = default;

  /// Whether it multiplies an element type (MPCRT_F32, ...).
  virtual bool hasType(int32_t dtype) const = 0;
  /// Whether what the product has of bias, activation and the sums of its
  /// columns costs nothing extra.
  virtual bool hasFastEpilogue(const mpcrt_matmul_desc &desc) const = 0;
  /// Bytes of the arena that the product wants besides its operands.
  virtual llvm::Expected<int64_t>
  getWorkspace(const mpcrt_matmul_desc &desc) const = 0;
};

/// The kernel of one launch.
struct LaunchKernel {
  std::string symbol;
  /// What the scalar parameters are.
  llvm::SmallVector<OffsetAttr, 1> scalars;
  /// As in `Kernel`: those of all regions in order, inputs numbered from 0 in
  /// each.
  llvm::SmallVector<llvm::SmallVector<unsigned>> aliases;
  /// What the launch has besides kernel, buffers and scalars.
  nlohmann::json fields = nlohmann::json::object();
};

/// Code for a package, and what a machine must be to run it.
struct PackagedCode {
  /// The members' names are set.
  mpcrt::PackagedTarget target;
  /// Of the member `target.code`, where it has a name.
  std::string bytes;
  size_t kernels = 0, codeBytes = 0;
};

class ExecutableTarget : public MatmulLibrary {
public:
  using MatmulLibrary::getWorkspace;
  /// The same for attention; an error where the target has no library for it.
  virtual llvm::Expected<int64_t>
  getWorkspace(const mpcrt_attention_desc &desc) const = 0;

  /// The manifest's "target".
  virtual llvm::StringRef getName() const = 0;
  /// Of a device.
  virtual int getThreads() const = 0;
  /// Of buffers in an arena: a power of two, at least 64.
  virtual int64_t getAlignment() const = 0;

  /// Passes over bodies whose regions are formed.
  virtual void addPasses(mlir::OpPassManager &bodies) const = 0;
  /// Asks for the kernel of regions that share a launch. Errors are reported at
  /// an op.
  virtual llvm::FailureOr<LaunchKernel>
  add(llvm::ArrayRef<FusedOp> regions) = 0;
  /// The manifest's entry of a kernel that was asked for.
  virtual nlohmann::json describeKernel(llvm::StringRef symbol) const = 0;

  /// Compiles all that was asked for, and adds to the manifest what it holds of
  /// the code.
  virtual llvm::Error compile(nlohmann::json &manifest) = 0;
  /// A function of this process, after `compile`; null where kernels are none.
  virtual mpcrt_kernel find(llvm::StringRef symbol) = 0;
  virtual llvm::Expected<PackagedCode> package() const = 0;
};

/// This machine's processor, or another one: kernels as objects, products by
/// oneDNN.
class CPUTarget : public ExecutableTarget {
public:
  CPUTarget(mlir::MLIRContext &context, KernelOptions options, int threads)
      : kernels(context, options), cpu(options.cpu), threads(threads) {}

  bool hasType(int32_t dtype) const override;
  bool hasFastEpilogue(const mpcrt_matmul_desc &desc) const override;
  llvm::Expected<int64_t>
  getWorkspace(const mpcrt_matmul_desc &desc) const override;
  llvm::Expected<int64_t>
  getWorkspace(const mpcrt_attention_desc &desc) const override;

  llvm::StringRef getName() const override { return "cpu"; }
  int getThreads() const override { return threads; }
  int64_t getAlignment() const override { return 64; }
  void addPasses(mlir::OpPassManager &) const override {}
  llvm::FailureOr<LaunchKernel> add(llvm::ArrayRef<FusedOp> regions) override;
  nlohmann::json describeKernel(llvm::StringRef symbol) const override;
  llvm::Error compile(nlohmann::json &manifest) override;
  mpcrt_kernel find(llvm::StringRef symbol) override;
  llvm::Expected<PackagedCode> package() const override;

private:
  KernelLibrary kernels;
  std::string cpu;
  /// They decide the workspace of products.
  int threads;
};

struct CUDAOptions {
  /// sm_80 or later. PTX runs on later GPUs too, cubins do not.
  std::string chip = "sm_80";
  /// Makes cubins besides PTX, where there is ptxas.
  bool cubins = false;
  /// The most that cuBLASLt gets to work in, a device.
  int64_t workspaceBytes = 32 << 20;
};

/// NVIDIA's GPUs: kernels as PTX, products by cuBLASLt. Nothing of NVIDIA's is
/// needed to compile.
class CUDATarget : public ExecutableTarget {
public:
  /// The chip passes `check` of GPUOptions. Of `kernels` counts where code is
  /// kept, and the threads that compile.
  CUDATarget(mlir::MLIRContext &context, const KernelOptions &kernels,
             CUDAOptions options);

  bool hasType(int32_t dtype) const override;
  bool hasFastEpilogue(const mpcrt_matmul_desc &desc) const override;
  llvm::Expected<int64_t>
  getWorkspace(const mpcrt_matmul_desc &desc) const override;
  llvm::Expected<int64_t>
  getWorkspace(const mpcrt_attention_desc &desc) const override;

  llvm::StringRef getName() const override { return "cuda"; }
  int getThreads() const override { return 1; }
  int64_t getAlignment() const override { return 256; }
  void addPasses(mlir::OpPassManager &bodies) const override;
  llvm::FailureOr<LaunchKernel> add(llvm::ArrayRef<FusedOp> regions) override;
  nlohmann::json describeKernel(llvm::StringRef symbol) const override;
  llvm::Error compile(nlohmann::json &manifest) override;
  mpcrt_kernel find(llvm::StringRef) override { return nullptr; }
  llvm::Expected<PackagedCode> package() const override;

protected:
  const CUDAOptions &getOptions() const { return options; }

private:
  CUDAOptions options;
  std::optional<Ptxas> assembler;
  GPUKernelLibrary kernels;
};

} // namespace mpc

#endif
