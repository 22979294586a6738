//===- RandomModel.cpp - a network nobody wrote ---------------------------===//

#include "RandomModel.h"
#include "Steps.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::test;
using Value = mlir::Value;

//===----------------------------------------------------------------------===//
// The network so far
//===----------------------------------------------------------------------===//

Value Network::pick(Random &random, std::optional<size_t> rank) {
  SmallVector<Value> fitting;
  for (Value value : pool)
    if (!rank || getShape(value).size() == *rank)
      fitting.push_back(value);
  if (fitting.empty())
    return {};
  // The larger of two draws: depth, but skip connections too.
  int64_t size = fitting.size();
  return fitting[std::max(random.below(size), random.below(size))];
}

Value Network::weight(Random &random, ArrayRef<int64_t> shape, double stddev) {
  SmallVector<Value> known;
  for (auto &[other, value] : weights)
    if (ArrayRef(other) == shape)
      known.push_back(value);
  bool reuse = random.chance(40);
  if (reuse && !known.empty())
    return random.pick<Value>(known);
  std::string name = "w" + std::to_string(weights.size());
  Value value = m.parameter(name, shape, m.normal(stddev));
  weights.emplace_back(SmallVector<int64_t>(shape), value);
  return value;
}

Value Network::getIds() {
  if (!ids)
    ids = m.input("ids", {batch, sequence}, m.getBuilder().getI64Type());
  return ids;
}

Value Network::getStep() {
  if (!step)
    step = m.input("step", {}, m.getBuilder().getI64Type());
  return step;
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

static constexpr int64_t kMostElements = 6000;

ModelRecipe mpc::test::makeRecipe(uint64_t seed, int64_t headMultiple) {
  return {seed, Random(seed).between(2, 10), {}, headMultiple};
}

static Value grow(Network &net, Random &random) {
  auto family = random.pick(
      {getPointwiseSteps(), getShapeSteps(), getLayerSteps(), getLayerSteps()});
  Value value = random.pick<Step>(family)(net, random);
  bool fits = value && getShape(value).size() >= 2 &&
              getTensorType(value).getNumElements() <= kMostElements;
  return fits ? value : Value();
}

/// A loss that the output's shape allows.
static LossKind pickLoss(Random &random, Value output) {
  ArrayRef<int64_t> shape = getShape(output);
  if (shape.back() < 2 || random.chance(40))
    return LossKind::SquaredError;
  return shape.size() == 3 && random.chance(50) ? LossKind::NextToken
                                                : LossKind::CrossEntropy;
}

/// Some parameters stay as they are: nobody needs their gradients.
static void freezeSome(Random &random, ModuleOp module) {
  SmallVector<VariableOp> variables(module.getOps<VariableOp>());
  for (VariableOp variable : ArrayRef(variables).drop_front())
    if (random.chance(8))
      variable.setFrozen(true);
}

static llvm::SmallVector<int64_t> pickInputShape(Random &random,
                                                 const Network &net) {
  if (random.chance(25))
    return {net.batch, net.width};
  if (random.chance(20))
    return {net.batch, net.sequence, random.between(1, 4), net.width};
  return {net.batch, net.sequence, net.width};
}

llvm::Expected<RandomModel> mpc::test::makeModel(MLIRContext &context,
                                                 const ModelRecipe &recipe) {
  Random random(recipe.seed, 1);
  ModelBuilder m(context);
  Network net{m,
              random.between(1, 12),
              random.between(1, 9),
              random.pick({2, 3, 4, 6, 8, 12, 13}),
              random.between(2, 17),
              recipe.headMultiple};
  // The first parameter is never frozen and always used: there is a gradient.
  Value x = m.input("x", pickInputShape(random, net));
  net.add(m.mul(x, net.weight(random, {net.width}, 1)));
  for (int64_t step = 0; step < recipe.steps; ++step) {
    Random draws(recipe.seed, 100 + step);
    if (!recipe.leftOut.contains(step))
      if (Value value = grow(net, draws))
        net.add(value);
  }
  RandomModel model;
  model.batch = net.batch;
  Value output = net.getPool().back();
  model.loss = pickLoss(random, output);
  m.output("output", output);
  if (net.getPool().size() > 2 && random.chance(20))
    m.output("other", net.getPool()[net.getPool().size() - 2]);
  auto module = m.finish();
  if (!module)
    return module.takeError();
  model.module = std::move(*module);
  freezeSome(random, *model.module);
  return model;
}
