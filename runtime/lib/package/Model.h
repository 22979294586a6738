//===- Model.h - A package that runs ----------------------------*- C++ -*-===//
#ifndef MPCRT_PACKAGE_MODEL_H
#define MPCRT_PACKAGE_MODEL_H

#include "Code.h"
#include "Package.h"
#include "ProgramRun.h"
#include <memory>

namespace mpcrt {

struct ModelOptions {
  int64_t timeoutMs = 30000;
  int32_t threads = 0;            ///< of a device; 0: as compiled
  std::optional<uint64_t> seed{}; ///< of initial values; default: as compiled
  /// .npz or .safetensors: variables with a name in it start from there.
  std::string weights{};
};

/// Code, arenas and variables of a package.
class PackagedModel {
public:
  PackagedModel(const Package &package, const ModelOptions &options);
  ~PackagedModel();
  PackagedModel(const PackagedModel &) = delete;

  const mpcrt_executable *getExecutable() const { return executable; }
  mpcrt_session *getSession() { return session; }
  ProgramRun getProgram(const std::string &name) {
    return ProgramRun(executable, session, name);
  }
  /// All variables as they are now.
  std::vector<Array> readVariables();

private:
  void initialize(const ModelOptions &options);
  Array makeInitial(const PackagedVariable &variable,
                    const mpcrt_tensor_info &info, uint64_t seed) const;

  const Package &package;
  std::unique_ptr<LoadedCode> code; // null: the executable has modules
  mpcrt_executable *executable = nullptr;
  mpcrt_session *session = nullptr;
};

/// The arrays of a weights file.
std::vector<Array> readWeights(const std::string &path);

} // namespace mpcrt

#endif // MPCRT_PACKAGE_MODEL_H
