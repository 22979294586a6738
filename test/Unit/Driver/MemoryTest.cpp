//===- MemoryTest.cpp - memory falls as theory says -----------------------===//
//
// Bytes of the layout and of the values in it, by hand: what ZeRO shares is an
// N-th on each device, and what is kept for the backward follows from the
// network's shapes.
//
//===----------------------------------------------------------------------===//

#include "mpc/IR/Tags.h"
#include "mpc/JIT/Compiler.h"
#include "llvm/ADT/StringMap.h"
#include <gtest/gtest.h>
#include <numeric>

using namespace mpc;
using schedule::ActionKind;
using Shape = std::vector<int64_t>;

namespace {
constexpr int64_t kFloat = 4, kMicros = 2;

/// The training step of a model with Adam, laid out under a plan.
struct Layout {
  Layout(const std::string &model, LossKind loss, int64_t batch, Plan plan)
      : context(makeRegistry()), target(context, {}, /*threads=*/1) {
    auto loaded = loadModule(context, MPC_MODELS "/" + model + ".mlir");
    if (!isFine(loaded.takeError()))
      return;
    module = std::move(*loaded);
    TrainingOptions training;
    training.autodiff.loss = loss;
    training.optimizer.kind = OptimizerKind::Adam;
    plan.microBatches = kMicros;
    if (!isFine(setBatch(*module, batch)) ||
        !isFine(buildTraining(*module, training)) ||
        !isFine(lowerToLocal(*module, plan, target)))
      return;
    auto built = buildExecutable({*module}, target);
    EXPECT_TRUE(succeeded(built));
    if (succeeded(built))
      executable = std::move(*built);
  }

  static bool isFine(llvm::Error error) {
    bool failed = static_cast<bool>(error);
    EXPECT_FALSE(failed) << toString(std::move(error));
    return !failed;
  }

  /// What a device holds of the variables of one role.
  int64_t getBytes(VariableRole role, int64_t device) {
    int64_t bytes = 0;
    for (const auto &variable : executable.manifest["variables"]) {
      auto op =
          module->lookupSymbol<VariableOp>(variable["name"].get<std::string>());
      for (const auto &shard : variable["shards"])
        if (op.getRole() == role && shard["device"] == device)
          bytes += multiply(shard["size"].get<Shape>());
    }
    return bytes;
  }

  /// Values that bodies of one kind hand to bodies of another.
  int64_t getBytes(ActionKind from, ActionKind to) const {
    int64_t bytes = 0;
    for (const ExecutableProgram &program : executable.programs) {
      if (program.name != "train_step")
        continue;
      const schedule::Program &bodies = program.scheduled.program;
      for (const schedule::Edge &edge : bodies.edges)
        if (bodies.bodies[edge.producer].kind == from &&
            llvm::any_of(edge.consumers, [&](int consumer) {
              return bodies.bodies[consumer].kind == to;
            }))
          bytes += edge.bytes;
    }
    return bytes;
  }
  int64_t getKept() const {
    return getBytes(ActionKind::Forward, ActionKind::Backward);
  }
  /// What backwards add to, one micro-batch after the other: of devices with
  /// other parts, the largest.
  int64_t getGradientSums() {
    llvm::StringMap<int64_t> sums;
    for (auto body : module->getOps<mlir::func::FuncOp>()) {
      if (!body->hasAttr(tags::kBody) ||
          getBodyKind(body) != ActionKind::Backward)
        continue;
      for (unsigned i = 0; i < body.getNumArguments(); ++i)
        if (body.getArgAttr(i, tags::kAccumulate)) {
          auto type =
              llvm::cast<mlir::RankedTensorType>(body.getArgumentTypes()[i]);
          int64_t &bytes =
              sums[body.getArgAttrOfType<mlir::StringAttr>(i, tags::kValue)
                       .getValue()];
          bytes = std::max(bytes, type.getNumElements() * kFloat);
        }
    }
    int64_t total = 0;
    for (auto &sum : sums)
      total += sum.second;
    return total;
  }

  static int64_t multiply(const Shape &shape) {
    return std::accumulate(shape.begin(), shape.end(), kFloat,
                           std::multiplies<>());
  }

  mlir::MLIRContext context;
  CPUTarget target;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Executable executable;
};
} // namespace

//===----------------------------------------------------------------------===//
// ZeRO
//===----------------------------------------------------------------------===//

/// Parameters of the MLP 784-512-256-10.
static const Shape mlpShapes[] = {{784, 512}, {512},     {512, 256},
                                  {256},      {256, 10}, {10}};

/// What a replica has of them if those of at least `minBytes` are cut by rows
/// in blocks; the last block is smaller.
static int64_t getPart(int64_t replica, int64_t replicas, int64_t minBytes) {
  int64_t bytes = 0;
  for (const Shape &shape : mlpShapes) {
    int64_t whole = Layout::multiply(shape), rows = shape[0];
    int64_t block = (rows + replicas - 1) / replicas;
    int64_t mine = std::min(block, rows - replica * block);
    bytes += whole < minBytes ? whole : whole / rows * mine;
  }
  return bytes;
}

