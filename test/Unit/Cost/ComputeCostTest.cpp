//===- ComputeCostTest.cpp ------------------------------------------------===//

#include "mpc/Cost/ComputeCost.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mpc;

namespace {
class ComputeCostTest : public ::testing::Test {
protected:
  ComputeCostTest() { context.loadDialect<MPCDialect, func::FuncDialect>(); }

  double price(const std::string &body, const std::string &type) {
    std::string text =
        "func.func @f(%x: " + type + ") -> " + type + " {\n" + body + "\n}";
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(bool(module));
    auto func = *module->getOps<func::FuncOp>().begin();
    double seconds = 0;
    for (Operation &op : func.getBody().front())
      seconds += getOpSeconds(&op, SizeView::asWritten(), device);
    return seconds;
  }

  MLIRContext context;
  DeviceGroup device = makeVirtualCluster(1, 1, 1 << 30).groups[0];
};
} // namespace

TEST_F(ComputeCostTest, MatmulFollowsTheRoofline) {
  std::string matmul =
      "%y = mpc.matmul %x, %x : (tensor<1024x1024xf32>, tensor<1024x1024xf32>) "
      "-> "
      "tensor<1024x1024xf32>\nreturn %y : tensor<1024x1024xf32>";
  double ideal = 2.0 * 1024 * 1024 * 1024 /
                 (device.getPeakFlops("f32") * device.efficiency);
  EXPECT_NEAR(price(matmul, "tensor<1024x1024xf32>"), ideal, ideal * 0.01);
}

/// Two elementwise ops make one kernel: the value between them costs nothing.
TEST_F(ComputeCostTest, FusedValuesAreFree) {
  std::string one =
      "%y = mpc.relu %x : tensor<4194304xf32>\nreturn %y : tensor<4194304xf32>";
  std::string two = "%t = mpc.relu %x : tensor<4194304xf32>\n%y = mpc.neg %t : "
                    "tensor<4194304xf32>\nreturn %y : tensor<4194304xf32>";
  double single = price(one, "tensor<4194304xf32>");
  EXPECT_GT(single, 2 * 4194304 * 4 / device.memoryBandwidth * 0.99);
  EXPECT_LT(price(two, "tensor<4194304xf32>"), 1.5 * single);
}
