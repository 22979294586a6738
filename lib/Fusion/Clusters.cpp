//===- Clusters.cpp - greedy merging --------------------------------------===//

#include "mpc/Fusion/Clusters.h"
#include "mpc/Fusion/Scatter.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;

/// A kernel with more of these takes long to compile and spills registers.
static constexpr size_t kMaxOps = 64, kMaxBuffers = 32;
/// Regions of at least this many points should have this many parallel ones.
static constexpr int64_t kManyPoints = 1 << 15, kFewParallelPoints = 64;
/// Small computations that a larger region may repeat at each of its points.
static constexpr unsigned kMaxRepeated = 4;

static int64_t getNumElements(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

//===----------------------------------------------------------------------===//
// Free ops
//===----------------------------------------------------------------------===//

Clusters::Clusters(Block &block, bool mergePhases)
    : block(block), mergePhases(mergePhases) {
  Operation *lastCollective = nullptr;
  for (Operation &op : block) {
    order[&op] = order.size();
    if (!communicates(&op))
      continue;
    if (lastCollective)
      nextCollective[lastCollective] = &op;
    lastCollective = &op;
  }
  while (bindFreeOps())
    ;
  for (Operation &op : block) {
    if (getFusionRole(&op) == FusionRole::Outside || isFree(&op) ||
        !isRegionAlone(&op))
      continue;
    clusterOf[&op] = clusters.size();
    clusters.push_back({{&op}, 0});
  }
  for (auto scatter : block.getOps<ScatterAddOp>())
    joinAddition(scatter);
}

/// Rows are summed into the other summand, where that is in memory. Of two
/// scatters that are added, the first adds to what the second leaves.
void Clusters::joinAddition(ScatterAddOp scatter) {
  AddOp add = getAdditionTo(scatter);
  if (!add || !clusterOf.contains(add) ||
      clusters[clusterOf[add]].anchors.size() > 1)
    return;
  for (Value summand : add->getOperands())
    if (Operation *producer = summand.getDefiningOp();
        producer && isFree(producer))
      return;
  unsigned cluster = clusterOf[scatter];
  clusters[clusterOf[add]].anchors.clear();
  clusters[cluster].anchors.push_back(add);
  clusterOf[add] = cluster;
}

/// A reshape that regroups elements is none, for example.
bool Clusters::isRegionAlone(Operation *op) {
  if (getFusionRole(op) == FusionRole::Scatter)
    return true;
  FailureOr<FusedSpace> space = FusedSpace::get(expand(op), rules);
  return succeeded(space) && space->canYield(op->getResult(0));
}

/// Where an op and the free ops that it uses are no region (the slice of a
/// transpose, a mask and its transpose), these are computed by themselves.
bool Clusters::bindFreeOps() {
  bool changed = false;
  for (Operation &op : block) {
    if (getFusionRole(&op) == FusionRole::Outside || isFree(&op) ||
        isRegionAlone(&op))
      continue;
    for (Operation *used : expand(&op))
      if (isFree(used) && !used->hasTrait<OpTrait::ConstantLike>()) {
        freeOps[used] = false;
        changed = true;
      }
  }
  return changed;
}

/// Whether an op of this role uses the result, or a view of it.
static bool isUsedBy(FusionRole role, Operation *op) {
  return llvm::any_of(op->getUsers(), [&](Operation *user) {
    return getFusionRole(user) == role ||
           (isa<ReshapeOp, SliceOp, TransposeOp>(user) && isUsedBy(role, user));
  });
}

/// Whether the result has to be in memory anyway, because a scatter or an op
/// outside of all regions uses it. Those outside read what moves no elements
/// where it lies.
static bool isMaterialized(Operation *op) {
  bool movesNothing = isa<SliceOp, TransposeOp>(op);
  return isUsedBy(FusionRole::Scatter, op) ||
         (!movesNothing && isUsedBy(FusionRole::Outside, op));
}

/// Sources, and cheap arithmetic on them alone: a causal mask.
bool Clusters::readsNothing(Operation *op) {
  FusionRole role = getFusionRole(op);
  if (role == FusionRole::Source)
    return true;
  bool isCheap = role == FusionRole::View ||
                 (role == FusionRole::Pointwise && !isExpensive(op));
  return isCheap && llvm::all_of(op->getOperands(), [&](Value operand) {
           Operation *producer = operand.getDefiningOp();
           return producer && isFree(producer) && readsNothing(producer);
         });
}

bool Clusters::isFree(Operation *op) {
  if (auto it = freeOps.find(op); it != freeOps.end())
    return it->second;
  bool result = readsNothing(op);
  if (getFusionRole(op) == FusionRole::View && !isa<ReshapeOp>(op))
    result = true;
  // Read in half the bytes, and converted where it is used.
  if (auto cast = dyn_cast<CastOp>(op);
      cast && isNarrowFloat(getElementTypeOrSelf(cast.getInput())))
    result = true;
  // What has to be in memory anyway is read from there, unless it is a splat.
  if (isMaterialized(op) && !op->hasTrait<OpTrait::ConstantLike>())
    result = false;
  return freeOps[op] = result;
}

void Clusters::visitSources(Value value,
                            function_ref<void(Operation *)> visit) {
  Operation *producer = value.getDefiningOp();
  if (!producer)
    return;
  visit(producer);
  if (isFree(producer) && !isa<GlobalIndexOp>(producer))
    for (Value operand : producer->getOperands())
      visitSources(operand, visit);
}

Clusters::Ops Clusters::expand(ArrayRef<Operation *> anchors) {
  llvm::SetVector<Operation *> all;
  for (Operation *anchor : anchors) {
    all.insert(anchor);
    for (Value operand : anchor->getOperands())
      visitSources(operand, [&](Operation *op) {
        if (isFree(op))
          all.insert(op);
      });
  }
  Ops ops = all.takeVector();
  llvm::sort(ops,
             [&](Operation *a, Operation *b) { return order[a] < order[b]; });
  return ops;
}

//===----------------------------------------------------------------------===//
// Merging
//===----------------------------------------------------------------------===//

Clusters::Ops Clusters::getProducers(Operation *op) {
  llvm::SetVector<Operation *> found;
  for (Value operand : op->getOperands())
    visitSources(operand, [&](Operation *producer) {
      if (clusterOf.contains(producer))
        found.insert(producer);
    });
  Ops producers = found.takeVector();
  auto key = [&](Operation *producer) {
    return std::pair(-getNumElements(producer->getResult(0)), order[producer]);
  };
  llvm::sort(producers,
             [&](Operation *a, Operation *b) { return key(a) < key(b); });
  return producers;
}

/// Whether an op outside of `inside` uses the value, directly or through free
/// ops.
bool Clusters::leaves(Value value, const llvm::DenseSet<Operation *> &inside) {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    if (inside.contains(user))
      return isFree(user) && leaves(user->getResult(0), inside);
    return !isFree(user) || leaves(user->getResult(0), inside);
  });
}

