//===- GPUKernelLibraryTest.cpp - dedupe and disk cache of PTX ------------===//

#include "GPUComparison.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace mpc;

namespace {
/// Two regions of one structure, and one that shares a launch with the first.
constexpr const char *text = R"(
  func.func @f(%x: tensor<100xf32>, %w: tensor<7xf32>) -> (tensor<100xf32>, tensor<100xf32>, tensor<7xf32>) {
    %y = mpc.fused (%a = %x : tensor<100xf32>) -> (tensor<100xf32>) {
      %e = mpc.exp %a : tensor<100xf32>
      mpc.yield %e : tensor<100xf32>
    }
    %z = mpc.fused (%b = %y : tensor<100xf32>) -> (tensor<100xf32>) {
      %e = mpc.exp %b : tensor<100xf32>
      mpc.yield %e : tensor<100xf32>
    }
    %v = mpc.fused (%c = %w : tensor<7xf32>) -> (tensor<7xf32>) {
      %t = mpc.tanh %c : tensor<7xf32>
      mpc.yield %t : tensor<7xf32>
    }
    return %y, %z, %v : tensor<100xf32>, tensor<100xf32>, tensor<7xf32>
  })";

class GPUKernelLibraryTest : public testing::Test {
protected:
  GPUKernelLibraryTest() : context(test::makeKernelContext()) {
    module = parseSourceString<ModuleOp>(text, context.get());
    EXPECT_TRUE(module);
    module->walk([&](FusedOp op) { ops.push_back(op); });
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("mpc-test", folder));
  }
  ~GPUKernelLibraryTest() override {
    llvm::sys::fs::remove_directories(folder);
  }
  GPUKernelLibrary makeLibrary(const std::string &chip) {
    return GPUKernelLibrary(*context, {chip}, {std::string(folder)});
  }

  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> module;
  SmallVector<FusedOp> ops;
  llvm::SmallString<64> folder;
};

TEST_F(GPUKernelLibraryTest, KeepsDistinctLaunches) {
  GPUKernelLibrary library = makeLibrary("sm_80");
  auto first = library.add({ops[0]}), same = library.add({ops[1]}),
       both = library.add({ops[0], ops[2]});
  ASSERT_TRUE(succeeded(first) && succeeded(same) && succeeded(both));
  EXPECT_EQ(first->symbol, same->symbol);
  EXPECT_EQ(library.size(), 2u);
  EXPECT_EQ(library.find(both->symbol), 1u);
  EXPECT_EQ(library.find("mpc_k_none"), std::nullopt);
  llvm::cantFail(library.compile());
  EXPECT_EQ(library.getNumCompiled(), 2u);
  EXPECT_NE(library.get(1).ptx.find(".visible .entry " + both->symbol + "("),
            std::string::npos);
  EXPECT_TRUE(library.get(1).cubin.empty());
}

TEST_F(GPUKernelLibraryTest, TheCacheServesTheSecondRunOfAChip) {
  GPUKernelLibrary first = makeLibrary("sm_80"), again = makeLibrary("sm_80"),
                   other = makeLibrary("sm_90");
  for (auto [library, compiled] :
       {std::pair(&first, 1u), {&again, 0u}, {&other, 1u}}) {
    auto kernel = library->add({ops[0]});
    ASSERT_TRUE(succeeded(kernel));
    llvm::cantFail(library->compile());
    EXPECT_EQ(library->getNumCompiled(), compiled);
    EXPECT_EQ(library->get(0).gridSize, kernel->gridSize);
  }
  EXPECT_EQ(first.get(0).ptx, again.get(0).ptx);
  EXPECT_NE(other.get(0).ptx.find(".target sm_90"), std::string::npos);
}

} // namespace
