// What becomes of nodes and initializers.

#include "TestGraph.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace mpc;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Graph, reportsAllUnsupportedOperatorsAtOnce) {
  TestGraph graph;
  graph.input("x", {2, 2});
  graph.node("Hardmax", {"x"}, "a").set_name("first");
  graph.node("Hardmax", {"a"}, "b").set_name("second");
  graph.node("Det", {"b"}, "c");
  graph.node("NonZero", {"x"}, "unused");
  EXPECT_THAT(graph.print({"c"}),
              AllOf(HasSubstr("operators that mpc does not support:\n"
                              "  Det: node 'c' (Det)\n"
                              "  Hardmax: node 'first' (Hardmax), node "
                              "'second' (Hardmax)"),
                    Not(HasSubstr("NonZero"))));
}

TEST(Graph, namesTheNodeThatDoesNotFit) {
  TestGraph graph;
  graph.input("x", {2, 3});
  graph.weight("w", {4, 5}, std::vector<float>(20, 1));
  graph.node("MatMul", {"x", "w"}, "y").set_name("layer");
  EXPECT_THAT(graph.print({"y"}), HasSubstr("node 'layer' (MatMul): "));
}

TEST(Graph, foldsWhatDependsOnShapes) {
  TestGraph graph;
  graph.input("x", {2, 3, 4});
  graph.node("Shape", {"x"}, "shape");
  graph.integers("zero", {0});
  graph.integers("minus", {-1});
  graph.node("Gather", {"shape", "zero"}, "rows");
  TestGraph::attribute(graph.node("Concat", {"rows", "minus"}, "target"),
                       "axis", 0);
  graph.node("Reshape", {"x", "target"}, "y");
  EXPECT_THAT(graph.print({"y"}),
              AllOf(HasSubstr("tensor<2x3x4xf32> to tensor<2x12xf32>"),
                    Not(HasSubstr("variable"))));
}

TEST(Graph, keepsATransposedWeightOneVariable) {
  TestGraph graph;
  graph.input("ids", {2, 3}, onnx::TensorProto::INT64);
  graph.weight("table", {3, 2}, {1, 2, 3, 4, 5, 6});
  graph.weight("folded", {2, 3}, {1, 3, 5, 2, 4, 6});
  graph.node("Gather", {"table", "ids"}, "x");
  graph.node("MatMul", {"x", "folded"}, "y");
  graph.node("Transpose", {"table"}, "transposed");
  graph.node("MatMul", {"x", "transposed"}, "z");
  auto model = graph.import({"y", "z"});
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  ASSERT_EQ(model->weights.size(), 1u);
  EXPECT_EQ(model->weights[0].name, "table");
}

TEST(Graph, partsWhatTheExporterHasMerged) {
  TestGraph graph;
  graph.input("x", {2, 3});
  graph.weight("scale", {3}, {1, 1, 1});
  graph.node("Mul", {"x", "scale"}, "a");
  graph.node("Relu", {"a"}, "b");
  graph.node("Mul", {"b", "scale"}, "y");
  auto model = graph.import({"y"});
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  ASSERT_EQ(model->weights.size(), 2u);
  EXPECT_EQ(model->weights[0].name, "scale");
  EXPECT_EQ(model->weights[1].name, "scale_");
}

TEST(Graph, foldsWeightsOnlyWhereNoOpExists) {
  // The frequencies of a rotary embedding; Cos has no op.
  TestGraph graph;
  graph.input("x", {2, 3});
  graph.weight("frequencies", {3}, {0, 1, 2});
  graph.node("Cos", {"frequencies"}, "table");
  graph.node("Mul", {"x", "table"}, "y");
  EXPECT_THAT(graph.print({"y"}),
              AllOf(HasSubstr("mpc.variable @table statistic"),
                    Not(HasSubstr("parameter"))));
}

TEST(Graph, endsConstantsThatAreTooLarge) {
  TestGraph graph;
  graph.input("x", {2});
  graph.integers("size", {int64_t(1) << 40});
  graph.node("ConstantOfShape", {"size"}, "huge");
  graph.node("Add", {"x", "huge"}, "y");
  EXPECT_THAT(graph.print({"y"}),
              HasSubstr("node 'huge' (ConstantOfShape): a constant of shape "
                        "[1099511627776] is too large"));
}
