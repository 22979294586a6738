//===- Session.h - variables and runs of a compiled model -------*- C++ -*-===//

#ifndef MPC_JIT_SESSION_H
#define MPC_JIT_SESSION_H

#include "mpc/Data/HostArray.h"
#include "mpc/JIT/Compiler.h"

namespace mpc {

struct SessionOptions {
  int64_t timeoutMs = 30000;
  bool isolate = false;
  bool trace = false;
};

/// Arenas and workers. Variables live from run to run and are global tensors
/// here, however they are cut over the devices.
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

  /// Allocated bytes of each device's arena, counted by its allocator.
  std::vector<int64_t> getAllocatedBytes() const;
  mpcrt_counters getCounters(int64_t device) const;
  mpcrt_session *getRuntime() { return session; }

private:
  explicit Session(const CompiledModel &model) : model(model) {}
  const CompiledModel &model;
  mpcrt_session *session = nullptr;
};

/// Sets every variable to its initializer: the same numbers for a seed under
/// any plan, since they depend on name and global index only. File
/// initializers read from `readFile`.
llvm::Error initializeVariables(
    mlir::ModuleOp module, Session &session, uint64_t seed,
    llvm::function_ref<llvm::Expected<data::HostArray>(llvm::StringRef tensor)>
        readFile);

} // namespace mpc

#endif
