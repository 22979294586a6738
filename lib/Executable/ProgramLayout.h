//===- ProgramLayout.h - one program's actions and buffers ------*- C++ -*-===//

#ifndef MPC_LIB_EXECUTABLE_PROGRAMLAYOUT_H
#define MPC_LIB_EXECUTABLE_PROGRAMLAYOUT_H

#include "mpc/Executable/Executable.h"
#include "mpc/Schedule/MemoryLayout.h"
#include "llvm/Support/MathExtras.h"

namespace mpc {

/// What all programs of an executable share: devices, groups, channels and the
/// places of variables.
class DeviceTable {
public:
  DeviceTable(MeshAttr mesh) : mesh(mesh) {}

  MeshAttr getMesh() const { return mesh; }
  /// Index of the communicator of `device` over `axes`, in the axes' order.
  int64_t getGroup(const DimSharding &axes, int64_t device);
  int64_t getChannel(int64_t from, int64_t to);
  /// `program` is the program's mesh: with its own number of micro-batches.
  int64_t evaluate(const Scalar &scalar, BodyInstance instance,
                   MeshAttr program);

  nlohmann::json getGroups() const;
  nlohmann::json getChannels() const;

private:
  MeshAttr mesh;
  std::map<std::vector<int64_t>, int64_t> groups;
  std::map<std::pair<int64_t, int64_t>, int64_t> channels;
};

/// Where the variables of each device lie, and the workspace behind them.
struct FixedLayout {
  /// Of all buffers.
  int64_t alignment = 64;
  /// By device: offset and bytes by variable name.
  std::vector<std::map<std::string, std::pair<int64_t, int64_t>>> variables;
  /// By device: end of the variables, start of the workspace.
  std::vector<int64_t> end;
  std::vector<int64_t> workspace;

  int64_t getFirstFree(int64_t device) const {
    return alignUp(end[device] + workspace[device]);
  }
  int64_t alignUp(int64_t bytes) const {
    return llvm::alignTo(bytes, alignment);
  }
};

/// Lays out one program. Returns its manifest entry and raises `arenaBytes`.
mlir::FailureOr<nlohmann::json>
layoutProgram(ProgramOp op, const ExecutableProgram &program,
              llvm::ArrayRef<LaunchBody> bodies,
              llvm::ArrayRef<mlir::func::FuncOp> functions,
              DeviceTable &devices, const FixedLayout &fixed,
              std::vector<int64_t> &arenaBytes);

} // namespace mpc

#endif
