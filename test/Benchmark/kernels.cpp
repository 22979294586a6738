//===- kernels.cpp - speed of generated kernels and of making them --------===//
//
// The last argument is the number of threads: with 2, each takes half of the
// units, as a device's team does. Bytes are what the kernel reads and writes
// once. On a busy machine only the CPU time of one thread says something.
//
//===----------------------------------------------------------------------===//

#include "mpc/Conversion/Kernels.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Transforms/Passes.h"
#include "mpc/Transforms/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include <atomic>
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <thread>

using namespace mlir;
using namespace mpc;

namespace {

/// A function on tensors, as one region.
class Program {
public:
  explicit Program(const std::string &text) {
    context.loadDialect<MPCDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(text, &context);
    PassManager passes(&context);
    passes.addPass(createDecompose());
    passes.addPass(createCanonicalizerPass());
    passes.addNestedPass<func::FuncOp>(createFormFused());
    SmallVector<FusedOp> regions;
    if (!module || failed(passes.run(*module)))
      std::abort();
    module->walk([&](FusedOp op) { regions.push_back(op); });
    library = std::make_unique<KernelLibrary>(context, KernelOptions{""});
    if (regions.size() != 1 || failed(kernel = library->add(regions[0])))
      std::abort();
    llvm::cantFail(library->compile());
    function = reinterpret_cast<KernelFn *>(
        llvm::cantFail(library->lookup(kernel->symbol)));
    for (Value value : regions[0].getInputs())
      addBuffer(value);
    for (Value value : regions[0].getOutputs())
      addBuffer(value);
  }
  ~Program() {
    for (char *buffer : buffers)
      std::free(buffer);
  }

  void run(int64_t begin, int64_t end) {
    function(buffers.data(), nullptr, begin, end);
  }
  int64_t getExtent() const { return kernel->extent; }
  int64_t getMiddle() const {
    return kernel->extent / 2 / kernel->grain * kernel->grain;
  }

