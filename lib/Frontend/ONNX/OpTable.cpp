//===- OpTable.cpp - handlers by operator and opset -----------------------===//

#include "OpTable.h"

using namespace mpc;
using namespace mpc::onnx_import;

/// Entries of one name, oldest first.
static llvm::StringMap<std::vector<OpEntry>> buildTable() {
  llvm::StringMap<std::vector<OpEntry>> table;
  for (llvm::ArrayRef<OpEntry> family :
       {getMathOps(), getNNOps(), getAttentionOps(), getShapeOps(),
        getIndexOps(), getReduceOps()})
    for (const OpEntry &entry : family)
      table[entry.name].push_back(entry);
  for (auto &entries : table)
    llvm::sort(entries.second, [](const OpEntry &a, const OpEntry &b) {
      return a.firstOpset < b.firstOpset;
    });
  return table;
}

Handler onnx_import::findHandler(const onnx::NodeProto &node, int64_t opset) {
  static const llvm::StringMap<std::vector<OpEntry>> table = buildTable();
  if (!node.domain().empty() && node.domain() != "ai.onnx")
    return nullptr;
  auto found = table.find(node.op_type());
  if (found == table.end())
    return nullptr;
  Handler handler = nullptr;
  for (const OpEntry &entry : found->second)
    if (entry.firstOpset <= opset)
      handler = entry.handler;
  return handler;
}
