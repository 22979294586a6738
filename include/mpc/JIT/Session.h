//===- Session.h - variables and runs of a compiled model -------*- C++ -*-===//

#ifndef MPC_JIT_SESSION_H
#define MPC_JIT_SESSION_H

#include "mpc/Data/HostArray.h"
#include "mpc/JIT/Compiler.h"
#include "mpc/JIT/World.h"
#include "mpcrt/package/InitialValues.h"

namespace mpc {

struct SessionOptions {
  int64_t timeoutMs = 30000;
  bool isolate = false;
  bool trace = false;
  /// The processes that share the devices; null: all devices are in this one.
  World *world = nullptr;
};

/// A part of a variable that a device holds, in elements.
struct VariableShard {
  std::vector<int64_t> begin, size;
  /// Whether the device belongs to this process.
  bool isHere = true;
};

/// Arenas and workers. Variables live from run to run and are global tensors
/// here, however they are cut over the devices. In a world every process does
/// the same calls; what is returned is complete in rank 0.
class Session {
public:
  static llvm::Expected<std::unique_ptr<Session>>
  create(const CompiledModel &model, const SessionOptions &options);
  ~Session();

  /// Runs a program. Inputs are in the program's order, dense and row-major;
  /// returns its outputs.
  llvm::Expected<std::vector<data::HostArray>>
  run(llvm::StringRef program, llvm::ArrayRef<const data::HostArray *> inputs);
  /// The same into the caller's arrays: a step allocates nothing.
  llvm::Error run(llvm::StringRef program, llvm::ArrayRef<mpcrt_buffer> inputs,
                  llvm::ArrayRef<mpcrt_buffer> outputs);

  llvm::Error write(llvm::StringRef variable, llvm::ArrayRef<char> bytes);
  llvm::Error read(llvm::StringRef variable, llvm::MutableArrayRef<char> bytes);

  /// The disjoint parts that are all of a variable.
  llvm::Expected<std::vector<VariableShard>>
  getShards(llvm::StringRef variable) const;
  /// The dense bytes of a part that is here; no other process takes part.
  llvm::Error readHere(llvm::StringRef variable, const VariableShard &shard,
                       llvm::MutableArrayRef<char> bytes);

  /// Allocated bytes of each device's arena, counted by its allocator.
  std::vector<int64_t> getAllocatedBytes() const { return allocated; }
  llvm::Expected<mpcrt_counters> getCounters(int64_t device) const;
  mpcrt_session *getRuntime() { return session; }
  World *getWorld() const { return world; }

private:
  Session(const CompiledModel &model, World *world)
      : model(model), world(world) {}
  llvm::Error countAllocated();

  const CompiledModel &model;
  World *world;
  mpcrt_session *session = nullptr;
  std::vector<int64_t> allocated;
};

/// The numbers that an initializer other than a file's stands for.
mpcrt::Distribution getDistribution(mlir::Attribute init);
/// The variable whose initializer says the values: another one's master starts
/// from what that one is rounded from.
VariableOp getInitialSource(VariableOp variable);

/// Sets every variable to its initializer: the same numbers for a seed under
/// any plan, since they depend on name and global index only. File
/// initializers read from `readFile`.
llvm::Error initializeVariables(
    mlir::ModuleOp module, Session &session, uint64_t seed,
    llvm::function_ref<llvm::Expected<data::HostArray>(llvm::StringRef tensor)>
        readFile);

} // namespace mpc

#endif
