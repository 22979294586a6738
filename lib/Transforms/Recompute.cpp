//===- Recompute.cpp - what the backward computes again -------------------===//

#include "mpc/Transforms/Recompute.h"
#include "mpc/IR/OpCost.h"
#include "mpc/IR/ShardingProjection.h"
#include "mpc/IR/Tags.h"
#include "mpc/Planner/Plan.h"
#include "mpc/Schedule/Generators.h"
#include "mpc/Sharding/Propagation.h"

using namespace mlir;
using namespace mpc;

//===----------------------------------------------------------------------===//
// Narrow places
//===----------------------------------------------------------------------===//

namespace {
/// The cheapest way to cut a chain in pieces of a bounded size.
class PieceSearch {
public:
  PieceSearch(ArrayRef<ChainValue> chain, int64_t copies);

  SmallVector<int64_t> run();

private:
  void thinOut();
  /// Bytes of the values behind `from`, up to and with `to`.
  int64_t getPiece(int64_t from, int64_t to) const {
    return needed[to + 1] - needed[from + 1];
  }
  /// Bytes that cross place `to` and not already place `from`.
  int64_t getCrossing(int64_t from, int64_t to) const;
  /// Fewest bytes kept with no piece larger than `limit`, or none.
  std::optional<int64_t> cut(int64_t limit, SmallVector<int64_t> &chosen) const;

  ArrayRef<ChainValue> chain;
  int64_t copies;
  /// needed[i]: bytes that the backward needs of the first i values.
  SmallVector<int64_t> needed;
  /// -1, the places worth a look, and the last value.
  SmallVector<int64_t> places;
};
} // namespace

PieceSearch::PieceSearch(ArrayRef<ChainValue> chain, int64_t copies)
    : chain(chain), copies(copies), needed(1, 0) {
  int64_t size = chain.size();
  SmallVector<int64_t> change(size + 1, 0);
  for (auto [index, value] : llvm::enumerate(chain)) {
    needed.push_back(needed.back() + (value.isNeeded ? value.bytes : 0));
    change[index] += value.bytes;
    change[value.lastUse] -= value.bytes;
  }
  // Bytes that cross each place; those that no neighbour is below.
  SmallVector<int64_t> crossing;
  for (int64_t index = 0, bytes = 0; index < size; ++index)
    crossing.push_back(bytes += change[index]);
  places.push_back(-1);
  for (int64_t index = 0; index + 1 < size; ++index)
    if ((index == 0 || crossing[index] <= crossing[index - 1]) &&
        crossing[index] <= crossing[index + 1])
      places.push_back(index);
  thinOut();
  places.push_back(size - 1);
}

/// The search looks at pairs: of very many places every n-th is enough.
void PieceSearch::thinOut() {
  constexpr size_t most = 512;
  size_t step = places.size() / most + 1;
  SmallVector<int64_t> kept;
  for (size_t i = 0; i < places.size(); i += step)
    kept.push_back(places[i]);
  places = std::move(kept);
}

int64_t PieceSearch::getCrossing(int64_t from, int64_t to) const {
  int64_t bytes = 0;
  for (int64_t index = from + 1; index <= to; ++index)
    if (chain[index].lastUse > to)
      bytes += chain[index].bytes;
  return bytes;
}

std::optional<int64_t> PieceSearch::cut(int64_t limit,
                                        SmallVector<int64_t> &chosen) const {
  size_t count = places.size();
  SmallVector<std::optional<int64_t>> best(count);
  SmallVector<size_t> previous(count, 0);
  best[0] = 0;
  for (size_t to = 1; to < count; ++to)
    for (size_t from = to; from-- > 0;) {
      if (getPiece(places[from], places[to]) > limit)
        break;
      if (!best[from])
        continue;
      int64_t bytes =
          *best[from] + copies * getCrossing(places[from], places[to]);
      if (!best[to] || bytes < *best[to]) {
        best[to] = bytes;
        previous[to] = from;
      }
    }
  chosen.clear();
  if (!best.back())
    return std::nullopt;
  for (size_t at = previous[count - 1]; at > 0; at = previous[at])
    chosen.push_back(places[at]);
  std::reverse(chosen.begin(), chosen.end());
  return best.back();
}

SmallVector<int64_t> PieceSearch::run() {
  if (chain.empty())
    return {};
  int64_t largest = 0, total = getPiece(-1, places.back());
  for (size_t i = 1; i < places.size(); ++i)
    largest = std::max(largest, getPiece(places[i - 1], places[i]));
  std::optional<int64_t> fewest;
  SmallVector<int64_t> chosen, best;
  // Halves of powers of two between the largest piece and all of it.
  for (double limit = largest;; limit *= 1.41) {
    int64_t bound = std::min<int64_t>(total, static_cast<int64_t>(limit) + 1);
    std::optional<int64_t> kept = cut(bound, chosen);
    if (kept && (!fewest || *kept + bound < *fewest)) {
      fewest = *kept + bound;
      best = chosen;
    }
    if (bound >= total)
      return best;
  }
}

