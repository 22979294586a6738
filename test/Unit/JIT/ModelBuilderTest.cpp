//===- ModelBuilderTest.cpp - models written in C++ -----------------------===//

#include "mpc/JIT/ModelBuilder.h"
#include "mpc/Driver/RandomInputs.h"
#include "mpc/Driver/Verify.h"
#include "gmock/gmock.h"

using namespace mpc;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

class ModelBuilderTest : public testing::Test {
protected:
  std::string getError(ModelBuilder &m) {
    auto model = m.finish();
    return model ? "no error" : toString(model.takeError());
  }
  mlir::MLIRContext context{makeRegistry()};
};

TEST_F(ModelBuilderTest, WritesWhatAFileWouldSay) {
  ModelBuilder m(context);
  mlir::Value ids = m.input("ids", {4, 8}, m.getBuilder().getI64Type());
  mlir::Value h =
      m.embedding(m.parameter("table", {32, 16}, m.normal(0.02)), ids);
  h = m.layerNorm(h, m.parameter("scale", {16}, m.constant(1)),
                  m.parameter("bias", {16}, m.fromFile("ln.bias")));
  EXPECT_EQ(m.getNextOp(), 2);
  h = m.reshape(m.gelu(m.dense(h, "fc", 32)), {32, 32});
  m.output("shares", m.softmax(h, 1));
  auto model = m.finish();
  ASSERT_TRUE(bool(model)) << toString(model.takeError());
  std::string text;
  llvm::raw_string_ostream(text) << **model;
  EXPECT_THAT(text,
              AllOf(HasSubstr("mpc.variable @table parameter normal(0.0"),
                    HasSubstr("mpc.variable @bias parameter file(\"ln.bias\") "
                              ": tensor<16xf32>"),
                    HasSubstr("mpc.variable @fc.w parameter normal(0.0"),
                    HasSubstr("%arg0: tensor<4x8xi64> {mpc.name = \"ids\"}"),
                    HasSubstr("-> (tensor<32x32xf32> {mpc.name = \"shares\"})"),
                    HasSubstr("mpc.softmax %")));
}

TEST_F(ModelBuilderTest, NamesTheLineOfTheFirstMistake) {
  ModelBuilder m(context);
  mlir::Value x = m.input("x", {8, 16});
  mlir::Value w = m.parameter("w", {15, 4}, m.normal(1));
  int line = __LINE__ + 1;
  mlir::Value y = m.matmul(x, w);
  EXPECT_FALSE(y);
  m.output("y", m.relu(m.add(y, m.input("b", {3}))));
  std::string place =
      "ModelBuilderTest.cpp:" + std::to_string(line) + ": 'mpc.matmul'";
  EXPECT_THAT(getError(m),
              AllOf(StartsWith(place), HasSubstr("16"), HasSubstr("15")));
}

TEST_F(ModelBuilderTest, RefusesWhatIsNoModel) {
  {
    ModelBuilder m(context);
    m.input("x", {8, 16});
    EXPECT_EQ(getError(m), "the model has no output");
  }
  {
    ModelBuilder m(context);
    m.output("y", m.relu(m.input("x", {8, -1})));
    EXPECT_THAT(getError(m), HasSubstr("shape [8, -1] has a size below 1"));
  }
  {
    ModelBuilder m(context);
    mlir::Value x = m.input("x", {8, 16});
    m.output("y", m.dense(m.dense(x, "fc", 16), "fc", 16));
    EXPECT_THAT(getError(m), HasSubstr("variable 'fc.w' exists already"));
  }
  {
    ModelBuilder m(context);
    m.output("y", m.softmax(m.input("x", {8, 16}), 2));
    EXPECT_THAT(getError(m), HasSubstr("'mpc.softmax'"));
  }
  {
    ModelBuilder m(context);
    m.output("y", m.apply<GeluOp>({m.input("x", {8, 16})}));
    EXPECT_THAT(getError(m), HasSubstr("'mpc.gelu'"));
  }
}

/// What docs/adding-an-op.md says: kernels, partitioning and the oracle take an
/// op by its description alone.
TEST_F(ModelBuilderTest, AnAddedOpIsSplitLikeAnyOther) {
  ModelBuilder m(context);
  mlir::Value h =
      m.apply<SoftplusOp>({m.dense(m.input("x", {8, 16}), "fc1", 32)});
  int64_t second = m.getNextOp();
  h = m.apply<SoftplusOp>({m.dense(h, "fc2", 32)});
  m.output("logits", m.dense(h, "fc3", 8));
  auto model = m.finish();
  ASSERT_TRUE(bool(model)) << toString(model.takeError());

  auto choose = [&](mlir::ModuleOp) -> llvm::Expected<Plan> {
    Plan plan;
    plan.mesh = {{"stage", 2}, {"tensor", 2}};
    plan.stages = {0, second};
    plan.microBatches = 2;
    plan.variables = {{"fc1.w", {{}, {"tensor"}}}, {"fc2.w", {{}, {"tensor"}}}};
    return plan;
  };
  auto result =
      verify(**model, VerifyOptions(), choose, RandomInputs(**model, 0));
  ASSERT_TRUE(bool(result)) << toString(result.takeError());
  EXPECT_TRUE(result->equal)
      << result->worstTensor << " differs by " << result->maxError;
  ASSERT_EQ(result->counters.size(), 4u);
  EXPECT_GT(result->counters[0].kernels, 0);
}

} // namespace
