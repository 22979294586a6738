#include "mpc/Data/NPZ.h"
#include "../../../lib/Data/NPYHeader.h"
#include "TestFiles.h"
#include "mpc/Data/Zip.h"
#include <cstdlib>
#include <numeric>

using namespace mpc::data;
using namespace mpc::data::test;

namespace {
class NPZTest : public TempDirTest {
protected:
  /// A .npy file with this dictionary.
  std::string npy(llvm::StringRef dictionary, llvm::StringRef data,
                  int version = 1) {
    std::string bytes = "\x93NUMPY";
    bytes += {static_cast<char>(version), 0};
    bytes += static_cast<char>(dictionary.size() & 0xff);
    bytes += static_cast<char>(dictionary.size() >> 8);
    bytes += version > 1 ? std::string(2, '\0') : "";
    return write("a.npy", bytes + dictionary.str() + data.str());
  }
  llvm::Expected<HostArray> u8(llvm::StringRef dictionary) {
    return readNPY(npy(dictionary, "abcdef"));
  }
  bool python(llvm::StringRef script) {
    std::string command = "cd '" + directory + "' && python3 '" +
                          write("script.py", script) + "'";
    return std::system(command.c_str()) == 0;
  }
};
} // namespace

static HostArray counting(Shape shape) {
  HostArray array = unwrap(HostArray::allocate(ElementType::F32, shape));
  std::iota(array.as<float>().begin(), array.as<float>().end(), 0.0f);
  return array;
}

TEST_F(NPZTest, roundTripsEveryTypeAndRank) {
  std::vector<NamedArray> arrays;
  for (const char *name : {"f64", "f32", "f16", "i64", "i32", "i16", "i8",
                           "u64", "u32", "u16", "u8", "i1"}) {
    HostArray array =
        unwrap(HostArray::allocate(*elementTypeNamed(name), {2, 3}));
    array.mutableBytes()[0] = 1;
    arrays.push_back({name, array});
  }
  arrays.push_back({"scalar", counting({})});
  arrays.push_back({"vector", counting({7})});
  arrays.push_back({"empty", counting({0, 3})});
  ASSERT_GOOD(writeNPZ(at("a.npz"), arrays));
  std::vector<NamedArray> back = unwrap(readNPZ(at("a.npz")));
  ASSERT_EQ(back.size(), arrays.size());
  for (size_t i = 0; i < arrays.size(); ++i) {
    EXPECT_EQ(back[i].name, arrays[i].name);
    EXPECT_EQ(back[i].array.type(), arrays[i].array.type());
    EXPECT_EQ(back[i].array.shape(), arrays[i].array.shape());
    EXPECT_EQ(back[i].array.bytes(), arrays[i].array.bytes());
    EXPECT_TRUE(back[i].array.isAligned());
  }
}

TEST_F(NPZTest, writesBfloat16AsFloat) {
  HostArray narrow = unwrap(counting({3}).convertedTo(ElementType::BF16));
  ASSERT_GOOD(writeNPY(at("a.npy"), narrow));
  EXPECT_EQ(unwrap(readNPY(at("a.npy"))).as<float>().vec(),
            (std::vector<float>{0, 1, 2}));
}

TEST_F(NPZTest, refusesNamesThatClash) {
  HostArray a = counting({1});
  EXPECT_FAILS(writeNPZ(at("a.npz"), {{"a", a}, {"a", a}}), "given twice");
  EXPECT_FAILS(writeNPZ(at("a.npz"), {{"", a}}), "is empty");
  EXPECT_EQ(listing(), "");
}

TEST_F(NPZTest, readsAllHeaderVersionsAndSpellings) {
  for (int version : {1, 2, 3})
    EXPECT_GOOD(readNPY(
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }  \n",
            "abcdef", version)));
  EXPECT_GOOD(
      u8("{\"shape\":(6L,),\"descr\":\"=u1\",\"fortran_order\":False}"));
  EXPECT_FAILS(readNPY(npy("{}", "", 4)), "version 4, expected 1 to 3");
}

TEST_F(NPZTest, columnMajorBecomesRowMajor) {
  // numpy.asfortranarray([[1, 2, 3], [4, 5, 6]])
  HostArray array = unwrap(
      readNPY(npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}",
                  "\1\4\2\5\3\6")));
  EXPECT_EQ(array.shape().vec(), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(array.as<uint8_t>().vec(),
            (std::vector<uint8_t>{1, 2, 3, 4, 5, 6}));
}

