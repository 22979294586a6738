//===- GPUComparison.cpp - a region's two kernels -------------------------===//

#include "GPUComparison.h"
#include "llvm/ADT/APFloat.h"
#include <cmath>
#include <random>

using namespace mlir;
using namespace mpc;
using namespace mpc::test;

namespace {

using Bytes = std::vector<char>;
/// Behind every buffer, to see who writes there.
constexpr size_t kGuard = 64;
constexpr char kUntouched = 0x5a;

/// A buffer at a multiple of `alignment` and of nothing more.
class Buffer {
public:
  Buffer(size_t bytes, int64_t alignment)
      : storage(bytes + kGuard + 512, kUntouched), bytes(bytes) {
    auto start = reinterpret_cast<uintptr_t>(storage.data());
    data = storage.data() + (llvm::alignTo(start, 512) - start) +
           (alignment < 256 ? alignment : 0);
  }
  char *get() { return data; }
  Bytes getBytes() const { return Bytes(data, data + bytes); }
  bool isIntact() const {
    const char *end = storage.data() + storage.size();
    return std::all_of(static_cast<const char *>(data) + bytes, end,
                       [](char c) { return c == kUntouched; });
  }

private:
  Bytes storage;
  size_t bytes;
  char *data;
};

RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

size_t getBytes(RankedTensorType type) {
  return type.getNumElements() *
         std::max<size_t>(1, type.getElementTypeBitWidth() / 8);
}

const llvm::fltSemantics &semanticsOf(Type element) {
  return cast<FloatType>(element).getFloatSemantics();
}

double readNumber(const char *at, Type element) {
  unsigned bytes = std::max(1u, element.getIntOrFloatBitWidth() / 8);
  uint64_t bits = 0;
  std::memcpy(&bits, at, bytes);
  if (!isa<FloatType>(element)) {
    unsigned shift = 64 - 8 * bytes;
    return element.isUnsignedInteger()
               ? double(bits)
               : double(int64_t(bits << shift) >> shift);
  }
  llvm::APFloat number(semanticsOf(element), llvm::APInt(8 * bytes, bits));
  bool lost;
  number.convert(llvm::APFloat::IEEEdouble(),
                 llvm::APFloat::rmNearestTiesToEven, &lost);
  return number.convertToDouble();
}

void writeNumber(char *at, Type element, double value) {
  unsigned bytes = std::max(1u, element.getIntOrFloatBitWidth() / 8);
  uint64_t bits = static_cast<int64_t>(value);
  if (isa<FloatType>(element)) {
    llvm::APFloat number(value);
    bool lost;
    number.convert(semanticsOf(element), llvm::APFloat::rmNearestTiesToEven,
                   &lost);
    bits = number.bitcastToAPInt().getZExtValue();
  }
  std::memcpy(at, &bits, bytes);
}

/// Numbers that every op accepts.
void fill(char *data, RankedTensorType type, unsigned seed,
          int64_t maxInteger) {
  std::mt19937 engine(seed);
  Type element = type.getElementType();
  size_t bytes = std::max(1u, element.getIntOrFloatBitWidth() / 8);
  int64_t end = element.isInteger(1) ? 2 : maxInteger;
  for (int64_t i = 0; i < type.getNumElements(); ++i) {
    double value = isa<FloatType>(element)
                       ? 0.1 + 1.4 * (engine() / 4294967296.0)
                       : double(engine() % end);
    writeNumber(data + i * bytes, element, value);
  }
}

/// One run of one kernel.
class Run {
public:
  Run(FusedOp op, const ComparisonOptions &options) : op(op) {
    for (Value value : op.getInputs()) {
      add(typeOf(value), options.gpu.bufferAlignment);
      fill(buffers.back()->get(), typeOf(value), buffers.size(),
           options.maxInteger);
    }
    for (Value value : op.getOutputs())
      add(typeOf(value), options.gpu.bufferAlignment);
  }
  /// Puts outputs where they may overwrite an input.
  void setInPlace(const GPUKernel &kernel) {
    std::set<unsigned> taken;
    for (auto [output, inputs] : llvm::enumerate(kernel.aliases))
      for (unsigned input : inputs)
        if (taken.insert(input).second) {
          places[op->getNumOperands() + output] = places[input];
          break;
        }
  }
  std::vector<char *> &getPlaces() { return places; }
  std::vector<Bytes> getResults() {
    std::vector<Bytes> results;
    for (auto [i, value] : llvm::enumerate(op.getOutputs())) {
      char *at = places[op->getNumOperands() + i];
      results.emplace_back(at, at + ::getBytes(typeOf(value)));
    }
    for (auto &buffer : buffers)
      EXPECT_TRUE(buffer->isIntact()) << "wrote behind a buffer";
    return results;
  }

private:
  void add(RankedTensorType type, int64_t alignment) {
    buffers.push_back(std::make_unique<Buffer>(::getBytes(type), alignment));
    places.push_back(buffers.back()->get());
  }
  FusedOp op;
  std::vector<std::unique_ptr<Buffer>> buffers;
  std::vector<char *> places;
};

double getTolerance(Type element, double tolerance) {
  unsigned width = element.getIntOrFloatBitWidth();
  return !isa<FloatType>(element) ? 0
         : element.isBF16()       ? 1.6e-2
         : width == 16            ? 2e-3
                                  : tolerance;
}

void expectNear(const Bytes &found, const Bytes &expected,
                RankedTensorType type, double tolerance) {
  Type element = type.getElementType();
  tolerance = getTolerance(element, tolerance);
  size_t bytes = std::max(1u, element.getIntOrFloatBitWidth() / 8);
  for (size_t at = 0; at < expected.size(); at += bytes) {
    double x = readNumber(&found[at], element),
           y = readNumber(&expected[at], element);
    bool same = x == y || (std::isnan(x) && std::isnan(y)) ||
                std::abs(x - y) <= tolerance * std::max(1.0, std::abs(y));
    if (!same) {
      ADD_FAILURE() << "element " << at / bytes << " is " << x << ", expected "
                    << y;
      return;
    }
  }
}

std::vector<Bytes> simulate(FusedOp op, GPUSimulator &simulator,
                            const ComparisonOptions &options, ThreadOrder order,
                            bool inPlace) {
  Run run(op, options);
  if (inPlace)
    run.setInPlace(simulator.getKernel());
  if (llvm::Error error =
          simulator.run(run.getPlaces(), options.scalars, order))
    ADD_FAILURE() << llvm::toString(std::move(error));
  return run.getResults();
}

void compare(FusedOp op, const Kernel &cpu, KernelFn *function,
             GPUSimulator &simulator, const ComparisonOptions &options) {
  Run expected(op, options);
  function(expected.getPlaces().data(), options.scalars.data(), 0, cpu.extent);
  std::vector<Bytes> right = expected.getResults();
  std::vector<Bytes> found =
      simulate(op, simulator, options, ThreadOrder::Ascending, false);
  for (size_t i = 0; i < right.size(); ++i)
    expectNear(found[i], right[i], typeOf(op.getOutputs()[i]),
               options.tolerance);
  if (options.thorough) {
    EXPECT_EQ(found,
              simulate(op, simulator, options, ThreadOrder::Descending, false))
        << "depends on the order of threads";
    EXPECT_EQ(found,
              simulate(op, simulator, options, ThreadOrder::Ascending, true))
        << "differs in place";
  }
}
} // namespace

