// Trains a small network, split over four virtual devices: two pipeline stages
// of two tensor-parallel devices each. Then it classifies samples it never saw.
#include "mpc/Driver/Training.h"
#include "mpc/JIT/ModelBuilder.h"
#include "llvm/Support/Format.h"
#include <algorithm>
#include <random>

using namespace mpc;

static constexpr int64_t kBatch = 64, kFeatures = 16, kClasses = 4;

/// 16 -> 64 -> 64 -> 64 -> 4. `secondHalf` becomes the number of the first op
/// of the second half, where the second stage will begin.
static llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
buildModel(mlir::MLIRContext &context, int64_t &secondHalf) {
  ModelBuilder m(context);
  auto x = m.input("x", {kBatch, kFeatures});
  auto h = m.relu(m.dense(x, "fc1", 64));
  h = m.relu(m.dense(h, "fc2", 64));
  secondHalf = m.getNextOp();
  h = m.relu(m.dense(h, "fc3", 64));
  m.output("logits", m.dense(h, "fc4", kClasses));
  return m.finish();
}

/// Of each pair of layers the first is cut by columns and the second by rows,
/// so that the pair needs one sum over its two devices. The compiler derives
/// this sum, and all else, from where the weights are.
static Plan makePlan(int64_t secondHalf) {
  Plan plan;
  plan.partition = "mesh";
  plan.mesh = {{"stage", 2}, {"tensor", 2}};
  plan.stages = {0, secondHalf};
  plan.microBatches = 4;
  for (std::string first : {"fc1", "fc3"}) {
    plan.variables[first + ".w"] = {{}, {"tensor"}};
    plan.variables[first + ".b"] = {{"tensor"}};
  }
  for (std::string second : {"fc2", "fc4"})
    plan.variables[second + ".w"] = {{"tensor"}, {}};
  return plan;
}

/// The program's own memory: mpc reads and writes it in place.
struct Buffers {
  std::vector<float> x = std::vector<float>(kBatch * kFeatures);
  std::vector<int64_t> label = std::vector<int64_t>(kBatch);
  std::vector<float> logits = std::vector<float>(kBatch * kClasses);
  float lr = 0.1f, lossSum = 0, count = 0;
  int64_t step = 0;

  /// A batch of noisy points around one centre for each class.
  void fill(std::mt19937 &engine) {
    std::normal_distribution<float> noise(0, 0.5f);
    for (int64_t i = 0; i < kBatch; ++i) {
      label[i] = engine() % kClasses;
      for (int64_t j = 0; j < kFeatures; ++j)
        x[i * kFeatures + j] = (j % kClasses == label[i]) + noise(engine);
    }
  }

  /// Memory for the tensors of a program, by their names.
  std::vector<mpcrt_buffer> bind(llvm::ArrayRef<TensorInfo> tensors) {
    std::map<std::string, mpcrt_buffer> memory = {
        {"x", {x.data(), x.size() * sizeof(float)}},
        {"label", {label.data(), label.size() * sizeof(int64_t)}},
        {"logits", {logits.data(), logits.size() * sizeof(float)}},
        {"lr", {&lr, sizeof lr}},
        {"step", {&step, sizeof step}},
        {"loss_sum", {&lossSum, sizeof lossSum}},
        {"count", {&count, sizeof count}}};
    std::vector<mpcrt_buffer> bound;
    for (const TensorInfo &tensor : tensors)
      bound.push_back(memory.at(tensor.name));
    return bound;
  }

  /// The share of samples whose largest logit is that of their class.
  double getAccuracy() const {
    int64_t right = 0;
    for (int64_t i = 0; i < kBatch; ++i) {
      const float *row = &logits[i * kClasses];
      right += std::max_element(row, row + kClasses) - row == label[i];
    }
    return double(right) / kBatch;
  }
};

int main() {
  llvm::ExitOnError check("train-mlp: ");
  mlir::MLIRContext context(makeRegistry());
  int64_t secondHalf = 0;
  auto model = check(buildModel(context, secondHalf));

  // The training step, compiled for the plan; variables are initialized.
  auto setup = check(Setup::create(*model, SetupOptions(), [&](mlir::ModuleOp) {
    return makePlan(secondHalf);
  }));
  llvm::outs() << describe(setup->getPlan()) << "\n";
  const std::vector<int64_t> &predicted =
      setup->getCompiled().getExecutable().arenaBytes;
  for (auto [device, bytes] : llvm::enumerate(predicted))
    llvm::outs() << "device " << device << " will use " << bytes << " bytes\n";

  std::mt19937 engine(1);
  Buffers buffers;
  Session &session = setup->getSession();
  auto inputs = buffers.bind(setup->getInputs("train_step"));
  auto outputs = buffers.bind(setup->getOutputs("train_step"));
  double firstLoss = 0, loss = 0;
  for (buffers.step = 1; buffers.step <= 100; ++buffers.step) {
    buffers.fill(engine);
    check(session.run("train_step", inputs, outputs));
    loss = buffers.lossSum / buffers.count;
    if (buffers.step == 1)
      firstLoss = loss;
    if (buffers.step % 20 == 0)
      llvm::outs() << "step " << buffers.step << " loss "
                   << llvm::format("%.4f", loss) << "\n";
  }

  // The model itself is a program too, with the trained variables.
  buffers.fill(engine);
  check(session.run("main", buffers.bind(setup->getInputs("main")),
                    buffers.bind(setup->getOutputs("main"))));
  llvm::outs() << "accuracy " << llvm::format("%.2f", buffers.getAccuracy())
               << "\n";

  bool asPredicted = session.getAllocatedBytes() == predicted;
  bool learned = loss < firstLoss / 4 && buffers.getAccuracy() > 0.9;
  return asPredicted && learned ? 0 : 1;
}
