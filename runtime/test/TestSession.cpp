//===- TestSession.cpp - Hand-written executables for tests ---------------===//
#include "TestSession.h"
#include <gtest/gtest.h>

namespace mpcrt::test {

Outcome::Outcome(mpcrt_status *status)
    : code(mpcrt_status_code(status)), message(mpcrt_status_message(status)) {
  mpcrt_status_destroy(status);
}

ManifestBuilder::ManifestBuilder(int devices, int64_t arenaBytes,
                                 int64_t workspaceBytes) {
  json arena = {{"bytes", arenaBytes}};
  if (workspaceBytes)
    arena["workspace"] = {{"offset", arenaBytes - workspaceBytes},
                          {"bytes", workspaceBytes}};
  json actions = {{"actions", json::array()}};
  manifest = {{"version", MPCRT_ABI_VERSION},
              {"target", "cpu"},
              {"kernels", json::array()},
              {"arenas", std::vector<json>(devices, arena)},
              {"variables", json::array()},
              {"groups", json::array()},
              {"channels", json::array()},
              {"programs",
               {{{"name", "main"},
                 {"inputs", json::array()},
                 {"outputs", json::array()},
                 {"bodies", json::array()},
                 {"devices", std::vector<json>(devices, actions)}}}}};
}

ManifestBuilder &ManifestBuilder::kernel(const std::string &symbol) {
  manifest["kernels"].push_back(symbol);
  return *this;
}
ManifestBuilder &ManifestBuilder::group(std::vector<int> devices) {
  manifest["groups"].push_back(devices);
  return *this;
}
ManifestBuilder &ManifestBuilder::channel(int from, int to) {
  manifest["channels"].push_back({{"from", from}, {"to", to}});
  return *this;
}
ManifestBuilder &ManifestBuilder::input(const std::string &name,
                                        const std::string &dtype,
                                        std::vector<int64_t> shape) {
  program()["inputs"].push_back(
      {{"name", name}, {"dtype", dtype}, {"shape", shape}});
  return *this;
}
ManifestBuilder &ManifestBuilder::output(const std::string &name,
                                         const std::string &dtype,
                                         std::vector<int64_t> shape) {
  program()["outputs"].push_back(
      {{"name", name}, {"dtype", dtype}, {"shape", shape}});
  return *this;
}
ManifestBuilder &ManifestBuilder::variable(const std::string &name,
                                           const std::string &dtype,
                                           std::vector<int64_t> shape,
                                           json shards) {
  manifest["variables"].push_back(
      {{"name", name}, {"dtype", dtype}, {"shape", shape}, {"shards", shards}});
  return *this;
}

int ManifestBuilder::body(std::vector<int64_t> bufferBytes, json launches) {
  json &bodies = program()["bodies"];
  bodies.push_back({{"name", "F" + std::to_string(bodies.size())},
                    {"buffers", bufferBytes},
                    {"launches", launches}});
  return static_cast<int>(bodies.size()) - 1;
}

ManifestBuilder &ManifestBuilder::act(int device, int body,
                                      std::vector<int64_t> offsets,
                                      std::vector<int64_t> scalars, int micro) {
  program()["devices"][device]["actions"].push_back({{"id", nextId++},
                                                     {"kind", "forward"},
                                                     {"chunk", 0},
                                                     {"micro", micro},
                                                     {"body", body},
                                                     {"offsets", offsets},
                                                     {"scalars", scalars}});
  return *this;
}

ManifestBuilder &ManifestBuilder::message(int device, const std::string &kind,
                                          int channel, int64_t tag,
                                          int64_t offset, int64_t bytes) {
  json action = {{"id", nextId++}, {"kind", kind},       {"chunk", 0},
                 {"micro", 0},     {"channel", channel}, {"tag", tag}};
  if (offset >= 0) {
    action["offset"] = offset;
    action["bytes"] = bytes;
  }
  program()["devices"][device]["actions"].push_back(action);
  return *this;
}

json shard(int device, int64_t offset, std::vector<int64_t> begin,
           std::vector<int64_t> size) {
  return {
      {"device", device}, {"offset", offset}, {"begin", begin}, {"size", size}};
}

json kernelLaunch(int kernel, std::vector<int> buffers,
                  std::vector<int> scalars, int64_t extent, int64_t grain) {
  return {{"op", "kernel"},     {"kernel", kernel}, {"buffers", buffers},
          {"scalars", scalars}, {"extent", extent}, {"grain", grain}};
}
json feed(int input, int dst, std::vector<int> begin,
          std::vector<int64_t> size) {
  return {{"op", "feed"},
          {"input", input},
          {"dst", dst},
          {"begin", begin},
          {"size", size}};
}
json fetch(int output, int src, std::vector<int> begin,
           std::vector<int64_t> size) {
  return {{"op", "fetch"},
          {"output", output},
          {"src", src},
          {"begin", begin},
          {"size", size}};
}
json allReduce(int src, int dst, int64_t count, const std::string &dtype,
               const std::string &reduce) {
  return {{"op", "all_reduce"}, {"group", 0}, {"reduce", reduce},
          {"dtype", dtype},     {"src", src}, {"dst", dst},
          {"count", count}};
}

static mpcrt_kernel find(const char *symbol, void *context) {
  auto &kernels = *static_cast<const Kernels *>(context);
  auto it = kernels.find(symbol);
  return it == kernels.end() ? nullptr : it->second;
}

Outcome tryLoad(const std::string &manifest, const Kernels &kernels) {
  mpcrt_executable *exe = nullptr;
  Outcome outcome(mpcrt_executable_load(manifest.data(), manifest.size(), find,
                                        const_cast<Kernels *>(&kernels), &exe));
  if (outcome.ok())
    mpcrt_executable_destroy(exe);
  return outcome;
}

TestSession::TestSession(const json &manifest, const Kernels &kernels,
                         mpcrt_options options) {
  std::string source = manifest.dump();
  Outcome loaded(mpcrt_executable_load(source.data(), source.size(), find,
                                       const_cast<Kernels *>(&kernels), &exe));
  EXPECT_EQ(loaded.message, "");
  options.struct_size = sizeof options;
  if (!loaded.ok())
    return;
  Outcome created(mpcrt_session_create(exe, &options, &session));
  EXPECT_EQ(created.message, "");
}

TestSession::~TestSession() {
  mpcrt_session_destroy(session);
  mpcrt_executable_destroy(exe);
}

Outcome TestSession::run(std::vector<mpcrt_buffer> inputs,
                         std::vector<mpcrt_buffer> outputs) {
  return Outcome(mpcrt_session_run(session, mpcrt_executable_find(exe, "main"),
                                   inputs.data(), inputs.size(), outputs.data(),
                                   outputs.size()));
}

mpcrt_counters TestSession::counters(int device) const {
  mpcrt_counters counters = {};
  Outcome outcome(mpcrt_session_counters(session, device, &counters));
  EXPECT_TRUE(outcome.ok()) << outcome.message;
  return counters;
}

} // namespace mpcrt::test
