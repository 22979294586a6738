//===- LaunchRegionsTest.cpp - regions that share a launch ----------------===//

#include "ParsedBody.h"
#include "mpc/Executable/LaunchBody.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mpc;
using mpc::test::ParsedBody;

namespace {

std::string region(const std::string &name, const std::string &op,
                   const std::string &input, bool isShared) {
  return "%" + name + " = mpc.fused (%p = %" + input +
         " : tensor<64xf32>) -> (tensor<64xf32>) " +
         (isShared ? "attributes {mpc.launch = 0 : i64} " : "") +
         "{\n%r = mpc." + op +
         " %p : tensor<64xf32>\nmpc.yield %r : tensor<64xf32>\n}\n";
}

/// a = exp(x), which has another name too; b = tanh(y), alone; c = tanh(x).
std::string makeText(bool isShared) {
  return "func.func @f(%x: tensor<64xf32> {mpc.value = \"x\"}, "
         "%y: tensor<64xf32> {mpc.value = \"y\"}) -> "
         "(tensor<64xf32> {mpc.value = \"a\"}, "
         "tensor<64xf32> {mpc.value = \"b\"}, "
         "tensor<64xf32> {mpc.value = \"c\"}, "
         "tensor<8x8xf32> {mpc.value = \"a as a square\"}) {\n" +
         region("a", "exp", "x", isShared) +
         "%a2 = mpc.reshape %a : tensor<64xf32> to tensor<8x8xf32>\n" +
         region("b", "tanh", "y", false) + region("c", "tanh", "x", isShared) +
         "return %a, %b, %c, %a2 : tensor<64xf32>, tensor<64xf32>, "
         "tensor<64xf32>, tensor<8x8xf32>\n}\n";
}

struct Built : ParsedBody {
  explicit Built(bool isShared) : ParsedBody(makeText(isShared)) {
    LaunchContext launches{gpu, symbols, {}, {}};
    for (const char *name : {"a", "b", "c"})
      launches.consumed.insert(name);
    auto built =
        buildLaunchBody(*module->getOps<func::FuncOp>().begin(), launches);
    EXPECT_TRUE(succeeded(built));
    if (succeeded(built))
      body = std::move(*built);
  }
  /// The name of buffer `index` of a launch.
  std::string name(size_t launch, size_t index) const {
    return body.buffers[body.launches[launch]["buffers"][index].get<int>()]
        .name;
  }

  CUDATarget gpu{context, {""}, {}};
  llvm::MapVector<std::string, int64_t, std::map<std::string, unsigned>>
      symbols;
  LaunchBody body;
};

TEST(LaunchRegions, OneLaunchWhereTheLastStands) {
  Built built(/*isShared=*/true);
  ASSERT_EQ(built.body.launches.size(), 2u);
  EXPECT_EQ(built.name(0, 0) + built.name(0, 1), "yb");
  ASSERT_EQ(built.body.launches[1]["buffers"].size(), 4u);
  EXPECT_EQ(built.name(1, 0) + built.name(1, 1), "xa");
  EXPECT_EQ(built.name(1, 2) + built.name(1, 3), "xc");
  EXPECT_FALSE(built.body.launches[1].contains("extent"));
  // Each would overwrite what the other one reads.
  for (const BodyBuffer &buffer : built.body.buffers)
    EXPECT_EQ(buffer.mayReuse >= 0, buffer.name == "b") << buffer.name;
}

TEST(LaunchRegions, AloneTheLastReaderWritesInPlace) {
  Built built(/*isShared=*/false);
  ASSERT_EQ(built.body.launches.size(), 3u);
  for (const BodyBuffer &buffer : built.body.buffers)
    EXPECT_EQ(buffer.mayReuse >= 0, buffer.name == "b" || buffer.name == "c")
        << buffer.name;
}

TEST(LaunchRegions, ModulesAreTheKernels) {
  Built built(/*isShared=*/true);
  nlohmann::json manifest;
  llvm::cantFail(built.gpu.compile(manifest));
  ASSERT_EQ(manifest["modules"].size(), 2u);
  for (const auto &[symbol, index] : built.symbols) {
    nlohmann::json kernel = built.gpu.describeKernel(symbol);
    std::string ptx = manifest["modules"][kernel["module"].get<int>()]["ptx"];
    EXPECT_NE(ptx.find(".entry " + symbol + "("), std::string::npos);
  }
}

} // namespace
