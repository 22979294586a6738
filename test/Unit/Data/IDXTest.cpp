#include "mpc/Data/IDX.h"
#include "TestFiles.h"
#include <zlib.h>

using namespace mpc::data;
using namespace mpc::data::test;

namespace {
class IDXTest : public TempDirTest {
protected:
  std::string writeGzip(llvm::StringRef name, llvm::StringRef content) {
    gzFile file = ::gzopen(at(name).c_str(), "wb");
    ::gzwrite(file, content.data(), content.size());
    ::gzclose(file);
    return at(name);
  }
};
} // namespace

/// Type u8, shape [2, 3], elements 1 to 6.
static const std::string bytes2x3("\0\0\x08\x02\0\0\0\x02\0\0\0\x03"
                                  "\x01\x02\x03\x04\x05\x06",
                                  18);

static std::string header(char type, std::vector<uint8_t> extents) {
  std::string text = {0, 0, type, static_cast<char>(extents.size())};
  for (uint8_t extent : extents)
    text += std::string({0, 0, 0, static_cast<char>(extent)});
  return text;
}

TEST_F(IDXTest, readsPlainAndGzippedFilesAlike) {
  for (const std::string &path :
       {write("a.idx", bytes2x3), writeGzip("a.idx.gz", bytes2x3)}) {
    HostArray array = unwrap(readIDX(path));
    EXPECT_EQ(array.type(), ElementType::U8);
    EXPECT_EQ(array.shape().vec(), (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(array.as<uint8_t>().vec(),
              (std::vector<uint8_t>{1, 2, 3, 4, 5, 6}));
  }
}

TEST_F(IDXTest, swapsBigEndianElements) {
  write("i16", header(0x0b, {2}) + std::string("\x01\x02\xff\xfe", 4));
  EXPECT_EQ(unwrap(readIDX(at("i16"))).as<int16_t>().vec(),
            (std::vector<int16_t>{0x102, -2}));
  write("f32", header(0x0d, {1}) + std::string("\x3f\xc0\0\0", 4));
  EXPECT_EQ(unwrap(readIDX(at("f32"))).as<float>()[0], 1.5f);
  write("f64", header(0x0e, {1}) + std::string("\xbf\xf8\0\0\0\0\0\0", 8));
  EXPECT_EQ(unwrap(readIDX(at("f64"))).as<double>()[0], -1.5);
}

TEST_F(IDXTest, refusesWrongHeaders) {
  write("text", "hello, world");
  EXPECT_FAILS(readIDX(at("text")), "the first four bytes");
  write("type", header(0x0a, {1}) + "x");
  EXPECT_FAILS(readIDX(at("type")), "the first four bytes");
  write("rank", header(0x08, {}) + "x");
  EXPECT_FAILS(readIDX(at("rank")), "a rank from 1 to 8");
  write("long", bytes2x3 + "x");
  EXPECT_FAILS(readIDX(at("long")), "more data than the header says");
  EXPECT_FAILS(readIDX(at("absent")), "No such file");
  EXPECT_FAILS(readIDX(directory), "not a regular file");
}

TEST_F(IDXTest, allocatesNothingThatTheFileCannotHold) {
  std::string bomb = {0, 0, 8, 3};
  for (int i = 0; i < 3; ++i)
    bomb += std::string("\x7f\xff\xff\xff", 4);
  write("bomb", bomb);
  EXPECT_FAILS(readIDX(at("bomb")), "more than 2^63");
  write("big", bomb.replace(3, 1, 1, 2).substr(0, 12));
  EXPECT_FAILS(readIDX(at("big")), "which a file of 12 bytes cannot hold");
}

TEST_F(IDXTest, everyTruncationIsAnError) {
  for (const std::string &good :
       {bytes2x3, readBack(writeGzip("good.gz", bytes2x3))})
    forEachTruncation(good, [&](llvm::StringRef cut) {
      EXPECT_FAILS(readIDX(write("cut", cut)), "IDX file");
    });
}

TEST_F(IDXTest, damageNeverCrashesAndGzipNoticesDamagedData) {
  forEachDamage(bytes2x3, [&](llvm::StringRef bad) {
    llvm::consumeError(readIDX(write("bad", bad)).takeError());
  });
  std::string good = readBack(writeGzip("good.gz", bytes2x3));
  size_t gzipHeader = 10;
  forEachDamage(llvm::StringRef(good).drop_front(gzipHeader),
                [&](llvm::StringRef rest) {
                  std::string bad = good.substr(0, gzipHeader) + rest.str();
                  llvm::Expected<HostArray> array = readIDX(write("bad", bad));
                  if (!array)
                    return llvm::consumeError(array.takeError());
                  // A padding bit of deflate, or a byte set to what it was.
                  EXPECT_EQ(array->as<uint8_t>().vec(),
                            (std::vector<uint8_t>{1, 2, 3, 4, 5, 6}));
                });
}
