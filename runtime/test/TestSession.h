//===- TestSession.h - Hand-written executables for tests -------*- C++ -*-===//
#ifndef MPCRT_TEST_TESTSESSION_H
#define MPCRT_TEST_TESTSESSION_H

#include "mpcrt/mpcrt.h"
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mpcrt::test {

using nlohmann::json;

/// Code and message of a status, which is destroyed. "" means success.
struct Outcome {
  explicit Outcome(mpcrt_status *status);
  int32_t code;
  std::string message;
  bool ok() const { return code == MPCRT_OK; }
};

/// Builds manifests for `devices` devices with one program "main". Every device
/// action gets a fresh id.
class ManifestBuilder {
public:
  explicit ManifestBuilder(int devices, int64_t arenaBytes = 1 << 16,
                           int64_t workspaceBytes = 0);

  ManifestBuilder &kernel(const std::string &symbol);
  ManifestBuilder &group(std::vector<int> devices);
  ManifestBuilder &channel(int from, int to);
  ManifestBuilder &input(const std::string &name, const std::string &dtype,
                         std::vector<int64_t> shape);
  ManifestBuilder &output(const std::string &name, const std::string &dtype,
                          std::vector<int64_t> shape);
  ManifestBuilder &variable(const std::string &name, const std::string &dtype,
                            std::vector<int64_t> shape, json shards);
  /// Returns the body's index.
  int body(std::vector<int64_t> bufferBytes, json launches);
  ManifestBuilder &act(int device, int body, std::vector<int64_t> offsets,
                       std::vector<int64_t> scalars = {}, int micro = -1);
  ManifestBuilder &message(int device, const std::string &kind, int channel,
                           int64_t tag, int64_t offset = -1, int64_t bytes = 0);

  json manifest;

private:
  json &program() { return manifest["programs"][0]; }
  int nextId = 1;
};

/// A shard of a variable.
json shard(int device, int64_t offset, std::vector<int64_t> begin,
           std::vector<int64_t> size);

/// Launches by short calls.
json kernelLaunch(int kernel, std::vector<int> buffers,
                  std::vector<int> scalars, int64_t extent, int64_t grain = 1);
json feed(int input, int dst, std::vector<int> begin,
          std::vector<int64_t> size);
json fetch(int output, int src, std::vector<int> begin,
           std::vector<int64_t> size);
json allReduce(int src, int dst, int64_t count,
               const std::string &dtype = "f32",
               const std::string &reduce = "sum");

using Kernels = std::map<std::string, mpcrt_kernel>;

/// A loaded executable with a session. Fails the test when either cannot be
/// made.
class TestSession {
public:
  explicit TestSession(const json &manifest, const Kernels &kernels = {},
                       mpcrt_options options = {});
  ~TestSession();
  TestSession(const TestSession &) = delete;
  TestSession &operator=(const TestSession &) = delete;

  /// Runs "main" on vectors of any element type.
  Outcome run(std::vector<mpcrt_buffer> inputs = {},
              std::vector<mpcrt_buffer> outputs = {});
  mpcrt_counters counters(int device) const;
  mpcrt_session *get() const { return session; }
  mpcrt_executable *executable() const { return exe; }

private:
  mpcrt_executable *exe = nullptr;
  mpcrt_session *session = nullptr;
};

template <typename T> mpcrt_buffer bufferOf(std::vector<T> &data) {
  return {data.data(), data.size() * sizeof(T)};
}

/// Loads without expecting success.
Outcome tryLoad(const std::string &manifest, const Kernels &kernels = {});

} // namespace mpcrt::test

#endif // MPCRT_TEST_TESTSESSION_H
