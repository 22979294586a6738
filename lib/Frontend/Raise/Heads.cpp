//===- Heads.cpp - views of weights whose columns or rows are heads -------===//
//
//   y = x W + b, [b, s, 3 h d]      ->  y = einsum "abk,kcde->abcde" of x and a
//   slices of h d, as [b, s, h, d]      view [k, 3, h, d] of W, plus a view of
//   b
//
//   y = (x as [b, s, h d]) W        ->  y = einsum "abcd,cdk->abk"
//
// Only weights that nothing else reads get a view.
//
//===----------------------------------------------------------------------===//

#include "Match.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::raise;
using Dims = SmallVector<int64_t>;

/// The one read of a variable without a view; null otherwise.
static ReadOp getOnlyRead(ModuleOp module, Value value) {
  auto read = value.getDefiningOp<ReadOp>();
  if (!read || !read->hasOneUse())
    return {};
  auto variable = module.lookupSymbol<VariableOp>(read.getVariable());
  auto uses = SymbolTable::getSymbolUses(variable, module);
  bool isOnly = uses && llvm::hasSingleElement(*uses);
  return isOnly && !variable.getView() && !variable.getSharding() ? read
                                                                  : ReadOp();
}

/// Gives the variable another shape; files keep the one it has.
static void setView(ModuleOp module, ReadOp read, ArrayRef<int64_t> shape) {
  auto variable = module.lookupSymbol<VariableOp>(read.getVariable());
  RankedTensorType type = variable.getTensorType();
  variable.setView(Dims(type.getShape()));
  variable.setType(type.clone(shape));
  read.getResult().setType(type.clone(shape));
}

/// `count` letters from `first` on.
static std::string letters(char first, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i)
    text += static_cast<char>(first + i);
  return text;
}

namespace {
/// x W + b whose columns are used as heads.
struct HeadColumns {
  MatmulOp matmul;
  ReadOp weight, bias;
  /// The product, with its bias.
  Value result;
  /// [h, d], or [n, h, d] where n slices of the columns are used.
  Dims columns;
  /// What becomes a slice of the new result, or the whole of it.
  SmallVector<SliceOp> slices;
  SmallVector<ReshapeOp> reshapes;
};
} // namespace

/// The dims that a reshape splits the last one of its operand in.
static std::optional<Dims> getSplit(ReshapeOp reshape) {
  ArrayRef<int64_t> from = getShape(reshape.getInput());
  ArrayRef<int64_t> to = getShape(reshape);
  size_t rest = from.size() - 1;
  if (to.size() != from.size() + 1 ||
      to.take_front(rest) != from.take_front(rest))
    return std::nullopt;
  return Dims(to.drop_front(rest));
}

/// Every user is a reshape into the same heads.
static bool collectReshapes(Value value, HeadColumns &found) {
  for (Operation *user : value.getUsers()) {
    auto reshape = dyn_cast<ReshapeOp>(user);
    auto split = reshape ? getSplit(reshape) : std::nullopt;
    if (!split || (!found.columns.empty() && found.columns != *split))
      return false;
    found.columns = *split;
    found.reshapes.push_back(reshape);
  }
  return !value.use_empty();
}

/// Every user is a slice of the columns, all equally long.
static bool collectSlices(HeadColumns &found) {
  int64_t last = static_cast<int64_t>(getShape(found.result).size()) - 1;
  int64_t columns = getShape(found.result).back(), size = 0;
  for (Operation *user : found.result.getUsers()) {
    auto slice = dyn_cast<SliceOp>(user);
    if (!slice || static_cast<int64_t>(slice.getDim()) != last ||
        (size && static_cast<int64_t>(slice.getSize()) != size) ||
        !collectReshapes(slice, found))
      return false;
    size = slice.getSize();
    if (columns % size != 0 || slice.getStart() % size != 0)
      return false;
    found.slices.push_back(slice);
  }
  if (found.slices.empty())
    return false;
  found.columns.insert(found.columns.begin(), columns / size);
  return true;
}

/// Finds the bias, if the only user of the product adds one.
static void findBias(ModuleOp module, HeadColumns &found) {
  found.result = found.matmul.getResult();
  if (!found.result.hasOneUse())
    return;
  auto add = dyn_cast<AddOp>(*found.result.getUsers().begin());
  if (!add)
    return;
  Value bias = add.getLhs() == found.result ? add.getRhs() : add.getLhs();
  if (getShape(bias).size() != 1 || add.getType() != found.result.getType())
    return;
  if ((found.bias = getOnlyRead(module, bias)))
    found.result = add;
}

