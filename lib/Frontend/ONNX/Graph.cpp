//===- Graph.cpp - what depends on what in an ONNX graph ------------------===//

#include "Graph.h"
#include "Fold.h"
#include "OpTable.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <map>

using namespace mpc;
using namespace mpc::onnx_import;

std::string onnx_import::describe(const onnx::NodeProto &node) {
  std::string name = node.name();
  if (name.empty() && node.output_size() > 0)
    name = node.output(0);
  std::string domain = node.domain().empty() ? "" : node.domain() + "::";
  return "node '" + name + "' (" + domain + node.op_type() + ")";
}

llvm::Expected<Graph> Graph::analyze(const Model &model) {
  Graph graph;
  graph.proto = &model.graph();
  if (llvm::Error error = graph.index())
    return error;
  graph.findLive();
  graph.findWeights();
  graph.findFates(model.opset());
  if (llvm::Error error = graph.reportUnsupported(model.opset()))
    return error;
  return graph;
}

/// Single assignment, in the order of the nodes.
llvm::Error Graph::index() {
  llvm::StringSet<> defined;
  auto define = [&](const std::string &name) -> llvm::Error {
    if (name.empty() || defined.insert(name).second)
      return llvm::Error::success();
    return llvm::createStringError("the name '" + name + "' is defined twice");
  };
  for (const auto &tensor : proto->initializer()) {
    if (llvm::Error error = define(tensor.name()))
      return error;
    initializers[tensor.name()] = &tensor;
  }
  for (const auto &input : proto->input())
    if (!initializers.contains(input.name())) {
      if (llvm::Error error = define(input.name()))
        return error;
      inputs.push_back(&input);
    }
  for (const auto &node : proto->node()) {
    for (const auto &[operand, name] : llvm::enumerate(node.input())) {
      if (name.empty())
        continue;
      if (!defined.contains(name))
        return llvm::createStringError(describe(node) + ": its input '" + name +
                                       "' is not defined before it");
      uses[name].push_back({&node, static_cast<int>(operand)});
    }
    for (const std::string &name : node.output())
      if (llvm::Error error = define(name))
        return error;
  }
  for (const auto &output : proto->output())
    if (!defined.contains(output.name()))
      return llvm::createStringError("the output '" + output.name() +
                                     "' is not defined by any node");
  return llvm::Error::success();
}

void Graph::findLive() {
  llvm::StringSet<> needed;
  for (const auto &output : proto->output())
    needed.insert(output.name());
  fates.assign(proto->node_size(), Fate::Dead);
  for (int i = proto->node_size(); i-- > 0;) {
    const onnx::NodeProto &node = proto->node(i);
    if (!llvm::any_of(node.output(), [&](const std::string &name) {
          return needed.contains(name);
        }))
      continue;
    fates[i] = Fate::Emitted;
    for (const std::string &name : node.input())
      needed.insert(name);
  }
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// Is operand `index` of the node what layers learn, whatever its shape?
static bool isLearnedOperand(const onnx::NodeProto &node, int index) {
  static constexpr llvm::StringLiteral any[] = {"MatMul",
                                                "Gemm",
                                                "Conv",
                                                "LayerNormalization",
                                                "RMSNormalization",
                                                "BatchNormalization",
                                                "Transpose",
                                                "Einsum"};
  return (node.op_type() == "Gather" && index == 0) ||
         llvm::is_contained(any, node.op_type());
}

/// Exporters fold what they can: rotary tables, masks and positions arrive as
/// initializers. Such tensors of rank 2 and above are added or multiplied, and
/// have the name of a value; weights have that of a module ("a.b", "a/b"), and
/// folded lookups hold rows of a weight.
bool Graph::isWeight(const onnx::TensorProto &tensor) const {
  auto type = getElementType(tensor.data_type());
  if (!type) // said when it is read
    return llvm::consumeError(type.takeError()), false;
  if (!data::isFloat(*type) || tensor.dims_size() == 0)
    return false;
  auto found = uses.find(tensor.name());
  if (found == uses.end())
    return false;
  for (const Use &use : found->second)
    if (isLearnedOperand(*use.node, use.operand))
      return true;
  llvm::StringRef name = tensor.name();
  return llvm::count_if(tensor.dims(), [](int64_t size) { return size > 1; }) <
             2 ||
         name.contains('.') || name.contains('/') || isFoldedLookup(name);
}

void Graph::findWeights() {
  for (const auto &tensor : proto->initializer())
    if (isWeight(tensor))
      weights.insert(tensor.name());
}

//===----------------------------------------------------------------------===//
// Fates
//===----------------------------------------------------------------------===//

bool Graph::isStatic(const onnx::NodeProto &node) const {
  return readsShape(node) ||
         llvm::all_of(node.input(), [&](const std::string &name) {
           return name.empty() || statics.contains(name);
         });
}

void Graph::findFates(int64_t opset) {
  for (const auto &entry : initializers) {
    statics.insert(entry.first());
    if (weights.contains(entry.first()))
      weighted.insert(entry.first());
  }
  for (auto [node, fate] : llvm::zip_equal(proto->node(), fates)) {
    if (fate == Fate::Dead || !isStatic(node))
      continue;
    bool hasWeight = !readsShape(node) &&
                     llvm::any_of(node.input(), [&](const std::string &name) {
                       return weighted.contains(name);
                     });
    for (const std::string &name : node.output()) {
      statics.insert(name);
      if (hasWeight)
        weighted.insert(name);
    }
    bool canEmit = findHandler(node, opset) != nullptr;
    if (canFold(node) && (!hasWeight || !canEmit))
      fate = Fate::Folded;
  }
  // What a folded node reads is folded too.
  llvm::StringSet<> folded;
  for (int i = proto->node_size(); i-- > 0;) {
    const onnx::NodeProto &node = proto->node(i);
    if (fates[i] == Fate::Emitted && isStatic(node) && canFold(node) &&
        llvm::any_of(node.output(), [&](const std::string &name) {
          return folded.contains(name);
        }))
      fates[i] = Fate::Folded;
    if (fates[i] == Fate::Folded && !readsShape(node))
      for (const std::string &name : node.input())
        folded.insert(name);
  }
}

/// Every operator once, with the nodes that have it.
llvm::Error Graph::reportUnsupported(int64_t opset) const {
  std::map<std::string, std::vector<std::string>> nodes;
  for (auto [node, fate] : llvm::zip_equal(proto->node(), fates))
    if (fate == Fate::Emitted && !findHandler(node, opset))
      nodes[node.op_type()].push_back(describe(node));
  if (nodes.empty())
    return llvm::Error::success();
  static constexpr size_t shown = 8;
  std::string text = "operators that mpc does not support:";
  for (const auto &[op, places] : nodes) {
    text += "\n  " + op + ": ";
    text += llvm::join(llvm::ArrayRef(places).take_front(shown), ", ");
    if (places.size() > shown)
      text += " and " + std::to_string(places.size() - shown) + " more";
  }
  return llvm::createStringError(text);
}
