//===- StageUnits.cpp - a function as a line of units ---------------------===//

#include "mpc/Cost/ComputeCost.h"
#include "mpc/IR/OpCost.h"
#include "mpc/IR/Tags.h"
#include "mpc/Planner/StageCuts.h"

using namespace mlir;
using namespace mpc;

static Phase getPhase(Operation *op) {
  auto phase = op->getAttrOfType<PhaseAttr>(tags::kPhase);
  return phase ? phase.getValue() : Phase::Forward;
}

/// The unit of an op that stages are made of; reads and constants are repeated
/// by whoever needs them.
static std::optional<int64_t> getOrigin(Operation *op) {
  auto origin = op->getAttrOfType<IntegerAttr>(tags::kOrigin);
  if (!origin || isa<ReadOp>(op) || op->hasTrait<OpTrait::ConstantLike>())
    return std::nullopt;
  return origin.getInt();
}

static bool isForward(Operation *op) {
  return getPhase(op) == Phase::Forward && getOrigin(op);
}

/// Adds to `delta` what this value makes cross: as a difference, from the unit
/// after its producer to its last forward user.
static void addCrossing(Value value, const std::map<int64_t, size_t> &index,
                        std::vector<double> &delta) {
  size_t producer = index.at(*getOrigin(value.getDefiningOp()));
  size_t last = producer;
  for (Operation *user : value.getUsers())
    if (isForward(user))
      last = std::max(last, index.at(*getOrigin(user)));
  double bytes = getByteSize(cast<RankedTensorType>(value.getType()));
  delta[producer + 1] += bytes;
  delta[last + 1] -= bytes;
}

std::vector<StageUnit> mpc::getStageUnits(func::FuncOp func,
                                          const DeviceGroup &device) {
  std::map<int64_t, size_t> index;
  auto ops = func.getBody().front().without_terminator();
  for (Operation &op : ops)
    if (isForward(&op))
      index[*getOrigin(&op)];
  std::vector<StageUnit> units;
  for (auto &[origin, position] : index) {
    position = units.size();
    units.push_back({origin});
  }
  SizeView view = SizeView::asWritten();
  std::vector<double> delta(units.size() + 2);
  for (Operation &op : ops) {
    std::optional<int64_t> origin = getOrigin(&op);
    auto it = origin ? index.find(*origin) : index.end();
    if (it == index.end() || getPhase(&op) == Phase::Update)
      continue;
    units[it->second].seconds += getOpSeconds(&op, view, device);
    if (!isForward(&op))
      continue;
    units[it->second].isHeavy |= isa<LibraryOpInterface>(op);
    for (Value result : op.getResults())
      addCrossing(result, index, delta);
  }
  double bytes = 0;
  for (auto [position, unit] : llvm::enumerate(units))
    unit.bytesBefore = bytes += delta[position];
  return units;
}
