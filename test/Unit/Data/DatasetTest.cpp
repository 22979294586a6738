#include "mpc/Data/Dataset.h"
#include "TestFiles.h"
#include "mpc/Data/Feed.h"
#include "mpc/Data/NPZ.h"
#include "mpc/Data/Safetensors.h"
#include <numeric>

using namespace mpc::data;
using namespace mpc::data::test;

namespace {
class DatasetTest : public TempDirTest {
protected:
  /// Three 2x2 images with pixels 0 51 102 153, 1 52 ..., and labels 7 8 9.
  void writeImages(llvm::StringRef images, llvm::StringRef labels) {
    std::string pixels(std::string("\0\0\x08\x03\0\0\0\3\0\0\0\2\0\0\0\2", 16));
    for (int sample = 0; sample < 3; ++sample)
      for (int pixel = 0; pixel < 4; ++pixel)
        pixels += static_cast<char>(sample + 51 * pixel);
    write(images, pixels);
    write(labels, std::string("\0\0\x08\x01\0\0\0\3\7\x08\x09", 11));
  }
  DataOptions inDirectory(Split split = Split::Train) {
    return {directory, split, 0};
  }
  llvm::Expected<std::shared_ptr<const Dataset>> open(llvm::StringRef name,
                                                      int64_t sequence = 0) {
    return openDataset(at(name), {"", Split::Train, sequence});
  }
};
} // namespace

static const FeedInput pixelsIn = {"image", ElementType::F32, {4}, {}, {}};
static const FeedInput labelIn = {"label", ElementType::I64, {}, {}, {}};

static HostArray counting(ElementType type, Shape shape) {
  HostArray array = unwrap(HostArray::allocate(ElementType::I64, shape));
  std::iota(array.as<int64_t>().begin(), array.as<int64_t>().end(), 0);
  return unwrap(array.convertedTo(type));
}

TEST_F(DatasetTest, imagesBecomeFlatFloatsFromZeroToOne) {
  writeImages("i.idx", "l.idx");
  auto data = unwrap(openDataset(at("i.idx") + "," + at("l.idx"), {}));
  EXPECT_EQ(data->numSamples(), 3);
  Feed feed = unwrap(Feed::create(data, {pixelsIn, labelIn}));
  std::vector<HostArray> batch = unwrap(feed.fetch({2, 0}));
  EXPECT_EQ(batch[0].shape().vec(), (std::vector<int64_t>{2, 4}));
  EXPECT_EQ(batch[0].as<float>()[1], 53 / 255.0f);
  EXPECT_EQ(batch[0].as<float>()[5], 51 / 255.0f);
  EXPECT_EQ(batch[1].shape().vec(), (std::vector<int64_t>{2}));
  EXPECT_EQ(batch[1].as<int64_t>().vec(), (std::vector<int64_t>{9, 7}));
}

TEST_F(DatasetTest, someRowsAreFetchedAndOthersStay) {
  writeImages("i.idx", "l.idx");
  auto data = unwrap(openDataset(at("i.idx") + "," + at("l.idx"), {}));
  Feed feed = unwrap(Feed::create(data, {pixelsIn, labelIn}));
  std::vector<int64_t> samples = {2, 0, 1};
  std::vector<HostArray> all = unwrap(feed.fetch(samples)), some;
  for (const HostArray &array : all)
    some.push_back(unwrap(HostArray::allocate(array.type(), array.shape())));
  ASSERT_GOOD(feed.fetch(samples, some, {{{1, 2}}, {{0, 1}, {2, 3}}}));
  EXPECT_EQ(some[0].bytes().slice(16, 16), all[0].bytes().slice(16, 16));
  EXPECT_EQ(some[0].as<float>()[0], 0);
  EXPECT_EQ(some[0].as<float>()[8], 0);
  EXPECT_EQ(some[1].as<int64_t>().vec(),
            (std::vector<int64_t>{all[1].as<int64_t>()[0], 0,
                                  all[1].as<int64_t>()[2]}));
}

TEST_F(DatasetTest, knownSetsAreFoundInTheirDirectory) {
  writeImages("train-images-idx3-ubyte", "train-labels-idx1-ubyte");
  writeImages("t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte");
  for (const char *text : {"mnist", "fashion-mnist", "mnist:test"})
    EXPECT_EQ(unwrap(openDataset(text, inDirectory()))->numSamples(), 3);
  EXPECT_EQ(
      unwrap(openDataset("mnist", inDirectory(Split::Test)))->numSamples(), 3);
}