static std::optional<HeadColumns> matchColumns(ModuleOp module,
                                               MatmulOp matmul) {
  HeadColumns found;
  found.matmul = matmul;
  found.weight = getOnlyRead(module, matmul.getRhs());
  if (!found.weight || getShape(matmul.getRhs()).size() != 2 ||
      matmul.getTransposeLhs() || getShape(matmul).size() > 8)
    return std::nullopt;
  findBias(module, found);
  HeadColumns whole = found;
  if (collectReshapes(found.result, whole))
    return whole;
  if (collectSlices(found))
    return found;
  return std::nullopt;
}

/// Replaces reshapes of `old` by views of its heads in `heads`.
static void replaceReshapes(TensorBuilder &t, Value old, Value heads) {
  for (Operation *user : llvm::make_early_inc_range(old.getUsers())) {
    user->getResult(0).replaceAllUsesWith(
        t.reshape(heads, getShape(user->getResult(0))));
    user->erase();
  }
}

/// The product as a contraction with heads as dims of their own.
static Value buildProduct(ModuleOp module, OpBuilder &builder,
                          HeadColumns &found) {
  MatmulOp matmul = found.matmul;
  size_t leading = getShape(matmul).size() - 1;
  std::string rows = letters('a', leading);
  std::string heads = letters('m', found.columns.size());
  int64_t inner = getShape(matmul.getLhs()).back();
  Dims shape = found.columns;
  if (matmul.getTransposeRhs())
    shape.push_back(inner);
  else
    shape.insert(shape.begin(), inner);
  setView(module, found.weight, shape);
  std::string weight = matmul.getTransposeRhs() ? heads + "k" : "k" + heads;
  TensorBuilder t(builder, matmul.getLoc());
  Value product = t.einsum(rows + "k," + weight + "->" + rows + heads,
                           matmul.getLhs(), matmul.getRhs());
  if (!found.bias)
    return product;
  setView(module, found.bias, found.columns);
  return t.add(product, found.bias);
}

static void viewColumns(ModuleOp module, HeadColumns &found) {
  // At the last op of the product: the bias may be read just before it.
  OpBuilder builder(found.result.getDefiningOp());
  Value product = buildProduct(module, builder, found);
  TensorBuilder t(builder, product.getLoc());
  if (found.slices.empty())
    replaceReshapes(t, found.result, product);
  int64_t dim = static_cast<int64_t>(getShape(found.result).size()) - 1;
  for (SliceOp slice : found.slices) {
    int64_t part = slice.getStart() / slice.getSize();
    replaceReshapes(t, slice, t.create<SliceOp>(product, dim, part, 1));
    slice.erase();
  }
  if (found.bias)
    found.result.getDefiningOp()->erase();
  found.matmul.erase();
}

/// Rows of a weight that are heads: the operand is [.., h, d] as [.., h d].
static void viewRows(ModuleOp module, MatmulOp matmul) {
  auto merge = matmul.getLhs().getDefiningOp<ReshapeOp>();
  ReadOp weight = getOnlyRead(module, matmul.getRhs());
  if (!merge || !weight || matmul.getTransposeLhs() ||
      getShape(matmul.getRhs()).size() != 2)
    return;
  ArrayRef<int64_t> from = getShape(merge.getInput()), to = getShape(merge);
  size_t leading = to.size() - 1;
  if (from.size() != to.size() + 1 || leading > 8 ||
      from.take_front(leading) != to.take_front(leading))
    return;
  Dims shape(from.drop_front(leading));
  int64_t columns = getShape(matmul).back();
  bool isTransposed = matmul.getTransposeRhs();
  shape.insert(isTransposed ? shape.begin() : shape.end(), columns);
  setView(module, weight, shape);
  std::string rows = letters('a', leading), heads = letters('m', 2);
  std::string letters = isTransposed ? "k" + heads : heads + "k";
  OpBuilder builder(matmul);
  TensorBuilder t(builder, matmul.getLoc());
  matmul.replaceAllUsesWith(
      t.einsum(rows + heads + "," + letters + "->" + rows + "k",
               merge.getInput(), matmul.getRhs()));
  matmul.erase();
}

void raise::viewHeads(ModuleOp module) {
  for (auto func : module.getOps<func::FuncOp>()) {
    if (func.isExternal())
      continue;
    SmallVector<MatmulOp> matmuls(func.getOps<MatmulOp>());
    for (MatmulOp matmul : matmuls)
      if (auto found = matchColumns(module, matmul))
        viewColumns(module, *found);
      else
        viewRows(module, matmul);
  }
}
