//===- ReshardSteps.cpp - choose collectives for a reshard ----------------===//

#include "mpc/IR/ReshardSteps.h"

using namespace mlir;
using namespace mpc;

StringRef mpc::getName(ReshardStep::Kind kind) {
  switch (kind) {
  case ReshardStep::Slice:
    return "slice";
  case ReshardStep::AllReduce:
    return "all_reduce";
  case ReshardStep::ReduceScatter:
    return "reduce_scatter";
  case ReshardStep::AllGather:
    return "all_gather";
  case ReshardStep::AllToAll:
    return "all_to_all";
  }
  llvm_unreachable("all kinds are named");
}

namespace {
/// The walk from one sharding to the other, one step at a time.
class ReshardWalk {
public:
  ReshardWalk(ShardingAttr from, ShardingAttr to, MeshAttr mesh)
      : to(to), mesh(mesh), dims(from.getDims()),
        partial(from.getPartialAxes()), kind(from.getPartialKind()) {}

  SmallVector<ReshardStep> run() {
    for (size_t d = 0; d < dims.size(); ++d)
      slice(d);
    for (size_t d = 0; d < dims.size(); ++d)
      reduceScatter(d);
    allReduce();
    for (size_t d = 0; d < dims.size(); ++d)
      slice(d);
    for (size_t d = 0; d < dims.size(); ++d)
      exchange(d);
    for (size_t d = 0; d < dims.size(); ++d)
      gather(d);
    for (size_t d = 0; d < dims.size(); ++d)
      slice(d);
    return std::move(steps);
  }

private:
  const DimSharding &target(size_t d) { return to.getDims()[d]; }

  bool isUsed(StringAttr axis) {
    return llvm::is_contained(partial, axis) ||
           llvm::any_of(dims, [&](const DimSharding &dim) {
             return llvm::is_contained(dim.getAxes(), axis);
           });
  }
  bool areFree(ArrayRef<StringAttr> axes) {
    return llvm::none_of(axes, [&](StringAttr axis) { return isUsed(axis); });
  }

  void push(ReshardStep::Kind stepKind, ArrayRef<StringAttr> axes, size_t d,
            size_t toDim = 0) {
    ReshardStep step{stepKind,
                     SmallVector<StringAttr, 2>(axes),
                     static_cast<int64_t>(d),
                     static_cast<int64_t>(toDim),
                     {}};
    step.result = ShardingAttr::get(to.getContext(), dims, partial, kind);
    steps.push_back(std::move(step));
  }

  /// An uncut dimension, or one whose cut is refined in place.
  void slice(size_t d) {
    if (dims[d] == target(d) || !target(d).isSharded())
      return;
    SmallVector<StringAttr, 1> have = dims[d].getAxes(),
                               want = target(d).getAxes();
    if (have.size() >= want.size() ||
        !std::equal(have.begin(), have.end(), want.begin()))
      return;
    ArrayRef<StringAttr> added = ArrayRef(want).drop_front(have.size());
    bool nests = have.empty() ||
                 dims[d].block == target(d).block * getNumParts(added, mesh);
    if (!nests || !areFree(added))
      return;
    dims[d] = target(d);
    push(ReshardStep::Slice, added, d);
  }

  void reduceScatter(size_t d) {
    SmallVector<StringAttr, 1> want = target(d).getAxes();
    if (dims[d].isSharded() || want.empty() ||
        !llvm::all_of(want, [&](StringAttr axis) {
          return llvm::is_contained(partial, axis);
        }))
      return;
    dims[d] = target(d);
    llvm::erase_if(partial, [&](StringAttr axis) {
      return llvm::is_contained(want, axis);
    });
    push(ReshardStep::ReduceScatter, want, d);
  }

  void allReduce() {
    SmallVector<StringAttr> done;
    for (StringAttr axis : partial)
      if (!llvm::is_contained(to.getPartialAxes(), axis))
        done.push_back(axis);
    if (done.empty())
      return;
    llvm::erase_if(partial, [&](StringAttr axis) {
      return llvm::is_contained(done, axis);
    });
    push(ReshardStep::AllReduce, done, 0);
  }

  /// The cut moves from another dimension to this one.
  void exchange(size_t d) {
    if (dims[d].isSharded() || !target(d).isSharded())
      return;
    for (size_t e = 0; e < dims.size(); ++e) {
      if (dims[e].axes != target(d).axes || target(e).isSharded())
        continue;
      SmallVector<StringAttr, 1> axes = target(d).getAxes();
      dims[e] = DimSharding{};
      dims[d] = target(d);
      return push(ReshardStep::AllToAll, axes, e, d);
    }
  }

  /// Removes the minor axes of a cut, or all of it where blocks do not nest.
  void gather(size_t d) {
    if (dims[d] == target(d) || !dims[d].isSharded())
      return;
    SmallVector<StringAttr, 1> have = dims[d].getAxes(),
                               want = target(d).getAxes();
    bool prefix = want.size() < have.size() &&
                  std::equal(want.begin(), want.end(), have.begin());
    ArrayRef<StringAttr> removed =
        ArrayRef(have).drop_front(prefix ? want.size() : 0);
    if (prefix && !want.empty() &&
        target(d).block != dims[d].block * getNumParts(removed, mesh)) {
      prefix = false;
      removed = have;
    }
    dims[d] = prefix ? target(d) : DimSharding{};
    push(ReshardStep::AllGather, removed, d);
  }

  ShardingAttr to;
  MeshAttr mesh;
  SmallVector<DimSharding> dims;
  SmallVector<StringAttr> partial;
  ReductionKind kind;
  SmallVector<ReshardStep> steps;
};
} // namespace

SmallVector<ReshardStep> mpc::getReshardSteps(ShardingAttr from,
                                              ShardingAttr to, MeshAttr mesh) {
  return ReshardWalk(from, to, mesh).run();
}