TEST_F(DatasetTest, missingSetsAreErrorsThatSayWhatToDo) {
  EXPECT_FAILS(openDataset("fashion-mnist", inDirectory()),
               "apt install dataset-fashion-mnist");
  EXPECT_FAILS(openDataset("fashion-mnist:test", inDirectory()),
               "has no 't10k-images-idx3-ubyte.gz'");
  EXPECT_FAILS(openDataset("mnist", {}), "give --data-dir=DIR");
  EXPECT_FAILS(openDataset("cifar", {}), "unknown data 'cifar', expected");
  EXPECT_FAILS(open("absent.npz"), "No such file");
}

TEST_F(DatasetTest, readsFashionMNISTWhereInstalled) {
  if (!llvm::sys::fs::exists("/usr/share/datasets/fashion-mnist"))
    GTEST_SKIP() << "needs the package dataset-fashion-mnist";
  auto data = unwrap(openDataset("fashion-mnist", {"", Split::Test, 0}));
  EXPECT_EQ(data->numSamples(), 10000);
  FeedInput label = labelIn;
  label.limit = 10;
  Feed feed = unwrap(
      Feed::create(data, {{"x", ElementType::F32, {784}, {}, {}}, label}));
  std::vector<int64_t> all(10000);
  std::iota(all.begin(), all.end(), 0);
  std::vector<HostArray> arrays = unwrap(feed.fetch(all));
  std::vector<int> perClass(10);
  for (int64_t value : arrays[1].as<int64_t>())
    ++perClass[value];
  EXPECT_EQ(perClass, std::vector<int>(10, 1000));
  double sum = 0;
  for (float pixel : arrays[0].as<float>())
    sum += pixel;
  EXPECT_NEAR(sum / 7840000, 0.2868, 1e-4); // the test set's known mean
}

TEST_F(DatasetTest, refusesImagesThatDoNotFitTheirLabels) {
  writeImages("i.idx", "l.idx");
  write("two.idx", std::string("\0\0\x08\x01\0\0\0\2\7\x08", 10));
  auto pair = [&](llvm::StringRef images, llvm::StringRef labels) {
    return openDataset(at(images) + "," + at(labels), {});
  };
  EXPECT_FAILS(pair("i.idx", "two.idx"), "'label' has 2 samples, 'x' has 3");
  EXPECT_FAILS(pair("l.idx", "i.idx"), "expected u8 images");
  EXPECT_FAILS(pair("i.idx", "i.idx"), "expected one integer a sample");
}

TEST_F(DatasetTest, arraysInMemoryAndOnDiskGiveTheSame) {
  std::vector<NamedArray> arrays = {
      {"tokens", counting(ElementType::I32, {4, 3})},
      {"mask", counting(ElementType::U8, {4, 2, 2})},
      {"label", counting(ElementType::U8, {4})}};
  ASSERT_GOOD(writeNPZ(at("a.npz"), arrays));
  ASSERT_GOOD(writeSafetensors(at("a.safetensors"), arrays));
  for (const char *name : {"a.npz", "a.safetensors"}) {
    Feed feed = unwrap(Feed::create(
        unwrap(open(name)), {labelIn,
                             {"mask", ElementType::F32, {4}, {}, {}},
                             {"tokens", ElementType::I64, {3}, {}, {}}}));
    std::vector<HostArray> batch = unwrap(feed.fetch({3, 1}));
    EXPECT_EQ(batch[0].as<int64_t>().vec(), (std::vector<int64_t>{3, 1}));
    EXPECT_EQ(batch[1].as<float>()[0], 12.0f);
    EXPECT_EQ(batch[2].as<int64_t>().vec(),
              (std::vector<int64_t>{9, 10, 11, 3, 4, 5}));
  }
}

TEST_F(DatasetTest, refusesArraysOfUnequalLength) {
  HostArray four = counting(ElementType::I32, {4}),
            five = counting(ElementType::I32, {5});
  ASSERT_GOOD(writeNPZ(at("a.npz"), {{"x", four}, {"label", five}}));
  EXPECT_FAILS(open("a.npz"), "'label' has 5 samples, 'x' has 4");
  ASSERT_GOOD(
      writeSafetensors(at("a.safetensors"), {{"x", four}, {"y", five}}));
  EXPECT_FAILS(open("a.safetensors"), "'y' has 5 samples, 'x' has 4");
  ASSERT_GOOD(writeNPZ(at("a.npz"), {{"x", counting(ElementType::I32, {})}}));
  EXPECT_FAILS(open("a.npz"), "has no samples");
  ASSERT_GOOD(writeNPZ(at("a.npz"), {}));
  EXPECT_FAILS(open("a.npz"), "there are no arrays");
}

