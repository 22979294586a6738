#include "mpc/Data/AtomicFile.h"
#include "TestFiles.h"
#include <sys/stat.h>
#include <unistd.h>

using namespace mpc::data;
using namespace mpc::data::test;

namespace {
class AtomicFileTest : public TempDirTest {};
} // namespace

TEST_F(AtomicFileTest, appearsOnlyAtCommit) {
  write("f", "old");
  AtomicFile file = unwrap(AtomicFile::create(at("f")));
  ASSERT_GOOD(file.append("ne"));
  ASSERT_GOOD(file.append("w"));
  EXPECT_EQ(readBack(at("f")), "old");
  ASSERT_GOOD(file.commit());
  EXPECT_EQ(readBack(at("f")), "new");
  EXPECT_EQ(listing(), "f");
}

TEST_F(AtomicFileTest, withoutCommitNothingIsLeft) {
  {
    AtomicFile file = unwrap(AtomicFile::create(at("f")));
    ASSERT_GOOD(file.append("half"));
    EXPECT_NE(listing(), "");
  }
  EXPECT_EQ(listing(), "");
}

TEST_F(AtomicFileTest, writesAtOffsetsInAnyOrder) {
  AtomicFile file = unwrap(AtomicFile::create(at("f")));
  ASSERT_GOOD(file.append("head"));
  ASSERT_GOOD(file.writeAt(6, llvm::ArrayRef<char>{'x', 'y'}));
  ASSERT_GOOD(file.append("er"));
  ASSERT_GOOD(file.commit());
  EXPECT_EQ(readBack(at("f")), "headerxy"); // append goes on behind "head"
}

TEST_F(AtomicFileTest, errorsNamePathAndReason) {
  EXPECT_FAILS(AtomicFile::create(at("no/such/f")), "no/such/f");
  EXPECT_FAILS(AtomicFile::create(at("no/such/f")), "No such file");
  EXPECT_FAILS(AtomicFile::create(directory), "a directory");
  EXPECT_FAILS(AtomicFile::create(""), "not a path");
}

TEST_F(AtomicFileTest, aFileThatCannotGrowLeavesTheOldOne) {
  write("f", "old");
  std::string message;
  {
    FileSizeLimit limit(4096);
    message = messageOf(writeFileAtomically(at("f"), std::string(100000, 'x')));
  }
  EXPECT_NE(message.find("cannot write"), std::string::npos) << message;
  EXPECT_NE(message.find("File too large"), std::string::npos) << message;
  EXPECT_EQ(readBack(at("f")), "old");
  EXPECT_EQ(listing(), "f");
}

TEST_F(AtomicFileTest, anUnwritableDirectoryIsAnError) {
  ::chmod(directory.c_str(), 0555);
  bool root = ::geteuid() == 0; // who may write everywhere: be nobody
  if (root && ::seteuid(65534) != 0)
    GTEST_SKIP() << "cannot give up root's rights";
  std::string message = messageOf(writeFileAtomically(at("f"), "x"));
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  EXPECT_NE(message.find("f': Permission denied"), std::string::npos)
      << message;
}

TEST_F(AtomicFileTest, devicesAreWrittenDirectly) {
  ASSERT_GOOD(writeFileAtomically("/dev/null", "x"));
  struct stat status;
  ASSERT_EQ(::stat("/dev/null", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
  EXPECT_FAILS(writeFileAtomically("/dev/full", "x"), "No space left");
}

TEST_F(AtomicFileTest, aSymbolicLinkStaysOne) {
  write("target", "old");
  ASSERT_EQ(::symlink("target", at("link").c_str()), 0);
  ASSERT_GOOD(writeFileAtomically(at("link"), "new"));
  EXPECT_TRUE(llvm::sys::fs::is_symlink_file(at("link")));
  EXPECT_EQ(readBack(at("target")), "new");
}
