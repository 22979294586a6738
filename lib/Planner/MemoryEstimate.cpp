//===- MemoryEstimate.cpp - about how much memory a plan needs ------------===//

#include "mpc/IR/OpCost.h"
#include "mpc/IR/ShardingProjection.h"
#include "mpc/IR/Tags.h"
#include "mpc/Planner/Predict.h"

using namespace mlir;
using namespace mpc;
using schedule::ActionKind;

static int64_t getBytes(Value value) {
  return getByteSize(cast<RankedTensorType>(value.getType()));
}

/// The most bytes of a body's own values that live at one op. Reads are the
/// variables themselves; arguments and results are counted across actions.
static int64_t getBodyPeak(func::FuncOp body) {
  Block &block = body.getBody().front();
  llvm::DenseMap<Value, unsigned> remaining;
  int64_t live = 0, peak = 0;
  for (Operation &op : block) {
    for (Value result : op.getResults()) {
      if (isa<ReadOp>(op) || op.hasTrait<OpTrait::ConstantLike>())
        continue;
      remaining[result] = std::distance(result.use_begin(), result.use_end());
      live += getBytes(result);
    }
    peak = std::max(peak, live);
    for (Value operand : op.getOperands()) {
      auto it = remaining.find(operand);
      if (it != remaining.end() && --it->second == 0)
        live -= getBytes(operand);
    }
  }
  return peak;
}

/// The most micro-batches of a chunk that wait for their backward.
static int64_t countInFlight(const schedule::Schedule &schedule, int chunk) {
  int64_t now = 0, most = 0;
  for (const schedule::Action &action :
       schedule.lists[schedule.chunkToGroup[chunk]]) {
    if (action.chunk != chunk)
      continue;
    if (action.kind == ActionKind::Forward)
      most = std::max(most, ++now);
    else if (action.kind == ActionKind::Backward ||
             action.kind == ActionKind::WeightGrad)
      --now;
  }
  return most;
}

static int64_t getVariableBytes(ModuleOp module, StringRef name,
                                MeshAttr mesh) {
  auto variable = module.lookupSymbol<VariableOp>(name);
  if (!variable)
    return 0;
  RankedTensorType type = variable.getTensorType();
  if (std::optional<ShardingAttr> sharding = variable.getSharding())
    type = getLocalType(type, *sharding, mesh, getCoordinates(mesh, 0));
  return getByteSize(type);
}

namespace {
struct StageMemory {
  std::set<std::string> variables;
  /// Bytes of the values that the stage's bodies take from others, by name.
  std::map<std::string, int64_t> perMicro, once;
  int64_t largestBody = 0;
};
} // namespace

static void addBody(func::FuncOp body, StageMemory &memory) {
  memory.largestBody = std::max(memory.largestBody, getBodyPeak(body));
  body.walk(
      [&](ReadOp read) { memory.variables.insert(read.getVariable().str()); });
  bool perMicro = schedule::isPerMicro(getBodyKind(body));
  for (unsigned i = 0; i < body.getNumArguments(); ++i) {
    auto name = body.getArgAttrOfType<StringAttr>(i, tags::kValue);
    if (!name)
      continue;
    bool isSum = body.getArgAttr(i, tags::kAccumulate) != nullptr;
    int64_t &bytes =
        (perMicro && !isSum ? memory.perMicro : memory.once)[name.str()];
    bytes = std::max(bytes, getBytes(body.getArgument(i)));
  }
}

std::vector<int64_t>
mpc::estimateStageBytes(ProgramOp program, const schedule::Schedule &schedule) {
  auto module = program->getParentOfType<ModuleOp>();
  std::vector<StageMemory> stages(getNumStages(module));
  for (auto symbol : program.getBodies().getAsRange<FlatSymbolRefAttr>()) {
    auto body = module.lookupSymbol<func::FuncOp>(symbol.getValue());
    addBody(body, stages[getBodyStage(body)]);
  }
  int64_t groups = program.getMesh().getSize("stage");
  std::vector<int64_t> result(groups), largestBody(groups);
  std::vector<std::set<std::string>> variables(groups);
  for (auto [stage, memory] : llvm::enumerate(stages)) {
    int64_t group = getGroupOfStage(module, stage), &bytes = result[group];
    largestBody[group] = std::max(largestBody[group], memory.largestBody);
    for (const std::string &name : memory.variables)
      if (variables[group].insert(name).second)
        bytes += getVariableBytes(module, name, program.getMesh());
    for (const auto &[name, size] : memory.once)
      bytes += size;
    int64_t inFlight = std::max<int64_t>(1, countInFlight(schedule, stage));
    for (const auto &[name, size] : memory.perMicro)
      bytes += size * inFlight;
  }
  for (auto [bytes, body] : llvm::zip_equal(result, largestBody))
    bytes += body;
  return result;
}
