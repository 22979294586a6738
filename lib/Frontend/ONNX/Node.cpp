//===- Node.cpp - one ONNX node, as handlers see it -----------------------===//

#include "Node.h"
#include <charconv>

using namespace mpc;
using namespace mpc::onnx_import;
using data::Shape;
using Value = mlir::Value;

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

const onnx::AttributeProto *Attributes::find(llvm::StringRef name) const {
  read.insert(name);
  for (const auto &attribute : proto.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

int64_t Attributes::integer(llvm::StringRef name, int64_t otherwise) const {
  const onnx::AttributeProto *found = find(name);
  return found ? found->i() : otherwise;
}

/// 1e-5 is stored as the nearest float; the shortest decimal gives it back.
static double toDouble(float value) {
  char text[32];
  auto end = std::to_chars(std::begin(text), std::end(text), value).ptr;
  double result = value;
  std::from_chars(text, end, result);
  return result;
}

double Attributes::real(llvm::StringRef name, double otherwise) const {
  const onnx::AttributeProto *found = find(name);
  return found ? toDouble(found->f()) : otherwise;
}

std::string Attributes::text(llvm::StringRef name,
                             llvm::StringRef otherwise) const {
  const onnx::AttributeProto *found = find(name);
  return found ? found->s() : otherwise.str();
}

std::optional<Shape> Attributes::integers(llvm::StringRef name) const {
  const onnx::AttributeProto *found = find(name);
  if (!found)
    return std::nullopt;
  return Shape(found->ints().begin(), found->ints().end());
}

/// What says how to compute, not what: precision, seeds, and counts that are
/// known already.
static constexpr llvm::StringLiteral kHints[] = {"stash_type",
                                                 "softmax_precision",
                                                 "seed",
                                                 "num_outputs",
                                                 "saturate",
                                                 "round_mode",
                                                 "noop_with_empty_axes",
                                                 "qk_matmul_output_mode"};

std::string Attributes::findUnread() const {
  for (const auto &attribute : proto.attribute())
    if (!read.contains(attribute.name()) &&
        !llvm::is_contained(kHints, attribute.name()))
      return attribute.name();
  return "";
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

Value Node::operand(int index) {
  if (has(index))
    return operands.getValue(proto, index);
  e.fail("operand " + llvm::Twine(index) + " is missing");
  return {};
}

const Constant *Node::constant(int index) {
  return has(index) ? operands.getConstant(proto.input(index)) : nullptr;
}

std::optional<Shape> Node::integers(int index, llvm::StringRef what) {
  const Constant *found = constant(index);
  if (found && !found->isFloat() && found->shape.size() <= 1)
    return Shape(found->integers.begin(), found->integers.end());
  e.fail(what + " must be integers that do not depend on the inputs" +
         (has(index) ? ", '" + proto.input(index) + "' are none" : ""));
  return std::nullopt;
}

std::optional<Shape> Node::axes(llvm::StringRef name, int index) {
  if (has(index))
    return integers(index, name);
  return attributes.integers(name);
}

int64_t Node::toDim(int64_t dim, int64_t rank) {
  if (dim >= -rank && dim < rank)
    return dim < 0 ? dim + rank : dim;
  e.fail("there is no axis " + llvm::Twine(dim) + " in a tensor of rank " +
         llvm::Twine(rank));
  return 0;
}

int64_t Node::dim(llvm::StringRef name, int64_t otherwise, int64_t rank) {
  return toDim(attributes.integer(name, otherwise), rank);
}
