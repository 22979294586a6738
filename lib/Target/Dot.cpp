//===- Dot.cpp - a module's op graph for Graphviz -------------------------===//

#include "mpc/Target/Dot.h"
#include "mpc/IR/MPC.h"
#include "mpc/IR/Tags.h"
#include "llvm/Support/GraphWriter.h"

using namespace mlir;
using namespace mpc;

namespace {
class DotWriter {
public:
  explicit DotWriter(llvm::raw_ostream &os) : os(os) {}
  void write(ModuleOp module);

private:
  void writeFunction(func::FuncOp function);
  void writeArguments(func::FuncOp function);
  void writeOp(Operation &op);
  void writeVariable(VariableOp variable);
  /// Adds a node for `owner`, an op or an argument's opaque pointer.
  void node(const void *owner, const Twine &label, StringRef shape);
  void edge(const Twine &from, const Twine &to, const Twine &label);
  std::string idOf(Value value);

  llvm::raw_ostream &os;
  llvm::DenseMap<const void *, unsigned> ids;
  unsigned numFunctions = 0;
};
} // namespace

static std::string quoted(const Twine &text) {
  return "\"" + llvm::DOT::EscapeString(text.str()) + "\"";
}

/// The type without `tensor<` and `>`: labels of edges are short.
static std::string shortType(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  StringRef inner = text;
  if (inner.consume_front("tensor<"))
    inner.consume_back(">");
  return inner.str();
}

void DotWriter::node(const void *owner, const Twine &label, StringRef shape) {
  unsigned id = ids.size();
  ids[owner] = id;
  os << "    n" << id << " [label=" << quoted(label) << ", shape=" << shape
     << "];\n";
}

void DotWriter::edge(const Twine &from, const Twine &to, const Twine &label) {
  os << "    " << from << " -> " << to << " [label=" << quoted(label) << "];\n";
}

std::string DotWriter::idOf(Value value) {
  const void *owner = value.getDefiningOp()
                          ? static_cast<const void *>(value.getDefiningOp())
                          : value.getAsOpaquePointer();
  return ("n" + Twine(ids.lookup(owner))).str();
}

void DotWriter::writeVariable(VariableOp variable) {
  os << "    " << quoted("@" + variable.getSymName()) << " [label="
     << quoted(variable.getSymName() + "\n" + shortType(variable.getType()))
     << ", shape=cylinder];\n";
}

void DotWriter::writeOp(Operation &op) {
  node(&op, op.getName().stripDialect(), "box");
  std::string id = ("n" + Twine(ids.lookup(&op))).str();
  for (Value operand : op.getOperands())
    edge(idOf(operand), id, shortType(operand.getType()));
  if (auto read = dyn_cast<ReadOp>(op))
    edge(quoted("@" + read.getVariable()), id, "");
  if (auto assign = dyn_cast<AssignOp>(op))
    edge(id, quoted("@" + assign.getVariable()), "");
}

void DotWriter::writeArguments(func::FuncOp function) {
  for (BlockArgument argument : function.getArguments())
    node(argument.getAsOpaquePointer(),
         getInputName(function, argument.getArgNumber()), "ellipse");
}

void DotWriter::writeFunction(func::FuncOp function) {
  os << "  subgraph cluster" << numFunctions++
     << " {\n    label=" << quoted("@" + function.getName()) << ";\n";
  writeArguments(function);
  for (Block &block : function.getBody())
    for (Operation &op : block)
      writeOp(op);
  os << "  }\n";
}

void DotWriter::write(ModuleOp module) {
  os << "digraph mpc {\n  node [fontname=\"Helvetica\"];\n";
  for (VariableOp variable : module.getOps<VariableOp>())
    writeVariable(variable);
  for (func::FuncOp function : module.getOps<func::FuncOp>())
    writeFunction(function);
  os << "}\n";
}

LogicalResult mpc::exportDot(ModuleOp module, llvm::raw_ostream &os) {
  for (func::FuncOp function : module.getOps<func::FuncOp>())
    if (!function.isExternal() && !function.getBody().hasOneBlock())
      return function.emitError("expected a function of one block");
  DotWriter(os).write(module);
  return success();
}
