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
/// A value of each micro-batch, and the last kind of body that reads it.
struct MicroValue {
  int64_t bytes = 0;
  ActionKind last = ActionKind::Forward;
};

struct StageMemory {
  std::set<std::string> variables;
  /// Bytes of the values that the stage's bodies take from others, by name.
  std::map<std::string, int64_t> once;
  std::map<std::string, MicroValue> perMicro;
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
    int64_t size = getBytes(body.getArgument(i));
    if (perMicro && !isSum) {
      MicroValue &value = memory.perMicro[name.str()];
      value.bytes = std::max(value.bytes, size);
      value.last = std::max(value.last, getBodyKind(body));
    } else {
      int64_t &bytes = memory.once[name.str()];
      bytes = std::max(bytes, size);
    }
  }
}

std::vector<int64_t>
mpc::estimateStageBytes(ProgramOp program, const schedule::Schedule &schedule) {
  auto module = program->getParentOfType<ModuleOp>();
  std::vector<StageMemory> stages(getNumStages(module));
  std::map<std::string, ActionKind> producers;
  for (auto symbol : program.getBodies().getAsRange<FlatSymbolRefAttr>()) {
    auto body = module.lookupSymbol<func::FuncOp>(symbol.getValue());
    addBody(body, stages[getBodyStage(body)]);
    for (unsigned i = 0; i < body.getNumResults(); ++i)
      if (auto name = body.getResultAttrOfType<StringAttr>(i, tags::kValue))
        producers[name.str()] = getBodyKind(body);
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
    for (const auto &[name, value] : memory.perMicro)
      bytes += value.bytes * schedule::countInFlight(
                                 schedule, stage, producers[name], value.last);
  }
  for (auto [bytes, body] : llvm::zip_equal(result, largestBody))
    bytes += body;
  return result;
}
