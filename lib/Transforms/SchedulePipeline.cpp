//===- SchedulePipeline.cpp - mpc-schedule --------------------------------===//

#include "mpc/IR/Tags.h"
#include "mpc/Schedule/Check.h"
#include "mpc/Schedule/Complete.h"
#include "mpc/Schedule/Generators.h"
#include "mpc/Transforms/Bodies.h"
#include "mpc/Transforms/Partition.h"
#include "mpc/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"

namespace mpc {
#define GEN_PASS_DEF_SCHEDULEPIPELINE
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;
using schedule::ActionKind;

static int64_t getBytes(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.getNumElements() * ceilDiv(tensor.getElementTypeBitWidth(), 8);
}

namespace {
/// Bodies and edges of a program, from the names of the values.
class ProgramCollector {
public:
  explicit ProgramCollector(ProgramOp program) : program(program) {}

  schedule::Program collect() {
    SmallVector<func::FuncOp> locals;
    auto module = program->getParentOfType<ModuleOp>();
    for (auto symbol : program.getBodies().getAsRange<FlatSymbolRefAttr>())
      locals.push_back(module.lookupSymbol<func::FuncOp>(symbol.getValue()));
    for (func::FuncOp local : locals)
      addResults(local, getBody(local));
    for (func::FuncOp local : locals)
      addArguments(local, getBody(local));
    for (auto &[name, edge] : edges)
      if (!edge.consumers.empty())
        result.edges.push_back(edge);
    return std::move(result);
  }

private:
  int getBody(func::FuncOp local) {
    std::tuple key(getBodyKind(local), getBodyStage(local), getBodyPart(local));
    auto [it, isNew] = bodies.try_emplace(key, result.bodies.size());
    if (isNew)
      result.bodies.push_back({std::get<0>(key),
                               static_cast<int>(std::get<1>(key)),
                               static_cast<int>(std::get<2>(key))});
    return it->second;
  }

  void addResults(func::FuncOp local, int body) {
    for (unsigned i = 0; i < local.getNumResults(); ++i) {
      auto name = local.getResultAttrOfType<StringAttr>(i, tags::kValue);
      schedule::Edge &edge = edges[name.getValue().str()];
      edge.name = name.getValue().str();
      edge.producer = body;
      edge.bytes = std::max(edge.bytes, getBytes(local.getResultTypes()[i]));
      edge.perMicro = schedule::isPerMicro(getBodyKind(local)) &&
                      !local.getResultAttr(i, tags::kAccumulate);
    }
  }

  void addArguments(func::FuncOp local, int body) {
    for (unsigned i = 0; i < local.getNumArguments(); ++i) {
      auto name = local.getArgAttrOfType<StringAttr>(i, tags::kValue);
      if (!name || local.getArgAttr(i, tags::kAccumulate))
        continue;
      std::vector<int> &consumers = edges[name.getValue().str()].consumers;
      if (!llvm::is_contained(consumers, body))
        consumers.push_back(body);
    }
  }

  ProgramOp program;
  schedule::Program result;
  std::map<std::tuple<ActionKind, int64_t, int64_t>, int> bodies;
  llvm::MapVector<std::string, schedule::Edge, std::map<std::string, unsigned>>
      edges;
};
} // namespace

FailureOr<ScheduledProgram> mpc::scheduleProgram(ProgramOp program) {
  ScheduledProgram result;
  result.program = ProgramCollector(program).collect();
  bool backward =
      llvm::any_of(result.program.bodies, [](const schedule::Body &body) {
        return schedule::accumulatesGradients(body.kind);
      });
  llvm::Expected<schedule::Schedule> compute = schedule::makeProgramSchedule(
      program.getSchedule(), program.getMesh().getSize("stage"),
      program.getMicroBatches(), backward);
  if (!compute)
    return program.emitError() << llvm::toString(compute.takeError());
  llvm::Expected<schedule::Schedule> complete =
      schedule::complete(*compute, result.program);
  if (!complete)
    return program.emitError() << llvm::toString(complete.takeError());
  if (llvm::Error error = schedule::check(*complete, result.program))
    return program.emitError() << llvm::toString(std::move(error));
  result.schedule = std::move(*complete);
  return result;
}

static std::string describe(const schedule::Program &program,
                            const schedule::Edge &edge) {
  auto name = [&](int index) {
    const schedule::Body &body = program.bodies[index];
    return (schedule::kindName(body.kind) + " " + llvm::Twine(body.chunk))
        .str();
  };
  std::string text = edge.name + ": " + name(edge.producer) + " ->";
  for (int consumer : edge.consumers)
    text += " " + name(consumer);
  return text + ", " + std::to_string(edge.bytes) + " bytes" +
         (edge.perMicro ? " a micro-batch" : "");
}

static LogicalResult storeSchedule(ProgramOp program) {
  FailureOr<ScheduledProgram> scheduled = scheduleProgram(program);
  if (failed(scheduled))
    return failure();
  Builder builder(program.getContext());
  SmallVector<std::string> edges;
  for (const schedule::Edge &edge : scheduled->program.edges)
    edges.push_back(describe(scheduled->program, edge));
  SmallVector<StringRef> edgeRefs(edges.begin(), edges.end()), rows;
  std::string csv = schedule::printCSV(scheduled->schedule);
  StringRef(csv).rtrim('\n').split(rows, '\n');
  program.setEdgesAttr(builder.getStrArrayAttr(edgeRefs));
  program.setListsAttr(builder.getStrArrayAttr(rows));
  return success();
}

LogicalResult mpc::scheduleModule(ModuleOp module) {
  for (auto program : module.getOps<ProgramOp>())
    if (failed(storeSchedule(program)))
      return failure();
  return success();
}

namespace {
struct SchedulePipeline : mpc::impl::SchedulePipelineBase<SchedulePipeline> {
  void runOnOperation() override {
    if (failed(scheduleModule(getOperation())))
      signalPassFailure();
  }
};
} // namespace
