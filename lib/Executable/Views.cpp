//===- Views.cpp - tensors that lie in another one's buffer ---------------===//

#include "Attention.h"
#include "mpc/Executable/LaunchBody.h"
#include "mpc/Fusion/FusedSpace.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

StridedView mpc::getDenseView(Value value) {
  return {value, getRowMajorStrides(shapeOf(value)), 0};
}

//===----------------------------------------------------------------------===//
// View ops
//===----------------------------------------------------------------------===//

namespace {
/// A run of dimensions of one shape and the run of the other that holds the
/// same elements, from the innermost dimension outward.
struct ReshapeWalk {
  ArrayRef<int64_t> from, to, strides;
  SmallVector<int64_t> result;
  size_t source, target; // dimensions that are left
  int64_t stride = 0;

  ReshapeWalk(ArrayRef<int64_t> from, ArrayRef<int64_t> to,
              ArrayRef<int64_t> strides)
      : from(from), to(to), strides(strides), result(to.size(), 1),
        source(from.size()), target(to.size()) {}

  /// Takes source dimensions until they hold `wanted` elements; they must be
  /// evenly spaced.
  bool join(int64_t &joined, int64_t wanted) {
    while (joined < wanted) {
      if (source == 0)
        return false;
      int64_t size = from[--source];
      if (size == 1)
        continue;
      if (joined == 1)
        stride = strides[source];
      else if (strides[source] != stride * joined)
        return false;
      joined *= size;
    }
    return true;
  }

  bool run() {
    while (target > 0) {
      int64_t joined = 1, split = 1;
      // Target dimensions until both runs hold as many elements.
      do {
        int64_t size = to[--target];
        if (!join(joined, split * size))
          return false;
        result[target] = size == 1 ? 1 : stride * split;
        split *= size;
      } while (split != joined && target > 0);
      if (split != joined)
        return false;
    }
    return true;
  }
};
} // namespace

std::optional<StridedView> mpc::reshapeView(const StridedView &view,
                                            ArrayRef<int64_t> from,
                                            ArrayRef<int64_t> to) {
  ReshapeWalk walk(from, to, view.strides);
  if (!walk.run())
    return std::nullopt;
  return StridedView{view.base, std::move(walk.result), view.offset};
}

std::optional<StridedView> mpc::applyView(Operation *op,
                                          const StridedView &operand) {
  StridedView view = operand;
  if (auto slice = dyn_cast<SliceOp>(op)) {
    view.offset += static_cast<int64_t>(slice.getStart()) *
                   operand.strides[slice.getDim()];
    return view;
  }
  if (auto transpose = dyn_cast<TransposeOp>(op)) {
    for (auto [dim, source] : llvm::enumerate(transpose.getPermutation()))
      view.strides[dim] = operand.strides[source];
    return view;
  }
  if (auto reshape = dyn_cast<ReshapeOp>(op))
    return reshapeView(operand, shapeOf(reshape.getInput()),
                       shapeOf(reshape.getResult()));
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Views of a body
//===----------------------------------------------------------------------===//

/// Libraries want one dimension of a matrix without gaps.
static bool isUnit(int64_t size, int64_t stride) {
  return size == 1 || stride == 1;
}

static bool canAttend(Operation *attention, Value value,
                      const StridedView &view) {
  return llvm::all_of(
      getAttentionTensors(attention), [&](const AttentionTensor &tensor) {
        return tensor.value != value || canBeStrided(tensor, view);
      });
}

/// Whether a library that has `view` as this operand reads it where it lies.
bool BodyViews::canRead(OpOperand &use, const StridedView &view) const {
  Operation *contraction = use.getOwner();
  if (isAttention(contraction))
    return canAttend(contraction, use.get(), view);
  if (!isa<ContractionOpInterface>(contraction))
    return false;
  ContractionStrides strides(contraction);
  bool isLhs = use.getOperandNumber() == 0;
  (isLhs ? strides.a : strides.b) = view.strides;
  std::optional<mpcrt_matmul_desc> desc =
      getMatmulDesc(contraction, strides, library);
  if (!desc)
    return false;
  return isLhs ? isUnit(desc->m, desc->a_m) || isUnit(desc->k, desc->a_k)
               : isUnit(desc->k, desc->b_k) || isUnit(desc->n, desc->b_n);
}

bool BodyViews::canBeView(Operation *op, const StridedView &operand) const {
  std::optional<StridedView> view = applyView(op, operand);
  if (!view || op->use_empty())
    return false;
  return llvm::all_of(op->getUses(), [&](OpOperand &use) {
    return canRead(use, *view) || canBeView(use.getOwner(), *view);
  });
}

/// What a library computes as `value` for this use alone.
static Value getOnlySource(Value value) {
  while (value.hasOneUse()) {
    Operation *producer = value.getDefiningOp();
    if (producer && isa<LibraryOpInterface>(producer))
      return producer->hasAttr(tags::kAccumulate) ? nullptr : value;
    auto reshape = dyn_cast_or_null<ReshapeOp>(producer);
    if (!reshape)
      return nullptr;
    value = reshape.getInput();
  }
  return nullptr;
}

bool BodyViews::canWrite(Value result, const StridedView &place) const {
  Operation *contraction = result.getDefiningOp();
  if (isAttention(contraction))
    return canAttend(contraction, result, place);
  ContractionStrides strides(contraction);
  strides.c = place.strides;
  std::optional<mpcrt_matmul_desc> desc =
      getMatmulDesc(contraction, strides, library);
  return desc && (isUnit(desc->m, desc->c_m) || isUnit(desc->n, desc->c_n));
}

void BodyViews::findPlaces(ConcatOp concat) {
  StridedView whole = getDenseView(concat.getResult());
  int64_t stride = whole.strides[concat.getDim()];
  int64_t offset = 0;
  for (auto [index, input] : llvm::enumerate(concat.getInputs())) {
    StridedView part = whole;
    part.offset = offset;
    offset += shapeOf(input)[concat.getDim()] * stride;
    Value source = getOnlySource(input);
    if (!source)
      continue;
    std::optional<StridedView> place =
        reshapeView(part, shapeOf(input), shapeOf(source));
    if (!place || !canWrite(source, *place))
      continue;
    places[source] = *place;
    inPlace.insert({concat.getOperation(), index});
  }
}

BodyViews::BodyViews(Block &block, const MatmulLibrary &library)
    : library(library) {
  // A view of a view is looked at after the one that it reads.
  for (Operation &op : block) {
    if (auto concat = dyn_cast<ConcatOp>(op))
      findPlaces(concat);
    bool startsView = isa<SliceOp, TransposeOp>(op);
    bool goesOn = isa<ReshapeOp>(op) && op.getOperand(0).getDefiningOp() &&
                  views.contains(op.getOperand(0).getDefiningOp());
    if ((startsView || goesOn) && canBeView(&op, resolve(op.getOperand(0))))
      views.insert(&op);
  }
}

StridedView BodyViews::resolve(Value value) const {
  Operation *producer = value.getDefiningOp();
  if (!producer || !views.contains(producer))
    return getDenseView(value);
  return *applyView(producer, resolve(producer->getOperand(0)));
}

const StridedView *BodyViews::getPlace(Value result) const {
  auto it = places.find(result);
  return it == places.end() ? nullptr : &it->second;
}
