#include "mpc/Data/TensorStore.h"
#include "TestFiles.h"

using namespace mpc::data;
using namespace mpc::data::test;

namespace {
class TensorStoreTest : public TempDirTest {
protected:
  void shard(llvm::StringRef name, std::vector<std::string> tensors) {
    std::vector<NamedArray> arrays;
    for (const std::string &tensor : tensors) {
      HostArray array = unwrap(HostArray::allocate(ElementType::F32, {2, 3}));
      array.as<float>()[5] = static_cast<float>(tensor[0]);
      arrays.push_back({tensor, array});
    }
    llvm::cantFail(writeSafetensors(at(name), arrays));
  }
  llvm::Expected<TensorStore> index(llvm::StringRef json) {
    return TensorStore::open(write("m.safetensors.index.json", json));
  }
};
} // namespace

TEST_F(TensorStoreTest, opensOneFile) {
  shard("m.safetensors", {"b", "a"});
  TensorStore store = unwrap(TensorStore::open(at("m.safetensors")));
  EXPECT_EQ(store.names().vec(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(unwrap(store.read("b")).as<float>()[5], 'b');
  EXPECT_FAILS(store.read("c"), "has no tensor 'c'");
}

TEST_F(TensorStoreTest, holdsArraysInMemory) {
  shard("m.safetensors", {"a", "b"});
  TensorStore store = unwrap(TensorStore::open(at("m.safetensors")));
  HostArray ones = unwrap(
      HostArray::of<float>(ElementType::F32, {2, 2}, {1.0f, 2.0f, 3.0f, 4.0f}));
  TensorStore memory = TensorStore::of("memory", {{"a", ones}, {"c", ones}});
  EXPECT_EQ(memory.find("a")->shape, (Shape{2, 2}));
  EXPECT_EQ(unwrap(memory.readBox("c", {{0, 1}, {2, 1}})).as<float>()[1], 4);
  EXPECT_FAILS(memory.readBox("c", {{0, 2}, {2, 1}}), "tensor 'c' of 'memory'");
  EXPECT_FAILS(memory.read("b"), "'memory' has no tensor 'b'");
  // What a store has goes before what is added.
  store.addMissing(memory);
  EXPECT_EQ(store.names().vec(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(store.find("a")->shape, (Shape{2, 3}));
  EXPECT_EQ(unwrap(store.borrow("c")).as<float>()[2], 3);
  memory.addMissing(store);
  EXPECT_EQ(unwrap(memory.read("b")).as<float>()[5], 'b');
  EXPECT_EQ(memory.find("a")->shape, (Shape{2, 2}));
}

TEST_F(TensorStoreTest, opensTheFilesOfAnIndex) {
  shard("m-1.safetensors", {"a", "unlisted"});
  shard("m-2.safetensors", {"b"});
  TensorStore store = unwrap(index(
      R"({"metadata": {"total_size": 48},
          "weight_map": {"a": "m-1.safetensors", "b": "m-2.safetensors"}})"));
  EXPECT_EQ(store.names().vec(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(store.find("unlisted"), nullptr);
  EXPECT_EQ(store.find("a")->shape, (Shape{2, 3}));
  HostArray box = unwrap(store.readBox("b", {{1, 2}, {1, 1}}));
  EXPECT_EQ(box.as<float>()[0], 'b');
  EXPECT_EQ(unwrap(store.borrow("a")).count(), 6);
}

TEST_F(TensorStoreTest, refusesWrongIndexes) {
  shard("m-1.safetensors", {"a"});
  shard("m-2.safetensors", {"a", "b"});
  EXPECT_FAILS(index("[]"), "'weight_map'");
  EXPECT_FAILS(index(R"({"weight_map": []})"), "'weight_map'");
  EXPECT_FAILS(index(R"({"weight_map": {"a": "x", "a": "y"}})"), "twice");
  EXPECT_FAILS(index(R"({"weight_map": {"a": {"file": "x"}}})"),
               "must be a file name");
  for (const char *name : {"../m-1.safetensors", "/m-1.safetensors",
                           ".safetensors", "m-1.bin", "", "a\\\\b.safetensors"})
    EXPECT_FAILS(
        index((R"({"weight_map": {"a": ")" + std::string(name) + "\"}}")),
        "plain name of a .safetensors file");
  EXPECT_FAILS(index(R"({"weight_map": {"z": "m-1.safetensors"}})"),
               "'z' is not in 'm-1.safetensors'");
  EXPECT_FAILS(index(R"({"weight_map": {"a": "m-1.safetensors",
                                        "b": "m-2.safetensors"}})"),
               "'a' is in 'm-1.safetensors' and in 'm-2.safetensors'");
  EXPECT_FAILS(index(R"({"weight_map": {"a": "m-9.safetensors"}})"),
               "m-9.safetensors': No such file");
}
