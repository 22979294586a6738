// What a file says of its tensors and dims, and what is not believed.

#include "TestGraph.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace mpc;
using testing::HasSubstr;

static void external(onnx::TensorProto &tensor, llvm::StringRef key,
                     llvm::StringRef value) {
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  tensor.clear_float_data();
  auto *entry = tensor.add_external_data();
  entry->set_key(key.str());
  entry->set_value(value.str());
}

/// x [2, 2] times w [2, 2], w being external data.
static TestGraph makeExternal(llvm::StringRef location) {
  TestGraph graph;
  graph.input("x", {2, 2});
  external(graph.weight("w", {2, 2}, {}), "location", location);
  graph.node("MatMul", {"x", "w"}, "y");
  return graph;
}

namespace {
class ExternalTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("onnx", directory));
    std::error_code code;
    llvm::SmallString<128> path = directory;
    llvm::sys::path::append(path, "w.bin");
    llvm::raw_fd_ostream os(path, code);
    os.write("\0\0\0\0\0\0\0\0\0\0\200\77\0\0\0\100\0\0\100\100\0\0\200\100",
             24);
  }
  void TearDown() override { llvm::sys::fs::remove_directories(directory); }
  std::string import(TestGraph &graph) {
    auto model = graph.import({"y"}, {}, directory);
    if (!model)
      return llvm::toString(model.takeError());
    std::string values;
    for (float value : model->weights.at(0).array.as<float>())
      values += std::to_string(static_cast<int>(value)) + " ";
    return values;
  }
  llvm::SmallString<128> directory;
};
} // namespace

TEST_F(ExternalTest, isReadFromItsPlace) {
  TestGraph graph = makeExternal("w.bin");
  auto &w = *graph.model.mutable_graph()->mutable_initializer(0);
  external(w, "offset", "8");
  external(w, "length", "16");
  EXPECT_EQ(import(graph), "1 2 3 4 ");
}

TEST_F(ExternalTest, mustLieInTheFile) {
  TestGraph graph = makeExternal("w.bin");
  auto &w = *graph.model.mutable_graph()->mutable_initializer(0);
  external(w, "offset", "12");
  EXPECT_THAT(import(graph), HasSubstr("beyond the end of 'w.bin'"));
  w.mutable_external_data(1)->set_value("18446744073709551615");
  EXPECT_THAT(import(graph), HasSubstr("beyond the end of 'w.bin'"));
  w.mutable_external_data(1)->set_value("-1");
  EXPECT_THAT(import(graph), HasSubstr("offset '-1' is no number"));
}

TEST_F(ExternalTest, mustHaveTheLengthOfTheShape) {
  TestGraph graph = makeExternal("w.bin");
  external(*graph.model.mutable_graph()->mutable_initializer(0), "length", "8");
  EXPECT_THAT(import(graph), HasSubstr("length 8, shape [2, 2] needs 16"));
}

TEST_F(ExternalTest, staysBesideTheModel) {
  for (const char *location :
       {"../w.bin", "/etc/passwd", "a/../../w.bin", ""}) {
    TestGraph graph = makeExternal(location);
    EXPECT_THAT(import(graph), HasSubstr("is no file beside the model"))
        << location;
  }
  TestGraph graph = makeExternal("none.bin");
  EXPECT_THAT(import(graph), HasSubstr("none.bin"));
}

//===----------------------------------------------------------------------===//
// Dims
//===----------------------------------------------------------------------===//

static std::string importOpen(ONNXOptions options) {
  TestGraph graph;
  graph.input("x", {-1, 3, -1});
  graph.node("Relu", {"x"}, "y");
  return graph.print({"y"}, options);
}

TEST(Dims, areGivenByTheirNames) {
  ONNXOptions options;
  EXPECT_THAT(importOpen(options),
              HasSubstr("input 'x' leaves dim 0 ('d0') open; give it a size by "
                        "--batch=N or --dim d0=N"));
  options.batch = 4;
  EXPECT_THAT(importOpen(options),
              HasSubstr("input 'x' leaves dim 2 ('d2') open; give it a size by "
                        "--dim d2=N"));
  options.dims["d2"] = 5;
  EXPECT_THAT(importOpen(options), HasSubstr("tensor<4x3x5xf32>"));
  options.dims["batch"] = 5;
  EXPECT_THAT(importOpen(options),
              HasSubstr("no input has a dim 'batch', the model's are d0, d2"));
}

TEST(Dims, areThoseOfFedArrays) {
  ONNXOptions options;
  options.inputShapes = {{"other", {6, 3, 7}}};
  EXPECT_THAT(importOpen(options), HasSubstr("tensor<6x3x7xf32>"));
}

TEST(Dims, areParsed) {
  auto dims = parseDims({"batch=8", "a/b=2"});
  ASSERT_TRUE(bool(dims));
  EXPECT_EQ(dims->at("batch"), 8);
  EXPECT_EQ(dims->at("a/b"), 2);
  for (std::string wrong : {"batch", "=3", "batch=0", "batch=x"})
    EXPECT_THAT(llvm::toString(parseDims({wrong}).takeError()),
                HasSubstr("expected NAME=N, found '" + wrong + "'"));
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

TEST(Files, haveAnOpsetThatIsKnown) {
  TestGraph graph(12);
  graph.input("x", {2});
  graph.node("Relu", {"x"}, "y");
  EXPECT_THAT(graph.print({"y"}),
              HasSubstr("opset 12 is not supported, expected 13 to 25"));
}

TEST(Files, haveTensorsOfTheirShapes) {
  TestGraph graph;
  graph.input("x", {2, 2});
  graph.weight("w", {2, 2}, {1, 2, 3});
  graph.node("MatMul", {"x", "w"}, "y");
  EXPECT_THAT(graph.print({"y"}),
              HasSubstr("initializer 'w': it has 3 elements, shape [2, 2] "
                        "needs 4"));
}

TEST(Files, defineNamesOnceAndBeforeTheirUse) {
  TestGraph graph;
  graph.input("x", {2});
  graph.node("Relu", {"y"}, "z");
  EXPECT_THAT(graph.print({"z"}),
              HasSubstr("node 'z' (Relu): its input 'y' is not defined"));
  TestGraph twice;
  twice.input("x", {2});
  twice.node("Relu", {"x"}, "x");
  EXPECT_THAT(twice.print({"x"}), HasSubstr("'x' is defined twice"));
  TestGraph lost;
  lost.input("x", {2});
  EXPECT_THAT(lost.print({"q"}),
              HasSubstr("the output 'q' is not defined by any node"));
}