TEST_F(DatasetTest, tokenWindowsAreFollowedByTheirLabels) {
  HostArray tokens = counting(ElementType::U16, {10});
  write("t.bin", {tokens.bytes().data(), tokens.bytes().size()});
  auto data = unwrap(open("t.bin:uint16", 3));
  EXPECT_EQ(data->numSamples(), 3); // 0-2, 3-5, 6-8; 9 is a label only
  Feed feed =
      unwrap(Feed::create(data, {{"ids", ElementType::I32, {3}, 10, {}},
                                 {"label", ElementType::I64, {3}, 10, {}}}));
  std::vector<HostArray> batch = unwrap(feed.fetch({2, 0}));
  EXPECT_EQ(batch[0].as<int32_t>().vec(),
            (std::vector<int32_t>{6, 7, 8, 0, 1, 2}));
  EXPECT_EQ(batch[1].as<int64_t>().vec(),
            (std::vector<int64_t>{7, 8, 9, 1, 2, 3}));
}

TEST_F(DatasetTest, textIsBytes) {
  write("t.txt", "hello");
  Feed feed = unwrap(Feed::create(unwrap(open("t.txt", 2)),
                                  {{"x", ElementType::I64, {2}, {}, {}}}));
  EXPECT_EQ(unwrap(feed.fetch({1}))[0].as<int64_t>().vec(),
            (std::vector<int64_t>{'l', 'l'}));
}

TEST_F(DatasetTest, refusesBadTokenFiles) {
  write("t.bin", "12345");
  write("t.txt", "");
  EXPECT_FAILS(open("t.bin", 2), "needs its type");
  EXPECT_FAILS(open("t.bin:float", 2), "needs its type");
  EXPECT_FAILS(open("t.bin:uint16", 2), "multiple of 2");
  EXPECT_FAILS(open("t.txt", 2), "has 0 bytes");
  write("t.txt", "ab");
  EXPECT_FAILS(open("t.txt", 0), "--sequence=N");
  EXPECT_FAILS(open("t.txt", 2), "has 2 tokens, expected more than");
}

TEST_F(DatasetTest, valuesOutsideTheVocabularyAreNamed) {
  auto data = unwrap(makeArrayDataset(
      {{"x", counting(ElementType::I32, {4, 2})},
       {"label", unwrap(HostArray::of<int64_t>(ElementType::I64, {4},
                                               {0, 1, -100, 3}))}}));
  FeedInput x = {"x", ElementType::I64, {2}, 5, {}}, label = labelIn;
  label.limit = 3;
  label.ignored = -100;
  Feed feed = unwrap(Feed::create(data, {x, label}));
  EXPECT_GOOD(feed.fetch({0, 1}));
  EXPECT_FAILS(feed.fetch({0, 2}), "input 'x': sample 2 has the value 5 at "
                                   "element 1, expected 0 to 4");
  x.limit.reset();
  feed = unwrap(Feed::create(data, {x, label}));
  EXPECT_GOOD(feed.fetch({2}));
  EXPECT_FAILS(feed.fetch({1, 3}), "input 'label': sample 3 has the value 3");
  EXPECT_FAILS(feed.fetch({4}), "sample 4 does not exist, there are 4");
}

TEST_F(DatasetTest, inputsAreMatchedByNameElseByPosition) {
  auto data =
      unwrap(makeArrayDataset({{"a", counting(ElementType::I32, {2})},
                               {"label", counting(ElementType::I32, {2})},
                               {"b", counting(ElementType::F32, {2, 3})}}));
  FeedInput first = {"first", ElementType::I32, {}, {}, {}};
  FeedInput second = {"second", ElementType::F32, {3}, {}, {}};
  EXPECT_GOOD(Feed::create(data, {first, second, labelIn}));
  EXPECT_FAILS(Feed::create(data, {second, first}),
               "takes samples of shape [3], the data's 'a' has shape []");
  first.name = "b";
  first.shape = {3};
  EXPECT_FAILS(Feed::create(data, {first, second}),
               "nothing for input 'second', expected one of 'a', 'label', 'b'");
  auto unlabelled =
      unwrap(makeArrayDataset({{"a", counting(ElementType::I32, {2})}}));
  EXPECT_FAILS(Feed::create(unlabelled, {labelIn}),
               "nothing for input 'label'");
}