SmallVector<int64_t> mpc::chooseNarrowPlaces(ArrayRef<ChainValue> chain,
                                             int64_t copies) {
  return PieceSearch(chain, copies).run();
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

static std::optional<Phase> getPhase(Operation *op) {
  auto phase = op->getAttrOfType<PhaseAttr>(tags::kPhase);
  return phase ? std::optional(phase.getValue()) : std::nullopt;
}

static bool isBackward(Operation *op) {
  return getPhase(op) == Phase::InputGrad || getPhase(op) == Phase::WeightGrad;
}

static int64_t getNumber(Operation *op, StringRef tag) {
  auto attr = op->getAttrOfType<IntegerAttr>(tag);
  return attr ? attr.getInt() : -1;
}

/// Whether the result is of use in the forward and backward of its stage alone.
static bool staysInside(Operation *op) {
  int64_t stage = getNumber(op, tags::kStage);
  return stage >= 0 && getPhase(op) == Phase::Forward &&
         llvm::all_of(op->getUsers(), [&](Operation *user) {
           return (getPhase(user) == Phase::Forward || isBackward(user)) &&
                  getNumber(user, tags::kStage) == stage;
         });
}

namespace {
/// What one function computes again.
class RecomputeSearch {
public:
  explicit RecomputeSearch(func::FuncOp func);
  llvm::DenseSet<Operation *> run();

private:
  void chooseSelective(ArrayRef<Operation *> ops);
  void chooseFull(ArrayRef<Operation *> ops, int64_t stage);
  int64_t getLocalBytes(Operation *op) const;
  int64_t countInFlight(int64_t stage) const;

  func::FuncOp func;
  ModuleOp module;
  MeshAttr mesh;
  Coordinates origin;
  int64_t microBatches;
  llvm::DenseSet<Operation *> chosen;
};
} // namespace

RecomputeSearch::RecomputeSearch(func::FuncOp func)
    : func(func), module(func->getParentOfType<ModuleOp>()),
      mesh(module->getAttrOfType<MeshAttr>(tags::kMesh)),
      origin(getCoordinates(mesh, 0)) {
  microBatches =
      module->getAttrOfType<IntegerAttr>(tags::kMicroBatches).getInt();
}

/// Of the first device, which has full blocks, and its first micro-batch.
int64_t RecomputeSearch::getLocalBytes(Operation *op) const {
  int64_t bytes = 0;
  for (Value result : op->getResults())
    bytes += getByteSize(getLocalType(cast<RankedTensorType>(result.getType()),
                                      getShardingOf(result), mesh, origin));
  return bytes;
}

/// Micro-batches of a stage between their forward and the end of their
/// backward.
int64_t RecomputeSearch::countInFlight(int64_t stage) const {
  auto name = module->getAttrOfType<StringAttr>(tags::kSchedule);
  llvm::Expected<schedule::Schedule> schedule = schedule::makeProgramSchedule(
      name ? name.getValue() : "1f1b", mesh.getSize("stage"), microBatches,
      /*backward=*/true);
  if (!schedule) { // reported where the program is scheduled
    llvm::consumeError(schedule.takeError());
    return microBatches;
  }
  if (stage >= schedule->numChunks)
    return microBatches;
  auto last = module->hasAttr(tags::kSplitBackward)
                  ? schedule::ActionKind::WeightGrad
                  : schedule::ActionKind::Backward;
  return schedule::countInFlight(*schedule, stage,
                                 schedule::ActionKind::Forward, last);
}

void RecomputeSearch::chooseSelective(ArrayRef<Operation *> ops) {
  auto list = func->getAttrOfType<DenseI64ArrayAttr>(tags::kLargeInside);
  if (!list)
    return;
  for (Operation *op : ops) {
    int64_t own = getNumber(op, tags::kOrigin);
    bool isInside = llvm::all_of(op->getUsers(), [&](Operation *user) {
      return getNumber(user, tags::kOrigin) == own;
    });
    if (isInside && llvm::is_contained(list.asArrayRef(), own))
      chosen.insert(op);
  }
}

void RecomputeSearch::chooseFull(ArrayRef<Operation *> ops, int64_t stage) {
  llvm::DenseMap<Operation *, int64_t> index;
  SmallVector<ChainValue> chain;
  for (auto [i, op] : llvm::enumerate(ops)) {
    index[op] = i;
    ChainValue value{getLocalBytes(op), static_cast<int64_t>(i), false};
    for (Operation *user : op->getUsers())
      value.isNeeded |= isBackward(user);
    chain.push_back(value);
  }
  // Through what is kept or repeated anyway a value is used by what follows.
  for (auto [i, op] : llvm::enumerate(ops))
    for (Value operand : op->getOperands())
      if (auto it = index.find(operand.getDefiningOp()); it != index.end())
        chain[it->second].lastUse = i;
  int64_t inFlight = countInFlight(stage);
  SmallVector<int64_t> places = chooseNarrowPlaces(chain, inFlight);
  llvm::DenseSet<int64_t> kept;
  for (int64_t place : places)
    for (int64_t i = 0; i <= place; ++i)
      if (chain[i].lastUse > place)
        kept.insert(i);
  // The last piece would be computed again at once.
  int64_t end = inFlight > 1 ? ops.size() : places.empty() ? 0 : places.back();
  for (auto [i, op] : llvm::enumerate(ops.take_front(end)))
    if (!kept.contains(i))
      chosen.insert(op);
}

llvm::DenseSet<Operation *> RecomputeSearch::run() {
  auto modes = module->getAttrOfType<ArrayAttr>(tags::kRecompute);
  if (!modes)
    return {};
  std::vector<SmallVector<Operation *>> ops(modes.size());
  for (Operation &op : func.getBody().front().without_terminator())
    if (staysInside(&op) && !isa<ReadOp>(op) &&
        !op.hasTrait<OpTrait::ConstantLike>())
      ops[getNumber(&op, tags::kStage)].push_back(&op);
  for (auto [stage, mode] : llvm::enumerate(modes.getAsRange<StringAttr>())) {
    std::optional<Recompute> recompute = parseRecompute(mode.getValue());
    if (recompute == Recompute::Selective)
      chooseSelective(ops[stage]);
    if (recompute == Recompute::Full)
      chooseFull(ops[stage], stage);
  }
  return std::move(chosen);
}

llvm::DenseSet<Operation *> mpc::findRecomputed(func::FuncOp func) {
  return RecomputeSearch(func).run();
}