  int64_t bytes = 0;

private:
  void addBuffer(Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    int64_t size = type.getNumElements() * type.getElementTypeBitWidth() / 8;
    auto *buffer =
        static_cast<char *>(std::aligned_alloc(64, (size + 63) / 64 * 64));
    std::memset(buffer, 0, size);
    buffers.push_back(buffer);
    bytes += size;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::unique_ptr<KernelLibrary> library;
  FailureOr<Kernel> kernel = failure();
  KernelFn *function = nullptr;
  std::vector<char *> buffers;
};

/// A second thread that spins between runs: starting threads would be measured
/// otherwise.
class Helper {
public:
  explicit Helper(Program &program)
      : thread([this, &program] {
          for (int64_t seen = 0;;) {
            int64_t now = round.load(std::memory_order_acquire);
            if (now < 0)
              return;
            if (now == seen)
              continue;
            seen = now;
            program.run(program.getMiddle(), program.getExtent());
            done.store(seen, std::memory_order_release);
          }
        }) {}
  ~Helper() {
    round = -1;
    thread.join();
  }
  void start() { ++round; }
  void wait() {
    while (done.load(std::memory_order_acquire) != round.load())
      ;
  }

private:
  std::atomic<int64_t> round{0}, done{0};
  std::thread thread;
};

void report(benchmark::State &state, const Program &program) {
  state.counters["GB/s"] = benchmark::Counter(
      1e-9 * program.bytes * state.iterations(), benchmark::Counter::kIsRate);
}

void measure(benchmark::State &state, const std::string &text) {
  Program program(text);
  if (state.range(1) == 1) {
    for (auto _ : state)
      program.run(0, program.getExtent());
    return report(state, program);
  }
  Helper helper(program);
  for (auto _ : state) {
    helper.start();
    program.run(0, program.getMiddle());
    helper.wait();
  }
  report(state, program);
}

void layerNorm(benchmark::State &state) {
  std::string x = llvm::formatv("tensor<{0}x768xf32>", state.range(0));
  measure(state, llvm::formatv(R"(
    func.func @f(%x: {0}, %g: tensor<768xf32>, %b: tensor<768xf32>) -> {0} {{
      %y = mpc.layer_norm %x, %g, %b epsilon 1.0e-5 : ({0}, tensor<768xf32>, tensor<768xf32>) -> {0}
      return %y : {0}
    })",
                               x));
}

void softmax(benchmark::State &state) {
  std::string x = llvm::formatv("tensor<{0}x1000xf32>", state.range(0));
  measure(state, llvm::formatv(R"(
    func.func @f(%x: {0}) -> {0} {{
      %y = mpc.softmax %x dim 1 : {0}
      return %y : {0}
    })",
                               x));
}

void biasGelu(benchmark::State &state) {
  std::string x = llvm::formatv("tensor<{0}x3072xf32>", state.range(0));
  measure(state, llvm::formatv(R"(
    func.func @f(%x: {0}, %b: tensor<3072xf32>) -> {0} {{
      %a = mpc.add %x, %b : ({0}, tensor<3072xf32>) -> {0}
      %y = mpc.gelu tanh %a : {0}
      return %y : {0}
    })",
                               x));
}

void biasGradient(benchmark::State &state) {
  std::string x = llvm::formatv("tensor<{0}x768xf32>", state.range(0));
  measure(state, llvm::formatv(R"(
    func.func @f(%x: {0}) -> tensor<1x768xf32> {{
      %y = mpc.reduce sum %x dims [0] : {0} -> tensor<1x768xf32>
      return %y : tensor<1x768xf32>
    })",
                               x));
}

void adamW(benchmark::State &state) {
  std::string t = llvm::formatv("tensor<{0}xf32>", state.range(0));
  measure(state, llvm::formatv(R"(
    func.func @f(%p: {0}, %g: {0}, %m: {0}, %v: {0}) -> ({0}, {0}, {0}) {{
      %b1 = mpc.constant 0.9 : tensor<f32>
      %c1 = mpc.constant 0.1 : tensor<f32>
      %b2 = mpc.constant 0.999 : tensor<f32>
      %c2 = mpc.constant 0.001 : tensor<f32>
      %lr = mpc.constant 1.0e-4 : tensor<f32>
      %wd = mpc.constant 0.999999 : tensor<f32>
      %eps = mpc.constant 1.0e-8 : tensor<f32>
      %m0 = mpc.mul %m, %b1 : ({0}, tensor<f32>) -> {0}
      %m1 = mpc.mul %g, %c1 : ({0}, tensor<f32>) -> {0}
      %m2 = mpc.add %m0, %m1 : {0}
      %v0 = mpc.mul %v, %b2 : ({0}, tensor<f32>) -> {0}
      %gg = mpc.mul %g, %g : {0}
      %v1 = mpc.mul %gg, %c2 : ({0}, tensor<f32>) -> {0}
      %v2 = mpc.add %v0, %v1 : {0}
      %s = mpc.sqrt %v2 : {0}
      %d = mpc.add %s, %eps : ({0}, tensor<f32>) -> {0}
      %q = mpc.div %m2, %d : {0}
      %u = mpc.mul %q, %lr : ({0}, tensor<f32>) -> {0}
      %w = mpc.mul %p, %wd : ({0}, tensor<f32>) -> {0}
      %n = mpc.sub %w, %u : {0}
      return %n, %m2, %v2 : {0}, {0}, {0}
    })",
                               t));
}

void transpose(benchmark::State &state) {
  int64_t n = state.range(0);
  measure(state, llvm::formatv(R"(
    func.func @f(%x: tensor<{0}x{0}xf32>) -> tensor<{0}x{0}xf32> {{
      %y = mpc.transpose %x [1, 0] : tensor<{0}x{0}xf32> -> tensor<{0}x{0}xf32>
      return %y : tensor<{0}x{0}xf32>
    })",
                               n));
}

/// All kernels of a model's training step; cold, and from the disk cache.
void compileModel(benchmark::State &state, const char *model) {
  MLIRContext context;
  context.loadDialect<MPCDialect, func::FuncDialect>();
  std::string path = std::string(MPC_MODELS "/") + model;
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(path, &context);
  PassManager passes(&context);
  passes.addPass(createAutodiff());
  passes.addPass(createAddOptimizer());
  passes.addPass(createDecompose());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addNestedPass<func::FuncOp>(createFormFused());
  if (!module || failed(passes.run(*module)))
    std::abort();
  bool isCached = state.range(0);
  llvm::SmallString<64> cache;
  if (llvm::sys::fs::createUniqueDirectory("mpc-bench-cache", cache))
    std::abort();
  size_t kernels = 0;
  auto compile = [&] {
    KernelLibrary library(context,
                          KernelOptions{isCached ? std::string(cache) : ""});
    module->walk([&](FusedOp op) { (void)library.add(op); });
    llvm::cantFail(library.compile());
    kernels = library.getObjects().size();
    for (auto &[symbol, object] : library.getObjects())
      llvm::cantFail(library.lookup(symbol));
  };
  compile();
  for (auto _ : state)
    compile();
  state.counters["kernels"] = kernels;
  llvm::sys::fs::remove_directories(cache);
}

void rows(benchmark::internal::Benchmark *bench) {
  bench->ArgsProduct({{256, 16384}, {1}});
}
void rowsOnTwo(benchmark::internal::Benchmark *bench) {
  bench->ArgsProduct({{256, 16384}, {2}})->UseRealTime();
}
BENCHMARK(layerNorm)->Apply(rows);
BENCHMARK(layerNorm)->Apply(rowsOnTwo);
BENCHMARK(softmax)->Apply(rows);
BENCHMARK(softmax)->Apply(rowsOnTwo);
BENCHMARK(biasGelu)->Apply(rows);
BENCHMARK(biasGelu)->Apply(rowsOnTwo);
BENCHMARK(biasGradient)->Apply(rows);
BENCHMARK(biasGradient)->Apply(rowsOnTwo);
BENCHMARK(adamW)->ArgsProduct({{1 << 20, 124'000'000}, {1}});
BENCHMARK(adamW)->ArgsProduct({{1 << 20, 124'000'000}, {2}})->UseRealTime();
BENCHMARK(transpose)->ArgsProduct({{1024}, {1, 2}});
BENCHMARK_CAPTURE(compileModel, mlp, "mlp.mlir")
    ->Arg(0)
    ->Arg(1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(compileModel, gpt, "gpt.mlir")
    ->Arg(0)
    ->Arg(1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

} // namespace

BENCHMARK_MAIN();
