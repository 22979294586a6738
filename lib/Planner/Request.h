//===- Request.h - options, resolved --------------------------------------===//

#ifndef MPC_LIB_PLANNER_REQUEST_H
#define MPC_LIB_PLANNER_REQUEST_H

#include "mpc/Planner/Pins.h"
#include "mpc/Planner/Planner.h"

namespace mpc {

using Mesh = std::vector<std::pair<std::string, int64_t>>;

/// What the user asked for, with every default filled in.
struct Request {
  /// none, layer, tensor, pipeline, data, auto or mesh.
  std::string kind;
  /// Empty for auto.
  Mesh mesh;
  int64_t devices = 1;
  Cluster cluster;
  /// Whether the devices are parts of this machine.
  bool isVirtual = false;
  std::vector<std::string> notes;
};

/// Errors name the option: "--mesh: expected ...".
llvm::Expected<Request> resolve(const PartitionOptions &options,
                                mlir::ModuleOp module);

/// The number of devices of a mesh.
int64_t getProduct(const Mesh &mesh);

} // namespace mpc

#endif