TEST_F(NPZTest, refusesWrongDictionaries) {
  auto descr = [&](llvm::StringRef value) {
    return u8(
        ("{'descr': " + value + ", 'fortran_order': False, 'shape': (6,)}")
            .str());
  };
  auto shape = [&](llvm::StringRef value) {
    return u8(
        ("{'descr': '|u1', 'fortran_order': False, 'shape': " + value + "}")
            .str());
  };
  EXPECT_GOOD(descr("'|u1'"));
  EXPECT_FAILS(descr("'>f4'"), "big-endian, save the array as '<f4'");
  EXPECT_FAILS(descr("'|O'"), "dtype '|O' is not supported");
  EXPECT_FAILS(descr("'<U6'"), "not supported");
  EXPECT_FAILS(descr("''"), "not supported");
  EXPECT_FAILS(descr("[('a', '<f4')]"), "is a structure");
  EXPECT_FAILS(shape("(7,)"), "takes 7 bytes, found 6");
  EXPECT_FAILS(shape("(5,)"), "takes 5 bytes, found 6");
  EXPECT_FAILS(shape("(-6,)"), "whole numbers");
  EXPECT_FAILS(shape("(9999999999999999999999,)"), "whole numbers");
  EXPECT_FAILS(shape("(4611686018427387904, 4611686018427387904)"), "2^63");
  EXPECT_FAILS(shape("6"), "must be a tuple");
  EXPECT_FAILS(u8("{'descr': '|u1', 'shape': (6,)}"), "must hold 'descr'");
  EXPECT_FAILS(u8("{'descr': '|u1', 'descr': '|u1'}"), "unexpected key");
  EXPECT_FAILS(u8("{'evil': 1}"), "unexpected key 'evil'");
  EXPECT_FAILS(u8("[]"), "not a dictionary");
  EXPECT_FAILS(readNPY(write("a.npy", "hello, world")), "magic number");
}

TEST_F(NPZTest, zip64FieldsRoundTrip) {
  for (uint64_t from : {0u, 20u, 300u}) {
    AtomicFile file = unwrap(AtomicFile::create(at("a.npz")));
    ZipWriter zip(file, from);
    HostArray array = counting({50});
    llvm::StringRef body(array.bytes().data(), array.bytes().size());
    for (const char *name : {"a.npy", "b.npy"})
      ASSERT_GOOD(zip.add(name, npyHeaderText(array.type(), {50}), body));
    ASSERT_GOOD(zip.finish());
    ASSERT_GOOD(file.commit());
    std::vector<NamedArray> back = unwrap(readNPZ(at("a.npz")));
    ASSERT_EQ(back.size(), 2u);
    EXPECT_EQ(back[1].array.bytes(), array.bytes());
    EXPECT_TRUE(python("import zipfile\n"
                       "assert zipfile.ZipFile('a.npz').testzip() is None\n"));
  }
}

/// Writes what numpy.savez and savez_compressed write.
static const char *const writeArchives = R"(
import struct, zipfile
def npy(descr, shape, data):
    head = str({'descr': descr, 'fortran_order': False, 'shape': shape})
    head += ' ' * (-(len(head) + 11) % 64) + '\n'
    return b'\x93NUMPY\x01\x00' + struct.pack('<H', len(head)) + head.encode() + data
arrays = {'z': npy('<f4', (60,), struct.pack('<60f', *range(60))),
          'label': npy('<i8', (2,), struct.pack('<2q', -1, 9))}
for name, method in ('stored.npz', 0), ('deflated.npz', 8):
    with zipfile.ZipFile(name, 'w', method) as archive:
        for key, content in arrays.items():
            with archive.open(key + '.npy', 'w', force_zip64=True) as member:
                member.write(content)
with zipfile.ZipFile('bz2.npz', 'w', zipfile.ZIP_BZIP2) as archive:
    archive.writestr('z.npy', arrays['z'])
with zipfile.ZipFile('other.npz', 'w') as archive:
    archive.writestr('z.txt', b'text')
)";

TEST_F(NPZTest, readsWhatPythonWrites) {
  if (!python(writeArchives))
    GTEST_SKIP() << "needs python3";
  for (const char *name : {"stored.npz", "deflated.npz"}) {
    std::vector<NamedArray> arrays = unwrap(readNPZ(at(name)));
    ASSERT_EQ(arrays.size(), 2u);
    EXPECT_EQ(arrays[0].name, "z");
    EXPECT_EQ(arrays[0].array.bytes(), counting({60}).bytes());
    EXPECT_EQ(arrays[1].array.as<int64_t>().vec(),
              (std::vector<int64_t>{-1, 9}));
  }
  EXPECT_FAILS(readNPZ(at("bz2.npz")), "compression method 12");
  EXPECT_FAILS(readNPZ(at("other.npz")), "'z.txt' is not a .npy file");
}

TEST_F(NPZTest, truncationsAreErrorsAndDamagedDataAreNoticed) {
  if (!python(writeArchives))
    GTEST_SKIP() << "needs python3";
  for (const char *name : {"stored.npz", "deflated.npz"}) {
    std::string good = readBack(at(name));
    forEachTruncation(good, [&](llvm::StringRef cut) {
      EXPECT_FAILS(readNPZ(write("cut", cut)), "NPZ file");
    });
    forEachDamage(good, [&](llvm::StringRef bad) {
      llvm::Expected<std::vector<NamedArray>> arrays =
          readNPZ(write("bad", bad));
      if (!arrays)
        return llvm::consumeError(arrays.takeError());
      // What got through did not touch the numbers (a time stamp, say).
      EXPECT_EQ(arrays->front().array.bytes(), counting({60}).bytes());
    });
  }
}

TEST_F(NPZTest, npyTruncationsAreErrorsAndDamageNeverCrashes) {
  ASSERT_GOOD(writeNPY(at("a.npy"), counting({2, 3})));
  std::string good = readBack(at("a.npy"));
  forEachTruncation(good, [&](llvm::StringRef cut) {
    EXPECT_FAILS(readNPY(write("cut", cut)), "NPY file");
  });
  forEachDamage(good, [&](llvm::StringRef bad) {
    llvm::consumeError(readNPY(write("bad", bad)).takeError());
  });
}
