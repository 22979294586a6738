// A scratch directory per test, small helpers for errors, and every damage a
// small file can suffer.
#ifndef MPC_TEST_UNIT_DATA_TESTFILES_H
#define MPC_TEST_UNIT_DATA_TESTFILES_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/resource.h>

namespace mpc::data::test {

inline std::string messageOf(llvm::Error error) {
  return error ? llvm::toString(std::move(error)) : "";
}
template <typename T> std::string messageOf(llvm::Expected<T> value) {
  return value ? "" : llvm::toString(value.takeError());
}

/// Passes where `expression` failed with a message that contains `part`.
#define EXPECT_FAILS(expression, part)                                         \
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, part,                            \
                      ::mpc::data::test::messageOf(expression))
#define EXPECT_GOOD(expression)                                                \
  EXPECT_EQ(::mpc::data::test::messageOf(expression), "")
#define ASSERT_GOOD(expression)                                                \
  ASSERT_EQ(::mpc::data::test::messageOf(expression), "")

/// The value, or a failed test and an exception that ends it.
template <typename T> T unwrap(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  throw std::runtime_error(llvm::toString(value.takeError()));
}

class TempDirTest : public ::testing::Test {
protected:
  TempDirTest() {
    llvm::SmallString<128> path;
    if (llvm::sys::fs::createUniqueDirectory("mpc-data", path))
      throw std::runtime_error("no temporary directory");
    directory = path.str().str();
  }
  ~TempDirTest() override { llvm::sys::fs::remove_directories(directory); }

  std::string at(llvm::StringRef name) const {
    return directory + "/" + name.str();
  }
  std::string write(llvm::StringRef name, llvm::StringRef content) const {
    // A truncated file is flushed to the disk at close by some file systems;
    // a new one is not, and these tests write thousands.
    llvm::sys::fs::remove(at(name));
    std::ofstream file(at(name), std::ios::binary);
    file.write(content.data(), content.size());
    return at(name);
  }
  static std::string readBack(llvm::StringRef path) {
    std::ifstream file(path.str(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// Names in the scratch directory (or one in it), sorted, joined by spaces.
  std::string listing(llvm::StringRef sub = "") const {
    std::set<std::string> names;
    std::error_code code;
    for (llvm::sys::fs::directory_iterator it(at(sub), code), end;
         it != end && !code; it.increment(code))
      names.insert(llvm::sys::path::filename(it->path()).str());
    std::string joined;
    for (const std::string &name : names)
      joined += (joined.empty() ? "" : " ") + name;
    return joined;
  }

  std::string directory;
};

/// Every proper prefix of `good`.
inline void forEachTruncation(llvm::StringRef good,
                              llvm::function_ref<void(llvm::StringRef)> visit) {
  for (size_t length = 0; length < good.size(); ++length)
    visit(good.take_front(length));
}

/// `good` with each single bit flipped, and with each byte set to 0 and 255.
inline void forEachDamage(llvm::StringRef good,
                          llvm::function_ref<void(llvm::StringRef)> visit) {
  std::string bytes = good.str();
  for (char &byte : bytes) {
    char original = byte;
    for (int bit = 0; bit < 8; ++bit) {
      byte = static_cast<char>(original ^ (1 << bit));
      visit(bytes);
    }
    for (char extreme : {'\0', '\xff'}) {
      byte = extreme;
      visit(bytes);
    }
    byte = original;
  }
}

/// Files above `bytes` cannot be written while this lives.
class FileSizeLimit {
public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before);
    rlimit limited = {bytes, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, SIG_DFL);
  }

private:
  rlimit before;
};

} // namespace mpc::data::test

#endif // MPC_TEST_UNIT_DATA_TESTFILES_H