static Layout layOutMLP(int64_t replicas, int64_t zero, int64_t minBytes) {
  Plan plan;
  plan.mesh = {{"data", replicas}};
  plan.zero = zero;
  plan.zeroMinBytes = minBytes;
  return Layout("mlp", LossKind::CrossEntropy, 128, plan);
}

TEST(Memory, ZeroSharesAnNth) {
  for (int64_t replicas : {2, 3, 4})
    for (int64_t minBytes : {0, 1 << 16})
      for (int64_t zero = 0; zero <= kMaxZero; ++zero) {
        Layout layout = layOutMLP(replicas, zero, minBytes);
        int64_t whole = getPart(0, 1, 0);
        for (int64_t replica = 0; replica < replicas; ++replica) {
          int64_t part = getPart(replica, replicas, minBytes);
          EXPECT_EQ(layout.getBytes(VariableRole::Parameter, replica),
                    zero >= 3 ? part : whole);
          EXPECT_EQ(layout.getBytes(VariableRole::Optimizer, replica),
                    2 * (zero >= 1 ? part : whole));
        }
        // Over two micro-batches.
        EXPECT_EQ(layout.getGradientSums(),
                  zero >= 2 ? getPart(0, replicas, minBytes) : whole);
      }
}

TEST(Memory, ArenasHoldVariablesAndNoMore) {
  for (int64_t zero = 0; zero <= kMaxZero; ++zero) {
    Layout layout = layOutMLP(4, zero, 0);
    for (int64_t device = 0; device < 4; ++device) {
      int64_t bytes = layout.getBytes(VariableRole::Parameter, device) +
                      layout.getBytes(VariableRole::Optimizer, device);
      // Each of 18 variables starts at a multiple of 64.
      EXPECT_GE(layout.executable.variableBytes[device], bytes);
      EXPECT_LT(layout.executable.variableBytes[device], bytes + 18 * 64);
    }
  }
}

TEST(Memory, ZeroLowersThePeak) {
  // A device saves what the others have of Adam's state, but for parts of
  // gradients beside the wholes that they are reduced from.
  int64_t parts = getPart(0, 4, 0);
  int64_t others = 2 * (getPart(0, 1, 0) - parts);
  int64_t plain = layOutMLP(4, 0, 0).executable.arenaBytes[0];
  int64_t state = layOutMLP(4, 1, 0).executable.arenaBytes[0];
  int64_t all = layOutMLP(4, 3, 0).executable.arenaBytes[0];
  EXPECT_LE(state, plain - others + parts);
  EXPECT_LT(all, state);
}

//===----------------------------------------------------------------------===//
// Recomputation
//===----------------------------------------------------------------------===//

static Layout layOut(const std::string &model, Recompute recompute) {
  Plan plan;
  plan.recompute = {recompute};
  bool isMLP = model == "mlp";
  return Layout(model, isMLP ? LossKind::CrossEntropy : LossKind::NextToken,
                isMLP ? 128 : 4, plan);
}

/// The tiny GPT: layers, samples of a micro-batch, tokens, width, heads and
/// vocabulary.
static constexpr int64_t kLayers = 2, kSamples = 4 / kMicros, kTokens = 16,
                         kWidth = 32, kHeads = 4, kVocabulary = 32;

TEST(Memory, SelectiveDropsTheInsideOfAttention) {
  // Of every layer the softmax, in f32, and the mask, a byte an element.
  int64_t softmax = kSamples * kHeads * kTokens * kTokens * kFloat;
  int64_t mask = kTokens * kTokens;
  EXPECT_EQ(layOut("gpt-tiny", Recompute::None).getKept() -
                layOut("gpt-tiny", Recompute::Selective).getKept(),
            kLayers * (softmax + mask));
}

TEST(Memory, FullKeepsTheInputsOfSublayersOfAGPT) {
  // Attention and MLP of every layer hand on the stream; the embedding's is
  // looked up again. The last one is the head's input, and the loss keeps the
  // logits.
  int64_t stream = kSamples * kTokens * kWidth * kFloat;
  int64_t logits = kSamples * kTokens * kVocabulary * kFloat;
  EXPECT_EQ(layOut("gpt-tiny", Recompute::Full).getKept(),
            2 * kLayers * stream + logits);
}

TEST(Memory, FullKeepsLayerInputsOfAnMLP) {
  // The first layer's input is the step's, the second's is 512 wide and made
  // again from it, the third's is 256 wide.
  int64_t samples = 128 / kMicros;
  EXPECT_EQ(layOut("mlp", Recompute::None).getKept(),
            samples * (512 + 256 + 10) * kFloat);
  EXPECT_EQ(layOut("mlp", Recompute::Full).getKept(),
            samples * (256 + 10) * kFloat);
}