/// Whether a region is parallel enough, given that a part of it has
/// `parallelPoints`.
static bool isParallelEnough(const FusedSpace &space, int64_t parallelPoints) {
  BitVector parallel = space.getParallel();
  int64_t points = 1;
  for (int64_t size : space.getSizes())
    points *= size;
  int64_t wanted = std::min(parallelPoints, kFewParallelPoints);
  return points < kManyPoints || space.getNumPoints(parallel) >= wanted;
}

/// Whether the anchors and their copies of free ops are one good region.
bool Clusters::isRegion(ArrayRef<Operation *> anchors, int64_t parallelPoints) {
  Ops ops = expand(anchors);
  if (ops.size() > kMaxOps)
    return false;
  FailureOr<FusedSpace> space = FusedSpace::get(ops, rules);
  if (failed(space) || !isParallelEnough(*space, parallelPoints))
    return false;
  llvm::DenseSet<Operation *> inside(ops.begin(), ops.end());
  llvm::SmallDenseSet<Value> buffers;
  BitVector parallel = space->getParallel();
  unsigned repeated = 0;
  for (Operation *op : ops) {
    for (Value operand : op->getOperands())
      if (!inside.contains(operand.getDefiningOp()) && !isa<GlobalIndexOp>(op))
        buffers.insert(operand);
    if (isFree(op))
      continue;
    Value result = op->getResult(0);
    if (leaves(result, inside)) {
      if (!space->canYield(result))
        return false;
      buffers.insert(result);
    }
    bool isRepeated = parallel.test(space->getSpan(space->getDims(result)));
    if (isRepeated && (isExpensive(op) || ++repeated > kMaxRepeated))
      return false;
  }
  return buffers.size() <= kMaxBuffers;
}

/// Whether a path leads from one cluster to another through a third op or
/// cluster.
bool Clusters::reaches(unsigned from, unsigned to) {
  llvm::DenseSet<Operation *> visited;
  llvm::SmallVector<Operation *> pending;
  // Coordinates are of a value's shape: they do not wait for it.
  auto visit = [&](Operation *op) {
    if (!isa<GlobalIndexOp>(op) && visited.insert(op).second)
      pending.push_back(op);
  };
  // Free ops are copied into their users: a step through one is no third op.
  auto isDirect = [&](Operation *op) {
    auto it = clusterOf.find(op);
    return it != clusterOf.end() && (it->second == from || it->second == to);
  };
  llvm::SmallVector<Operation *> start(clusters[from].anchors);
  while (!start.empty())
    for (Operation *user : start.pop_back_val()->getUsers()) {
      if (isFree(user) && !isa<GlobalIndexOp>(user))
        start.push_back(user);
      else if (!isDirect(user))
        visit(user);
    }
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val();
    auto it = clusterOf.find(op);
    if (it != clusterOf.end()) {
      if (it->second == to)
        return true;
      for (Operation *member : clusters[it->second].anchors)
        visit(member);
    }
    for (Operation *user : op->getUsers())
      visit(user);
    if (Operation *next = nextCollective.lookup(op))
      visit(next);
  }
  return false;
}

