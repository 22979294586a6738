//===- Fold.cpp - nodes that are computed at import -----------------------===//

#include "Fold.h"
#include "Graph.h"

using namespace mpc;
using namespace mpc::onnx_import;
using data::Shape;

static llvm::StringMap<FoldEntry> buildTable() {
  llvm::StringMap<FoldEntry> table;
  for (llvm::ArrayRef<FoldEntry> family :
       {getMathFolds(), getReduceFolds(), getShapeFolds(), getIndexFolds(),
        getSourceFolds()})
    for (const FoldEntry &entry : family)
      table.try_emplace(entry.name, entry);
  return table;
}

static const FoldEntry *findFold(const onnx::NodeProto &node) {
  static const llvm::StringMap<FoldEntry> table = buildTable();
  if (!node.domain().empty() && node.domain() != "ai.onnx")
    return nullptr;
  auto found = table.find(node.op_type());
  return found == table.end() ? nullptr : &found->second;
}

bool onnx_import::canFold(const onnx::NodeProto &node) {
  return readsShape(node) || findFold(node);
}

FoldResult FoldedNode::compute() {
  const FoldEntry *entry = findFold(proto);
  for (size_t i = 0; i < entry->needed; ++i)
    if (!has(i))
      return llvm::createStringError("operand " + llvm::Twine(i) +
                                     " is missing");
  FoldResult results = entry->fold(*this);
  if (results && results->size() < numResults())
    return llvm::createStringError("it has " + llvm::Twine(numResults()) +
                                   " outputs, expected " +
                                   llvm::Twine(results->size()));
  return results;
}

llvm::Expected<std::optional<Shape>> FoldedNode::integers(llvm::StringRef name,
                                                          size_t index) const {
  if (!has(index))
    return attributes.integers(name);
  const Constant &values = operand(index);
  if (values.isFloat() || values.shape.size() > 1)
    return llvm::createStringError(name + " must be a list of integers");
  return Shape(values.integers.begin(), values.integers.end());
}

llvm::Expected<size_t> FoldedNode::toDim(int64_t dim, size_t rank) const {
  int64_t size = static_cast<int64_t>(rank);
  if (dim < -size || dim >= size)
    return llvm::createStringError("there is no axis " + llvm::Twine(dim) +
                                   " in a tensor of rank " + llvm::Twine(size));
  return static_cast<size_t>(dim < 0 ? dim + size : dim);
}

llvm::Expected<size_t> FoldedNode::dim(llvm::StringRef name, int64_t otherwise,
                                       size_t rank) const {
  return toDim(attributes.integer(name, otherwise), rank);
}

llvm::Expected<Constant>
FoldedNode::read(const onnx::TensorProto &tensor) const {
  auto array = model.read(tensor);
  return array ? Constant::from(*array) : array.takeError();
}

llvm::Error FoldedNode::spend(int64_t steps) {
  if (steps > budget)
    return llvm::createStringError(
        "the constants of this model take too long to compute at import");
  budget -= steps;
  return llvm::Error::success();
}

llvm::Expected<Constant> FoldedNode::allocate(data::ElementType type,
                                              llvm::ArrayRef<int64_t> shape) {
  auto count = checkSize(shape);
  if (!count)
    return count.takeError();
  if (llvm::Error error = spend(*count))
    return error;
  return Constant::zeros(type, shape);
}
