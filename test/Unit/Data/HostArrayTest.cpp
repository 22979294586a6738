#include "mpc/Data/HostArray.h"
#include "TestFiles.h"
#include <cmath>
#include <limits>

using namespace mpc::data;
using namespace mpc::data::test;

template <typename T>
static HostArray make(ElementType type, std::vector<T> values) {
  return unwrap(
      HostArray::of<T>(type, {static_cast<int64_t>(values.size())}, values));
}

template <typename To, typename From>
static std::vector<To> convert(ElementType from, std::vector<From> values,
                               ElementType to) {
  HostArray result = unwrap(make(from, values).convertedTo(to));
  return result.as<To>().vec();
}

TEST(HostArray, allocatesAlignedZeros) {
  HostArray array = unwrap(HostArray::allocate(ElementType::F32, {3, 5}));
  EXPECT_EQ(array.count(), 15);
  EXPECT_EQ(array.bytes().size(), 60u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(array.bytes().data()) % 64, 0u);
  for (float value : array.as<float>())
    EXPECT_EQ(value, 0);
}

TEST(HostArray, scalarsHaveOneElementAndEmptyArraysNone) {
  EXPECT_EQ(unwrap(HostArray::allocate(ElementType::I64, {})).count(), 1);
  EXPECT_EQ(unwrap(HostArray::allocate(ElementType::I64, {4, 0})).count(), 0);
}

TEST(HostArray, refusesImpossibleShapes) {
  int64_t huge = int64_t{1} << 40;
  EXPECT_FAILS(HostArray::allocate(ElementType::F32, {2, -1}), "negative");
  EXPECT_FAILS(HostArray::allocate(ElementType::F32, {huge, huge}), "2^63");
  EXPECT_FAILS(HostArray::allocate(ElementType::F64, {huge, 1 << 20}), "2^63");
  EXPECT_FAILS(HostArray::allocate(ElementType::F32, {huge, 1 << 19}),
               "not enough memory");
  EXPECT_EQ(unwrap(elementCount({huge, huge, 0})), 0);
}

TEST(HostArray, borrowsWithoutCopyAndKeepsTheOwnerAlive) {
  auto owner = std::make_shared<std::vector<float>>(6, 2.0f);
  std::weak_ptr<std::vector<float>> watch = owner;
  llvm::ArrayRef<char> bytes(reinterpret_cast<char *>(owner->data()), 24);
  HostArray array =
      unwrap(HostArray::borrow(ElementType::F32, {2, 3}, bytes, owner));
  owner.reset();
  EXPECT_EQ(array.bytes().data(), bytes.data());
  EXPECT_FALSE(watch.expired());
  array = HostArray();
  EXPECT_TRUE(watch.expired());
}

TEST(HostArray, borrowChecksTheSize) {
  char bytes[24] = {};
  EXPECT_FAILS(HostArray::borrow(ElementType::F32, {2, 4}, bytes),
               "takes 32 bytes, found 24");
}

TEST(HostArray, reshapesOnlyToAsManyElements) {
  HostArray array = unwrap(HostArray::allocate(ElementType::U8, {2, 28, 28}));
  EXPECT_EQ(unwrap(array.reshaped({2, 784})).shape().back(), 784);
  EXPECT_FAILS(array.reshaped({2, 512}), "expected 1024 elements, found 1568");
}

TEST(ElementType, namesRoundTrip) {
  for (const char *name : {"f64", "f32", "f16", "bf16", "i64", "i32", "i16",
                           "i8", "u64", "u32", "u16", "u8", "i1"})
    EXPECT_EQ(elementTypeName(*elementTypeNamed(name)), name);
  EXPECT_FALSE(elementTypeNamed("f8"));
}

TEST(Convert, integersWidenExactly) {
  EXPECT_EQ(
      (convert<float, uint8_t>(ElementType::U8, {0, 7, 255}, ElementType::F32)),
      (std::vector<float>{0, 7, 255}));
  EXPECT_EQ((convert<int64_t, uint16_t>(ElementType::U16, {0, 65535},
                                        ElementType::I64)),
            (std::vector<int64_t>{0, 65535}));
  EXPECT_EQ(
      (convert<int64_t, int32_t>(ElementType::I32, {-5, 5}, ElementType::I64)),
      (std::vector<int64_t>{-5, 5}));
}