int64_t Clusters::getParallelPoints(unsigned cluster) {
  int64_t &points = clusters[cluster].parallelPoints;
  if (points == 0) {
    FailureOr<FusedSpace> space =
        FusedSpace::get(expand(clusters[cluster].anchors), rules);
    points = failed(space) ? 1 : space->getNumPoints(space->getParallel());
  }
  return points;
}

bool Clusters::haveOneTime(unsigned a, unsigned b) {
  if (mergePhases)
    return true;
  auto phase = [&](unsigned cluster) {
    return clusters[cluster].anchors.front()->getDiscardableAttr(tags::kPhase);
  };
  return phase(a) == phase(b);
}

bool Clusters::tryMerge(unsigned a, unsigned b) {
  if (a == b || !haveOneTime(a, b))
    return false;
  auto attempt =
      std::tuple(std::min(a, b), std::max(a, b),
                 clusters[a].anchors.size() + clusters[b].anchors.size());
  if (!attempts.insert(attempt).second)
    return false;
  Ops anchors = clusters[a].anchors;
  anchors.append(clusters[b].anchors);
  llvm::sort(anchors,
             [&](Operation *x, Operation *y) { return order[x] < order[y]; });
  int64_t parallelPoints = std::max(getParallelPoints(a), getParallelPoints(b));
  if (!isRegion(anchors, parallelPoints) || reaches(a, b) || reaches(b, a))
    return false;
  clusters[a].parallelPoints = 0;
  for (Operation *op : clusters[b].anchors)
    clusterOf[op] = a;
  clusters[a].anchors = std::move(anchors);
  clusters[b].anchors.clear();
  return true;
}

bool Clusters::mergeEdges() {
  bool changed = false;
  for (Operation &op : block)
    if (clusterOf.contains(&op))
      for (Operation *producer : getProducers(&op))
        changed |= tryMerge(clusterOf[&op], clusterOf[producer]);
  return changed;
}

/// Clusters that read one value: it is loaded once.
bool Clusters::mergeReaders() {
  llvm::MapVector<Value, llvm::SetVector<Operation *>> readers;
  for (Operation &op : block)
    if (clusterOf.contains(&op))
      for (Value operand : op.getOperands()) {
        Operation *producer = operand.getDefiningOp();
        // Sharing a few numbers is no reason.
        if ((!producer || !isFree(producer)) && getNumElements(operand) > 1)
          readers[operand].insert(&op);
      }
  bool changed = false;
  for (auto &[value, ops] : readers)
    for (Operation *second : llvm::drop_begin(ops))
      changed |= tryMerge(clusterOf[ops.front()], clusterOf[second]);
  return changed;
}

void Clusters::merge() {
  for (bool changed = true; changed;) {
    changed = mergeEdges();
    changed |= mergeReaders();
  }
}

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

/// A reshape at the edge of a cluster only renames a buffer: it stays outside.
void Clusters::dropReshapes(Cluster &cluster) {
  for (bool changed = true; changed;) {
    changed = false;
    llvm::DenseSet<Operation *> inside(cluster.anchors.begin(),
                                       cluster.anchors.end());
    for (Operation *op : cluster.anchors) {
      if (!isa<ReshapeOp>(op))
        continue;
      Value source = op->getOperand(0);
      Operation *producer = source.getDefiningOp();
      bool readsMemory =
          !producer || (!inside.contains(producer) && !isFree(producer));
      bool isLast = llvm::none_of(op->getUsers(), [&](Operation *user) {
        return inside.contains(user) || isFree(user);
      });
      if (!readsMemory && !isLast)
        continue;
      Ops rest(llvm::make_filter_range(
          cluster.anchors, [&](Operation *other) { return other != op; }));
      if (!rest.empty() && !isRegion(rest, /*parallelPoints=*/1))
        continue;
      cluster.anchors = rest;
      clusterOf.erase(op);
      changed = true;
      break;
    }
  }
}

SmallVector<Clusters::Region> Clusters::getRegions() {
  for (Cluster &cluster : clusters)
    dropReshapes(cluster);
  SmallVector<Region> regions;
  for (Cluster &cluster : clusters) {
    if (cluster.anchors.empty())
      continue;
    Region &region = regions.emplace_back();
    region.ops = expand(cluster.anchors);
    llvm::DenseSet<Operation *> inside(region.ops.begin(), region.ops.end());
    for (Operation *op : cluster.anchors)
      if (leaves(op->getResult(0), inside))
        region.outputs.push_back(op->getResult(0));
  }
  return regions;
}
