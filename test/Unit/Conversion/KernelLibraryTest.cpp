//===- KernelLibraryTest.cpp - dedupe, disk cache, symbols ----------------===//

#include "KernelRunner.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cmath>

namespace {

/// tanh(exp(x)) on a vector of `size`, under a name that must not matter.
std::string makeText(int size, const std::string &name) {
  std::string type = "tensor<" + std::to_string(size) + "xf32>";
  return "func.func @f(%x: " + type + ") -> " + type + " { %y = mpc.fused (%" +
         name + " = %x : " + type + ") -> (" + type +
         ") attributes {mpc.origin = " + std::to_string(name.size()) +
         " : i64} { %e = mpc.exp %" + name + " : " + type +
         " %t = mpc.tanh %e : " + type + " mpc.yield %t : " + type +
         " } return %y : " + type + " }";
}

class TemporaryFolder {
public:
  TemporaryFolder() {
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("mpc-test", path));
  }
  ~TemporaryFolder() { llvm::sys::fs::remove_directories(path); }
  std::string str() const { return std::string(path); }
  std::vector<std::string> getFiles() const {
    std::vector<std::string> files;
    std::error_code error;
    for (llvm::sys::fs::directory_iterator it(path, error), end;
         it != end && !error; it.increment(error))
      files.push_back(it->path());
    return files;
  }

private:
  llvm::SmallString<64> path;
};

TEST(KernelLibrary, EqualStructureIsOneKernel) {
  KernelRunner a(makeText(100, "a")), b(makeText(100, "other")),
      c(makeText(101, "a"));
  EXPECT_EQ(a.kernel.symbol, b.kernel.symbol);
  EXPECT_NE(a.kernel.symbol, c.kernel.symbol);
  auto again = a.library->add(a.op);
  ASSERT_TRUE(succeeded(again));
  EXPECT_EQ(a.library->getObjects().size(), 1u);
}

TEST(KernelLibrary, AnUnknownSymbolIsAnError) {
  KernelRunner runner(makeText(10, "a"));
  auto address = runner.library->lookup("mpc_k_none");
  ASSERT_FALSE(address);
  EXPECT_EQ(llvm::toString(address.takeError()),
            "kernel 'mpc_k_none' is not compiled");
}

TEST(KernelLibrary, TheCacheServesTheSecondRun) {
  TemporaryFolder folder;
  KernelRunner first(makeText(64, "a"), {folder.str()});
  EXPECT_EQ(first.library->getNumCompiled(), 1u);
  EXPECT_EQ(folder.getFiles().size(), 1u);
  KernelRunner second(makeText(64, "a"), {folder.str()});
  ASSERT_TRUE(second.isReady());
  EXPECT_EQ(second.library->getNumCompiled(), 0u);
  std::vector<float> x(64, 0.5f), y(64);
  second.run({x.data(), y.data()});
  EXPECT_NEAR(y[63], std::tanh(std::exp(0.5)), 1e-6);
}

TEST(KernelLibrary, DamagedEntriesAreCompiledAgain) {
  TemporaryFolder folder;
  {
    KernelRunner first(makeText(64, "a"), {folder.str()});
  }
  std::string path = folder.getFiles().at(0);
  uint64_t size = 0;
  ASSERT_FALSE(llvm::sys::fs::file_size(path, size));
  for (uint64_t kept :
       {uint64_t(0), uint64_t(5), uint64_t(16), size - 1, size}) {
    {
      auto file = llvm::MemoryBuffer::getFile(path);
      ASSERT_TRUE(bool(file));
      std::string bytes = (*file)->getBuffer().take_front(kept).str();
      if (kept == size)
        bytes[size / 2] ^= 1;
      std::error_code error;
      llvm::raw_fd_ostream os(path, error);
      os << bytes;
    }
    KernelRunner again(makeText(64, "a"), {folder.str()});
    EXPECT_TRUE(again.isReady());
    EXPECT_EQ(again.library->getNumCompiled(), 1u)
        << "kept " << kept << " of " << size;
  }
}

TEST(KernelLibrary, AnUnusableCacheFolderOnlyCostsTime) {
  KernelRunner runner(makeText(64, "a"), {"/proc/no/such/folder"});
  EXPECT_TRUE(runner.isReady());
}

/// Names that the object expects from elsewhere.
std::vector<std::string> getUndefined(llvm::MemoryBufferRef buffer) {
  auto object =
      llvm::cantFail(llvm::object::ObjectFile::createObjectFile(buffer));
  std::vector<std::string> names;
  for (const llvm::object::SymbolRef &symbol : object->symbols()) {
    auto flags = llvm::cantFail(symbol.getFlags());
    auto name = llvm::cantFail(symbol.getName());
    if (flags & llvm::object::SymbolRef::SF_Undefined && !name.empty())
      names.push_back(name.str());
  }
  return names;
}

