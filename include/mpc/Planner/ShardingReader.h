//===- ShardingReader.h - Read the IOPDDL form ------------------*- C++ -*-===//
//
// Reads `.json` and `.json.gz` in one pass into flat arrays, without a document
// tree: half a gigabyte a second, and a peak of twice the text.
//
//   {"problem": {"nodes": {"intervals": [[0, 5], ...], "costs": [[1, 4], ...],
//                          "usages": [[8, 2], ...]},
//                "edges": {"nodes": [[0, 1], ...], "costs": [[0, 9, 9, 0],
//                ...]}, "usage_limit": 10}}
//
// Keys come in any order and unknown ones are skipped. `usage_limit` may be
// absent. An edge of one node is a cost of that node, and so is an edge from a
// node to itself.
//
//===----------------------------------------------------------------------===//
#ifndef MPC_PLANNER_SHARDINGREADER_H
#define MPC_PLANNER_SHARDINGREADER_H

#include "mpc/Planner/ShardingProblem.h"
#include "llvm/ADT/StringRef.h"

namespace mpc {

/// The checked problem in \p text. Errors name line and column, or the node or
/// edge that is malformed.
llvm::Expected<ShardingProblem> parseShardingProblem(llvm::StringRef text);

/// The checked problem in the file at \p path; gzip is recognised by its
/// content. Errors start with the path.
llvm::Expected<ShardingProblem> readShardingProblem(llvm::StringRef path);

} // namespace mpc

#endif // MPC_PLANNER_SHARDINGREADER_H