TEST(Convert, integersThatDoNotFitAreErrorsNamingTheElement) {
  EXPECT_FAILS(make<int64_t>(ElementType::I64, {1, int64_t{1} << 40})
                   .convertedTo(ElementType::I32),
               "element 1 is 1099511627776, which i32 cannot hold");
  EXPECT_FAILS(make<int8_t>(ElementType::I8, {-1}).convertedTo(ElementType::U8),
               "element 0 is -1");
  EXPECT_FAILS(make<uint64_t>(ElementType::U64, {~uint64_t{0}})
                   .convertedTo(ElementType::I64),
               "i64 cannot hold");
  EXPECT_FAILS(
      make<int32_t>(ElementType::I32, {2}).convertedTo(ElementType::I1),
      "i1 cannot hold");
}

TEST(Convert, wholeFloatsBecomeIntegersOthersAreErrors) {
  EXPECT_EQ(
      (convert<int64_t, double>(ElementType::F64, {3, -9}, ElementType::I64)),
      (std::vector<int64_t>{3, -9}));
  for (double value : {0.5, 0x1p63, -0x1.1p63, HUGE_VAL, std::nan("")})
    EXPECT_FAILS(
        make<double>(ElementType::F64, {value}).convertedTo(ElementType::I64),
        "i64 cannot hold");
  EXPECT_GOOD(
      make<float>(ElementType::F32, {-0x1p63f}).convertedTo(ElementType::I64));
  EXPECT_FAILS(
      make<float>(ElementType::F32, {-1}).convertedTo(ElementType::U32),
      "u32 cannot hold");
}

TEST(Convert, bfloat16RoundsToNearestEven) {
  float inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(
      (convert<uint16_t, float>(
          ElementType::F32,
          {1.0f, 1.00390625f, 1.01171875f, -2.0f, inf, 3.4e38f},
          ElementType::BF16)),
      (std::vector<uint16_t>{0x3f80, 0x3f80, 0x3f82, 0xc000, 0x7f80, 0x7f80}));
  auto nan = convert<uint16_t, float>(ElementType::F32, {std::nanf("")},
                                      ElementType::BF16);
  EXPECT_GT(nan[0] & 0x7fff, 0x7f80);
}

TEST(Convert, halfRoundsToNearestEvenAndKeepsSubnormals) {
  EXPECT_EQ((convert<uint16_t, float>(ElementType::F32,
                                      {1.0f, -2.5f, 65504.0f, 65519.0f,
                                       65520.0f, 0x1p-24f, 0x1p-25f, 0x1.8p-24f,
                                       0x1p-14f, 1.00048828125f},
                                      ElementType::F16)),
            (std::vector<uint16_t>{0x3c00, 0xc100, 0x7bff, 0x7bff, 0x7c00, 1, 0,
                                   2, 0x0400, 0x3c00}));
}

TEST(Convert, everyHalfAndBfloat16SurvivesTheWayThroughF32) {
  std::vector<uint16_t> all(65536);
  for (size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<uint16_t>(i);
  for (ElementType type : {ElementType::F16, ElementType::BF16}) {
    HostArray wide = unwrap(make(type, all).convertedTo(ElementType::F32));
    HostArray back = unwrap(wide.convertedTo(type));
    for (size_t i = 0; i < all.size(); ++i) {
      if (!std::isnan(wide.as<float>()[i])) {
        EXPECT_EQ(back.as<uint16_t>()[i], all[i]);
      }
    }
  }
}

TEST(Convert, readsUnalignedMemory) {
  char bytes[9] = {0, 1, 0, 0, 0, 2, 0, 0, 0};
  HostArray view = unwrap(HostArray::borrow(
      ElementType::I32, {2}, llvm::ArrayRef<char>(bytes + 1, 8)));
  HostArray wide = unwrap(view.convertedTo(ElementType::I64));
  EXPECT_EQ(wide.as<int64_t>().vec(), (std::vector<int64_t>{1, 2}));
}