class MathFunctions
    : public testing::TestWithParam<std::tuple<const char *, const char *>> {};

TEST_P(MathFunctions, NeedNoLibrary) {
  auto [function, element] = GetParam();
  for (const char *shape : {"37x", ""}) {
    std::string type = std::string("tensor<") + shape + element + ">";
    std::string op = std::string("mpc.") + function;
    KernelRunner runner("func.func @f(%x: " + type + ") -> " + type +
                        " { %y = mpc.fused (%a = %x : " + type + ") -> (" +
                        type + ") { %r = " + op + " %a : " + type +
                        " mpc.yield %r : " + type + " } return %y : " + type +
                        " }");
    ASSERT_TRUE(runner.isReady());
    for (const std::string &name :
         getUndefined(runner.library->getObjects()[0].second))
      EXPECT_TRUE(name == "memset" || name == "memcpy" ||
                  name == "_GLOBAL_OFFSET_TABLE_")
          << function << " of " << type << " calls " << name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, MathFunctions,
    testing::Combine(testing::Values("exp", "log", "sqrt", "rsqrt", "tanh",
                                     "erf", "abs", "sigmoid", "silu", "relu",
                                     "gelu tanh", "gelu exact"),
                     testing::Values("f32", "f64", "bf16", "f16")));

TEST(MathFunctions, DoublesHaveTheirPrecision) {
  KernelRunner runner(R"(
    func.func @f(%x: tensor<401xf64>) -> (tensor<401xf64>, tensor<401xf64>, tensor<401xf64>, tensor<401xf64>) {
      %y:4 = mpc.fused (%a = %x : tensor<401xf64>) -> (tensor<401xf64>, tensor<401xf64>, tensor<401xf64>, tensor<401xf64>) {
        %e = mpc.exp %a : tensor<401xf64>
        %l = mpc.log %a : tensor<401xf64>
        %t = mpc.tanh %a : tensor<401xf64>
        %r = mpc.erf %a : tensor<401xf64>
        mpc.yield %e, %l, %t, %r : tensor<401xf64>, tensor<401xf64>, tensor<401xf64>, tensor<401xf64>
      }
      return %y#0, %y#1, %y#2, %y#3 : tensor<401xf64>, tensor<401xf64>, tensor<401xf64>, tensor<401xf64>
    })");
  ASSERT_TRUE(runner.isReady());
  double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> x(401), e(401), l(401), t(401), r(401);
  for (int i = 0; i < 401; ++i)
    x[i] = (i - 200) * 0.037 * (i % 3 ? 1 : 1e-3);
  std::vector<double> special = {infinity, -infinity, 0.0,  1e-310,
                                 709.5,    -745,      -800, 800,
                                 1e300,    NAN,       6.5,  -6.5};
  std::copy(special.begin(), special.end(), x.begin());
  runner.run({x.data(), e.data(), l.data(), t.data(), r.data()});
  auto check = [&](double found, double expected, double input,
                   double tolerance = 8e-16) {
    if (std::isnan(expected) || std::isinf(expected) ||
        std::abs(expected) < 1e-300)
      EXPECT_TRUE(std::isnan(expected) ? std::isnan(found)
                                       : std::abs(found - expected) < 1e-300 ||
                                             found == expected)
          << found << " for " << expected << " at " << input;
    else
      EXPECT_NEAR(found, expected, tolerance * std::abs(expected)) << input;
  };
  for (int i = 0; i < 401; ++i) {
    check(e[i], std::exp(x[i]), x[i]);
    check(l[i], std::log(x[i]), x[i]);
    check(t[i], std::tanh(x[i]), x[i]);
    check(r[i], std::erf(x[i]), x[i], 3e-15);
  }
}

TEST(MathFunctions, PowerNeedsNoLibrary) {
  KernelRunner runner(R"(
    func.func @f(%x: tensor<37xf32>, %e: tensor<f32>) -> tensor<37xf32> {
      %y = mpc.fused (%a = %x : tensor<37xf32>, %b = %e : tensor<f32>) -> (tensor<37xf32>) {
        %r = mpc.pow %a, %b : (tensor<37xf32>, tensor<f32>) -> tensor<37xf32>
        mpc.yield %r : tensor<37xf32>
      }
      return %y : tensor<37xf32>
    })");
  ASSERT_TRUE(runner.isReady());
  for (const std::string &name :
       getUndefined(runner.library->getObjects()[0].second))
    EXPECT_TRUE(name == "_GLOBAL_OFFSET_TABLE_") << name;
  std::vector<float> x(37), y(37), e = {2.5f};
  for (int i = 0; i < 37; ++i)
    x[i] = 0.1f * (i + 1);
  runner.run({x.data(), e.data(), y.data()});
  for (int i = 0; i < 37; ++i)
    EXPECT_NEAR(y[i], std::pow(x[i], 2.5f), 1e-5f * (1 + y[i]));
}

} // namespace
