#include "mpc/Data/Safetensors.h"
#include "TestFiles.h"
#include "llvm/Support/Endian.h"
#include <numeric>

using namespace mpc::data;
using namespace mpc::data::test;

namespace {
class SafetensorsTest : public TempDirTest {
protected:
  /// A file of this JSON and `data` bytes behind it.
  std::string file(llvm::StringRef json, size_t data = 0) {
    std::string bytes(8, '\0');
    llvm::support::endian::write64le(bytes.data(), json.size());
    return write("f.safetensors", bytes + json.str() + std::string(data, '\1'));
  }
  /// Opens a file of one tensor 'w'.
  llvm::Expected<SafetensorsFile> one(llvm::StringRef dtype,
                                      llvm::StringRef shape,
                                      llvm::StringRef offsets, size_t data) {
    return SafetensorsFile::open(
        file(("{\"w\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
              ",\"data_offsets\":" + offsets + "}}")
                 .str(),
             data));
  }
  std::string path() { return at("f.safetensors"); }
};
} // namespace

static HostArray counting(Shape shape) {
  HostArray array = unwrap(HostArray::allocate(ElementType::F32, shape));
  std::iota(array.as<float>().begin(), array.as<float>().end(), 0.0f);
  return array;
}

TEST_F(SafetensorsTest, roundTripsEveryTypeRankAndMetadata) {
  std::vector<NamedArray> arrays;
  for (const char *name : {"f64", "f32", "f16", "bf16", "i64", "i32", "i16",
                           "i8", "u64", "u32", "u16", "u8", "i1"}) {
    HostArray array =
        unwrap(HostArray::allocate(*elementTypeNamed(name), {3, 1, 5}));
    array.mutableBytes()[0] = 1;
    arrays.push_back({name, array});
  }
  arrays.push_back({"scalar", counting({})});
  arrays.push_back({"empty", counting({2, 0})});
  arrays.push_back({"ünï/../code", counting({2})});
  ASSERT_GOOD(writeSafetensors(path(), arrays, {{"format", "mpc"}}));

  SafetensorsFile file = unwrap(SafetensorsFile::open(path()));
  EXPECT_EQ(file.metadata().at("format"), "mpc");
  EXPECT_EQ(file.tensors().size(), arrays.size());
  for (const auto &[name, array] : arrays) {
    HostArray back = unwrap(file.read(name));
    EXPECT_EQ(back.type(), array.type()) << name;
    EXPECT_EQ(back.shape(), array.shape()) << name;
    EXPECT_EQ(back.bytes(), array.bytes()) << name;
    EXPECT_EQ(unwrap(file.borrow(name)).bytes(), array.bytes()) << name;
  }
}

TEST_F(SafetensorsTest, sortsByAlignmentThenNameBehindAnAlignedHeader) {
  ASSERT_GOOD(writeSafetensors(
      path(), {{"b", counting({1})},
               {"bytes", unwrap(HostArray::allocate(ElementType::U8, {3}))},
               {"a", counting({1})},
               {"wide", unwrap(HostArray::allocate(ElementType::I64, {1}))}}));
  SafetensorsFile file = unwrap(SafetensorsFile::open(path()));
  std::string order;
  for (const TensorEntry &entry : file.tensors())
    order += entry.name + " ";
  EXPECT_EQ(order, "wide a b bytes ");
  EXPECT_EQ(file.tensors().front().begin % 8, 0u);
}