std::unique_ptr<MLIRContext> test::makeKernelContext() {
  auto context =
      std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED);
  context->loadDialect<MPCDialect, func::FuncDialect>();
  return context;
}

std::vector<GPUKernel> test::compareRegions(ModuleOp module,
                                            const ComparisonOptions &options) {
  MLIRContext &context = *module.getContext();
  KernelLibrary library(context, KernelOptions{""});
  prepareGPUKernels(context);
  std::map<std::string, std::pair<FusedOp, Kernel>> regions;
  module.walk([&](FusedOp op) {
    if (auto kernel = library.add(op); succeeded(kernel))
      regions.try_emplace(kernel->symbol, op, *kernel);
    else
      ADD_FAILURE() << "a region has no kernel";
  });
  llvm::cantFail(library.compile());
  std::vector<GPUKernel> kernels;
  for (auto &[symbol, region] : regions) {
    auto [op, cpu] = region;
    auto simulator = GPUSimulator::create(op, options.gpu);
    if (!simulator) {
      ADD_FAILURE() << llvm::toString(simulator.takeError());
      continue;
    }
    bool failedBefore = testing::Test::HasFailure();
    compare(
        op, cpu,
        reinterpret_cast<KernelFn *>(llvm::cantFail(library.lookup(symbol))),
        *simulator, options);
    if (!failedBefore && testing::Test::HasFailure())
      llvm::errs() << op << "\n";
    kernels.push_back(simulator->getKernel());
  }
  return kernels;
}

std::vector<GPUKernel> test::compareText(const std::string &text,
                                         const ComparisonOptions &options) {
  auto context = makeKernelContext();
  auto module = parseSourceString<ModuleOp>(text, context.get());
  if (!module) {
    ADD_FAILURE() << text;
    return {};
  }
  return compareRegions(*module, options);
}

/// The names and types of "x: 8x16xf32, g: 16xf32".
static std::vector<std::pair<std::string, std::string>>
parseValues(llvm::StringRef list) {
  std::vector<std::pair<std::string, std::string>> values;
  llvm::SmallVector<llvm::StringRef> parts;
  list.split(parts, ',');
  for (llvm::StringRef part : parts) {
    auto [name, type] = part.split(':');
    values.emplace_back(name.trim().str(), "tensor<" + type.trim().str() + ">");
  }
  return values;
}

std::string test::makeRegion(const std::string &inputs, const std::string &body,
                             const std::string &outputs) {
  std::string parameters, operands, names, types;
  auto append = [](std::string &list, const std::string &text) {
    list += (list.empty() ? "" : ", ") + text;
  };
  for (auto &[name, type] : parseValues(inputs)) {
    append(parameters, "%arg_" + name + ": " + type);
    append(operands, "%" + name + " = %arg_" + name + " : " + type);
  }
  size_t count = 0;
  for (auto &[name, type] : parseValues(outputs)) {
    append(names, "%" + name);
    append(types, type);
    ++count;
  }
  std::string results;
  for (size_t i = 0; i < count; ++i)
    append(results, "%r#" + std::to_string(i));
  return "func.func @f(" + parameters + ") -> (" + types +
         ") {\n  %r:" + std::to_string(count) + " = mpc.fused (" + operands +
         ") -> (" + types + ") {\n" + body + "\n    mpc.yield " + names +
         " : " + types + "\n  }\n  return " + results + " : " + types + "\n}\n";
}
