// Damaged files: 2,000 of them, made from the exported ones with a fixed seed.
// Whatever they are, importing ends with a model or an error, and soon.

#include "mpc/Frontend/ONNX.h"
#include "llvm/Support/MemoryBuffer.h"
#include <chrono>
#include <gtest/gtest.h>
#include <random>

using namespace mpc;

namespace {
class Damage {
public:
  explicit Damage(unsigned seed) : random(seed) {}

  std::string apply(std::string bytes) {
    switch (pick(5)) {
    case 0:
      return flip(std::move(bytes), 1 + pick(4));
    case 1:
      return bytes.substr(0, pick(bytes.size()));
    case 2:
      return plant(std::move(bytes));
    case 3:
      return bytes.erase(pick(bytes.size()), 1 + pick(16));
    default: // where the graph is, and not the weights
      return flip(std::move(bytes), 1 + pick(64), 8192);
    }
  }

private:
  size_t pick(size_t limit) {
    return std::uniform_int_distribution<size_t>(0, limit - 1)(random);
  }
  std::string flip(std::string bytes, size_t count, size_t within = SIZE_MAX) {
    size_t limit = std::min(within, bytes.size());
    for (size_t i = 0; i < count; ++i)
      bytes[pick(limit)] ^= static_cast<char>(1 << pick(8));
    return bytes;
  }
  /// The largest and the most negative number, as protobuf writes them, sizes
  /// that overflow when they are multiplied, and lengths beyond the end.
  std::string plant(std::string bytes) {
    static const std::string hostile[] = {
        "\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        std::string("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
        "\xff\xff\xff\xff\x0f",
        std::string("\x80\x80\x80\x80\x10"),
        std::string(1, '\0'),
    };
    const std::string &number = hostile[pick(std::size(hostile))];
    return bytes.replace(pick(bytes.size()), pick(2) ? number.size() : 1,
                         number);
  }

  std::mt19937 random;
};
} // namespace

static std::string readFile(const std::string &name) {
  auto buffer = llvm::MemoryBuffer::getFile(std::string(MPC_ONNX_FILES) + "/" +
                                            name + ".onnx");
  EXPECT_TRUE(bool(buffer)) << name;
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

class DamageTest : public testing::TestWithParam<std::string> {};

TEST_P(DamageTest, endsWithAModelOrAnError) {
  const std::string whole = readFile(GetParam());
  ONNXOptions options;
  options.batch = 2;
  options.sequence = 16;
  Damage damage(1);
  int imported = 0;
  auto longest = std::chrono::steady_clock::duration::zero();
  for (int i = 0; i < 400; ++i) {
    std::string bytes = damage.apply(whole);
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    auto start = std::chrono::steady_clock::now();
    auto model = importONNXBytes(context, llvm::StringRef(bytes), ".", options);
    longest = std::max(longest, std::chrono::steady_clock::now() - start);
    imported += bool(model);
    if (!model) {
      EXPECT_NE(llvm::toString(model.takeError()), "");
    }
  }
  EXPECT_LT(longest, std::chrono::seconds(30));
  // Damage in numbers and names cannot be noticed.
  EXPECT_GT(imported, 0);
  EXPECT_LT(imported, 400);
}

INSTANTIATE_TEST_SUITE_P(Files, DamageTest,
                         testing::Values("mlp_softmax-18-dynamic",
                                         "keras_mlp-15", "gpt2-18-dynamic",
                                         "bert-23", "llama-18"));