TEST_F(SafetensorsTest, readsBoxes) {
  ASSERT_GOOD(writeSafetensors(path(), {{"w", counting({4, 6})}}));
  SafetensorsFile file = unwrap(SafetensorsFile::open(path()));
  HostArray box = unwrap(file.readBox("w", {{1, 3}, {2, 2}}));
  EXPECT_EQ(box.shape().vec(), (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(box.as<float>().vec(), (std::vector<float>{9, 10, 15, 16}));
  EXPECT_FAILS(file.readBox("w", {{1, 3}, {2, 4}}), "leaves shape [4, 6]");
  EXPECT_FAILS(file.readBox("v", {{0}, {1}}), "has no tensor 'v'");
  char tooSmall[4];
  EXPECT_FAILS(file.readBoxInto("w", {{0, 0}, {1, 2}}, tooSmall),
               "expected memory for 8 bytes, found 4");
}

TEST_F(SafetensorsTest, writesBoxesInAnyOrder) {
  HostArray whole = counting({4, 6});
  SafetensorsWriter writer = unwrap(SafetensorsWriter::create(
      path(), {{"w", ElementType::F32, {4, 6}}, {"s", ElementType::I64, {}}}));
  for (int64_t column : {4, 0, 2}) {
    Box box = {{0, column}, {4, 2}};
    HostArray part = unwrap(HostArray::allocate(ElementType::F32, box.size));
    llvm::cantFail(forEachRun(box, {4, 6}, [&](auto from, auto to, auto n) {
      std::copy_n(whole.as<float>().begin() + from, n,
                  part.as<float>().begin() + to);
      return llvm::Error::success();
    }));
    ASSERT_GOOD(writer.writeBox("w", box, part.bytes()));
  }
  int64_t step = 7;
  ASSERT_GOOD(writer.write("s", {reinterpret_cast<char *>(&step), 8}));
  ASSERT_GOOD(writer.commit());
  SafetensorsFile file = unwrap(SafetensorsFile::open(path()));
  EXPECT_EQ(unwrap(file.read("w")).bytes(), whole.bytes());
  EXPECT_EQ(unwrap(file.read("s")).as<int64_t>()[0], 7);
}

TEST_F(SafetensorsTest, oneFileIsWrittenByTwo) {
  HostArray whole = counting({2, 6});
  // Boxes are those of a view with three dimensions.
  std::vector<TensorSpec> specs = {{"w", ElementType::F32, {2, 6}, {2, 2, 3}}};
  Box upper = {{0, 0, 0}, {1, 2, 3}}, lower = {{1, 0, 0}, {1, 2, 3}};
  SafetensorsWriter owner = unwrap(SafetensorsWriter::create(path(), specs));
  SafetensorsWriter helper =
      unwrap(SafetensorsWriter::join(owner.temporaryPath(), specs));
  ASSERT_GOOD(owner.writeBox("w", upper, whole.bytes().take_front(24)));
  ASSERT_GOOD(owner.expectBox("w", lower));
  EXPECT_FAILS(owner.expectBox("w", lower), "overlaps one written before");
  ASSERT_GOOD(helper.writeBox("w", lower, whole.bytes().take_back(24)));
  ASSERT_GOOD(helper.flush());
  ASSERT_GOOD(owner.commit());
  SafetensorsFile file = unwrap(SafetensorsFile::open(path()));
  EXPECT_EQ(file.find("w")->shape, (Shape{2, 6}));
  EXPECT_EQ(unwrap(file.read("w")).bytes(), whole.bytes());
  EXPECT_FAILS(SafetensorsWriter::join(at("nothing"), specs), "No such file");
}

TEST_F(SafetensorsTest, writerRefusesWrongUse) {
  char bytes[16] = {};
  SafetensorsWriter writer = unwrap(
      SafetensorsWriter::create(path(), {{"w", ElementType::F32, {2, 2}}}));
  EXPECT_FAILS(writer.write("v", bytes), "was given no tensor 'v'");
  EXPECT_FAILS(writer.writeBox("w", {{0, 0}, {2, 1}}, bytes),
               "expected 8 bytes, found 16");
  EXPECT_FAILS(writer.writeBox("w", {{0, 1}, {2, 2}}, bytes), "leaves shape");
  ASSERT_GOOD(writer.writeBox("w", {{0, 0}, {1, 2}}, {bytes, 8}));
  EXPECT_FAILS(writer.writeBox("w", {{0, 1}, {2, 1}}, {bytes, 8}),
               "overlaps one written before");
  EXPECT_FAILS(writer.commit(), "tensor 'w' has 2 of its 4 elements");
  EXPECT_EQ(listing(), "");

  auto create = [&](std::vector<TensorSpec> specs) {
    return messageOf(SafetensorsWriter::create(path(), specs));
  };
  EXPECT_NE(create({{"w", ElementType::F32, {1}}, {"w", ElementType::F32, {}}})
                .find("given twice"),
            std::string::npos);
  EXPECT_NE(create({{"__metadata__", ElementType::F32, {}}})
                .find("cannot be a tensor's name"),
            std::string::npos);
  EXPECT_NE(create({{"w", ElementType::F32, {-1}}}).find("negative"),
            std::string::npos);
  EXPECT_NE(create({{"\xff", ElementType::F32, {}}}).find("UTF-8"),
            std::string::npos);
}

TEST_F(SafetensorsTest, refusesBadHeaderSizes) {
  auto open = [&](std::string bytes) {
    return SafetensorsFile::open(write("f.safetensors", bytes));
  };
  EXPECT_FAILS(open(""), "at least 8 bytes, found 0");
  EXPECT_FAILS(open("1234567"), "at least 8 bytes, found 7");
  EXPECT_FAILS(open(std::string(8, '\xff') + "{}"), "at most 100000000");
  EXPECT_FAILS(open(std::string("\x01\xe1\xf5\x05\0\0\0\0{}", 10)),
               "100000001 bytes, expected at most");
  EXPECT_FAILS(open(std::string("\x03\0\0\0\0\0\0\0{}", 10)), "cut short");
  EXPECT_FAILS(open(std::string(8, '\0')), "does not begin with '{'");
  EXPECT_GOOD(open(std::string("\x02\0\0\0\0\0\0\0{}", 10)));
}

TEST_F(SafetensorsTest, refusesBadJSON) {
  auto open = [&](llvm::StringRef json) {
    return SafetensorsFile::open(file(json));
  };
  EXPECT_GOOD(open("{}    "));
  EXPECT_FAILS(open(" {}"), "does not begin with '{'");
  EXPECT_FAILS(open("[]"), "does not begin with '{'");
  EXPECT_FAILS(open("{} {}"), "invalid JSON");
  EXPECT_FAILS(open("{\"\xff\":1}"), "invalid JSON");
  EXPECT_FAILS(open("{\"a\":[[[[[]]]]]}"), "nested deeper");
  EXPECT_FAILS(open("{\"" + std::string(5000, 'n') + "\":1}"), "a key of 5000");
  EXPECT_FAILS(open("{\"__metadata__\":[]}"), "must be an object of strings");
  EXPECT_FAILS(open("{\"__metadata__\":{\"a\":1}}"), "must be a string");
  EXPECT_FAILS(open("{\"w\":7}"), "tensor 'w': expected an object");
  EXPECT_FAILS(open("{\"w\":{\"dtype\":\"F32\",\"shape\":[0]}}"),
               "expected an object of 'dtype', 'shape' and 'data_offsets'");
  llvm::StringRef w =
      "\"w\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
  EXPECT_GOOD(open(("{" + w + "}").str()));
  EXPECT_FAILS(open(("{" + w + "," + w + "}").str()), "key 'w' stands twice");
}

TEST_F(SafetensorsTest, refusesBadEntries) {
  EXPECT_GOOD(one("F32", "[2]", "[0,8]", 8));
  EXPECT_FAILS(one("F33", "[2]", "[0,8]", 8), "unknown dtype 'F33'");
  EXPECT_FAILS(one("F32", "[-2]", "[0,8]", 8), "whole number");
  EXPECT_FAILS(one("F32", "[2.0]", "[0,8]", 8), "whole number");
  EXPECT_FAILS(one("F32", "[2e0]", "[0,8]", 8), "whole number");
  EXPECT_FAILS(one("F32", "[9007199254740993]", "[0,8]", 8), "whole number");
  EXPECT_FAILS(one("F32", "2", "[0,8]", 8), "'shape' must be a list");
  EXPECT_FAILS(one("F32", "[2]", "[8,0]", 8), "before they begin");
  EXPECT_FAILS(one("F32", "[2]", "[0,8,8]", 8), "must be [begin, end]");
  EXPECT_FAILS(one("F32", "[2]", "[0,4]", 4), "takes 8 bytes");
  EXPECT_FAILS(one("F32", "[2]", "[0,12]", 12), "takes 8 bytes");
  EXPECT_FAILS(one("F32", "[4294967296,4294967296]", "[0,8]", 8), "2^63");
  EXPECT_FAILS(one("F32", "[4503599627370496,1024]", "[0,8]", 8), "too large");
  std::string rank33 = "[1";
  for (int i = 0; i < 32; ++i)
    rank33 += ",1";
  EXPECT_FAILS(one("F32", rank33 + "]", "[0,4]", 4), "at most 32 extents");
}

TEST_F(SafetensorsTest, subByteTypesMustFillBytesAndCannotBeRead) {
  EXPECT_FAILS(one("F4", "[3]", "[0,2]", 2), "does not fill whole bytes");
  SafetensorsFile file = unwrap(one("F4", "[4]", "[0,2]", 2));
  EXPECT_FAILS(file.read("w"), "F4, which mpc does not support");
  EXPECT_FAILS(file.borrow("w"), "F4, which mpc does not support");
}

TEST_F(SafetensorsTest, tensorsMustCoverTheDataExactly) {
  auto two = [&](llvm::StringRef a, llvm::StringRef b, size_t data) {
    std::string head = "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],"
                       "\"data_offsets\":";
    std::string middle = "},\"b\":{\"dtype\":\"U8\",\"shape\":[4],"
                         "\"data_offsets\":";
    return SafetensorsFile::open(
        file(head + a.str() + middle + b.str() + "}}", data));
  };
  EXPECT_GOOD(two("[4,8]", "[0,4]", 8));
  EXPECT_FAILS(two("[1,5]", "[5,9]", 9), "begins at data byte 1, expected 0");
  EXPECT_FAILS(two("[0,4]", "[5,9]", 9), "expected 4");
  EXPECT_FAILS(two("[0,4]", "[3,7]", 7), "expected 4");
  EXPECT_FAILS(two("[0,4]", "[4,8]", 9), "describes 8 bytes of data");
  EXPECT_FAILS(two("[0,4]", "[4,8]", 7), "cut short");
  EXPECT_FAILS(SafetensorsFile::open(file("{}", 1)), "describes 0 bytes");
}

TEST_F(SafetensorsTest, aFileThatShrinksWhileReadIsAnError) {
  ASSERT_GOOD(writeSafetensors(path(), {{"w", counting({1000})}}));
  SafetensorsFile file = unwrap(SafetensorsFile::open(path()));
  ASSERT_EQ(::truncate(path().c_str(), 200), 0);
  EXPECT_FAILS(file.read("w"), "was cut to 200 bytes while it was read");
  EXPECT_FAILS(file.borrow("w"), "after it was opened");
}

TEST_F(SafetensorsTest, truncationsAreErrorsAndDamageNeverCrashes) {
  ASSERT_GOOD(
      writeSafetensors(path(), {{"w", counting({2, 3})}}, {{"k", "v"}}));
  std::string good = readBack(path());
  forEachTruncation(good, [&](llvm::StringRef cut) {
    EXPECT_FAILS(SafetensorsFile::open(write("cut", cut)), "safetensors file");
  });
  forEachDamage(good, [&](llvm::StringRef bad) {
    llvm::Expected<SafetensorsFile> file =
        SafetensorsFile::open(write("bad", bad));
    if (!file)
      return llvm::consumeError(file.takeError());
    for (const TensorEntry &entry : file->tensors()) {
      EXPECT_EQ(entry.end, bad.size());
      if (entry.type) {
        EXPECT_GOOD(file->read(entry.name));
      }
    }
  });
}
