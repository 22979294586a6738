//===- ManifestTest.cpp - Damaged manifests are errors, never crashes -----===//
#include "ManifestDamage.h"
#include "TestSession.h"
#include <gtest/gtest.h>
#include <random>

using namespace mpcrt::test;

namespace {

/// A manifest with everything but kernels, whose code could not be held to
/// damaged sizes. Two devices.
json sample() {
  ManifestBuilder b(2, 1 << 16, 1 << 14);
  b.group({0, 1}).channel(0, 1);
  b.input("x", "f32", {4, 6}).output("y", "f32", {4, 6});
  b.output("loss", "f32", {});
  b.variable("w", "f32", {6, 4},
             {shard(0, 0, {0, 0}, {6, 2}), shard(1, 0, {0, 2}, {6, 2})});
  json matmul = {{"op", "matmul"},
                 {"dtype", "f32"},
                 {"a", 1},
                 {"b", 0},
                 {"c", 2},
                 {"batch", json::array()},
                 {"m", 4},
                 {"n", 2},
                 {"k", 6},
                 {"a_batch", json::array()},
                 {"a_m", 6},
                 {"a_k", 1},
                 {"b_batch", json::array()},
                 {"b_k", 2},
                 {"b_n", 1},
                 {"c_batch", json::array()},
                 {"c_m", 2},
                 {"c_n", 1},
                 {"bias", 3},
                 {"activation", "relu"}};
  json gather = {{"op", "all_gather"}, {"group", 2}, {"dtype", "f32"},
                 {"src", 2},           {"dst", 4},   {"shape", {4, 4}},
                 {"dim", 1},           {"block", 2}};
  json scatter = {{"op", "reduce_scatter"}, {"group", 2}, {"reduce", "max"},
                  {"dtype", "f32"},         {"src", 4},   {"dst", 2},
                  {"shape", {4, 4}},        {"dim", 1},   {"block", 2}};
  json exchange = {{"op", "all_to_all"}, {"group", 2},     {"dtype", "f32"},
                   {"src", 2},           {"dst", 5},       {"shape", {4, 4}},
                   {"src_dim", 1},       {"src_block", 2}, {"dst_dim", 0},
                   {"dst_block", 2}};
  json copy = {{"op", "copy"},
               {"src", 5},
               {"dst", 4},
               {"elem", 4},
               {"shape", {2, 4}},
               {"src_offset", 0},
               {"dst_offset", 4},
               {"src_strides", {4, 1}},
               {"dst_strides", {4, 1}}};
  json fill = {{"op", "fill"}, {"dst", 3}, {"bytes", 8}, {"value", 1}};
  json add = fetch(1, 4, {}, {});
  add["accumulate"] = true;
  add["if"] = 1;
  json last = fetch(0, 1, {0, 0}, {4, 6});
  last["if"] = 3;
  int body = b.body({48, 96, 32, 8, 64, 32}, {feed(0, 1, {0, 0}, {4, 6}),
                                              fill,
                                              matmul,
                                              gather,
                                              scatter,
                                              exchange,
                                              copy,
                                              allReduce(4, 4, 16),
                                              {{"op", "await"}, {"launch", 7}},
                                              add,
                                              last});
  b.manifest["programs"][0]["bodies"][0]["launches"][7]["group"] = 2;
  for (int d : {0, 1})
    b.act(d, body, {0, 64, 192, 256, 320, 384}, {0, 1, 0, 1 - d}, d);
  b.message(0, "send", 0, 9, 64, 64).message(0, "wait_send", 0, 9);
  b.message(1, "recv", 0, 9, 64, 64);
  return b.manifest;
}

TEST(Manifest, sampleRuns) {
  TestSession session(sample());
  std::vector<float> x(24, 1), y(24), loss(1);
  EXPECT_EQ(session.run({bufferOf(x)}, {bufferOf(y), bufferOf(loss)}).message,
            "");
}

TEST(Manifest, namesThePlaceOfEveryDamage) {
  const Damage damages[] = {
      {"/version", 2,
       "version: this runtime reads version 1, found 2; compile the model "
       "again"},
      {"/arenas/1/bytes", "many",
       "arenas[1].bytes: expected an integer, found string"},
      {"/arenas/1/bytes", -1,
       "arenas[1].bytes: expected an integer from 0 to 9223372036854775807, "
       "found -1"},
      {"/arenas/0/workspace/bytes", 1 << 20,
       "arenas[0].workspace: leaves the arena of 65536 bytes"},
      {"/arenas/0/color", 3, "arenas[0]: unknown field 'color'"},
      {"/variables/0/shards/1/device", 2,
       "variables[0].shards[1].device: there is no device 2, only 2"},
      {"/variables/0/shards/1/offset", 65504,
       "variables[0].shards[1].offset: offset 65504 is not a multiple of 64"},
      {"/variables/0/shards/1/offset", 65472,
       "variables[0].shards[1].offset: [65472, 65520) overlaps the arena's "
       "workspace"},
      {"/variables/0/shards/1/begin/1", 1,
       "variables[0].shards: two shards overlap without being equal"},
      {"/variables/0/shards/1/begin/1", 3,
       "variables[0].shards[1]: leaves dimension 1 of 'w', which is 4"},
      {"/variables/0/shape/0", 7,
       "variables[0].shards: the shards hold 24 elements of 28"},
      {"/groups/0/1", 0, "groups[0][1]: device 0 is listed twice"},
      {"/channels/0/to", 0, "channels[0]: leads from a device to itself"},
      {"/programs/0/devices/0/actions/0/offsets/2", 65536,
       "programs[0].devices[0].actions[0].offsets[2]: [65536, 65568) leaves "
       "the arena of 65536 bytes"},
      {"/programs/0/devices/0/actions/0/scalars/2", 1,
       "programs[0].devices[0].actions[0]: there is no group 1"},
      {"/programs/0/devices/0/actions/0/scalars/0", 1,
       "programs[0].devices[0].actions[0]: the box at 1 of size 4 leaves "
       "dimension 0 of 'x', which is 4"},
      {"/programs/0/devices/0/actions/0/scalars",
       {0, 1},
       "programs[0].devices[0].actions[0].scalars: body 'F0' needs 4, found 2"},
      {"/programs/0/devices/1/actions/0/id", 1,
       "programs[0]: action id 1 occurs twice"},
      {"/programs/0/devices/1/actions/1/tag", 8,
       "programs[0]: message 0 of channel 0: action 3 sends 64 bytes with tag "
       "9, action 5 expects 64 with tag 8"},
      {"/programs/0/devices/0/actions/2/tag", 8,
       "programs[0]: action 4 waits for a send with tag 8 on channel 0, but "
       "there is none before it"},
      {"/programs/0/devices/1/actions/1/kind", "send",
       "programs[0].devices[1].actions[1].channel: channel 0 goes from device "
       "0 to 1; device 1 cannot send on it"},
      {"/programs/0/devices/1/actions/0/scalars/3", 1,
       "programs[0]: devices 0 (action 1) and 1 (action 2) fetch overlapping "
       "boxes of output 'y'"},
      {"/programs/0/bodies/0/launches/0/input", 1,
       "programs[0].bodies[0].launches[0].input: there is no input 1, only 1"},
      {"/programs/0/bodies/0/launches/1/bytes", 9,
       "programs[0].bodies[0].launches[1].dst: reaches byte 9 of buffer 3, "
       "which has 8"},
      {"/programs/0/bodies/0/launches/2/a_m", 7,
       "programs[0].bodies[0].launches[2].a: reaches byte 108 of buffer 1, "
       "which has 96"},
      {"/programs/0/bodies/0/launches/2/c_offset", 1,
       "programs[0].bodies[0].launches[2].c: reaches byte 36 of buffer 2, "
       "which has 32"},
      {"/programs/0/bodies/0/launches/2/a_offset", int64_t{1} << 62,
       "programs[0].bodies[0].launches[2]: size 4611686018427387904 * 4 "
       "overflows"},
      {"/programs/0/bodies/0/launches/2/m", int64_t{1} << 60,
       "programs[0].bodies[0].launches[2]: size 1152921504606846976 * 12 "
       "overflows"},
      {"/programs/0/bodies/0/launches/2/activation", "silu",
       "programs[0].bodies[0].launches[2].activation: expected 'relu', 'gelu' "
       "or 'gelu-gradient'"},
      {"/programs/0/bodies/0/launches/2/activation", "gelu-gradient",
       "programs[0].bodies[0].launches[2]: 'gelu-gradient' needs 'aux', what "
       "gelu was applied to"},
      {"/programs/0/bodies/0/launches/2/aux", 4,
       "programs[0].bodies[0].launches[2].aux: expected the activation 'gelu' "
       "or 'gelu-gradient'"},
      {"/programs/0/bodies/0/launches/2/bias_gradient", 3,
       "programs[0].bodies[0].launches[2].bias_gradient: expected the "
       "activation 'gelu-gradient'"},
      {"/programs/0/bodies/0/launches/3/block", 1,
       "programs[0].devices[0].actions[0]: 2 blocks of 1 do not cover 4"},
      {"/programs/0/bodies/0/launches/3/block", 4,
       "programs[0].devices[0].actions[0]: blocks of 4 leave the last of 2 "
       "members nothing of 4"},
      {"/programs/0/bodies/0/launches/3/dst", 2,
       "programs[0].devices[0].actions[0]: all_gather needs 64 bytes of buffer "
       "2, which has 32"},
      {"/programs/0/bodies/0/launches/4/reduce", "product",
       "programs[0].bodies[0].launches[4].reduce: unknown reduction 'product'; "
       "expected sum, max or min"},
      {"/programs/0/bodies/0/launches/5/dst_dim", 1,
       "programs[0].bodies[0].launches[5].dst_dim: is the same as 'src_dim'"},
      {"/programs/0/bodies/0/launches/6/dst_strides/0", 0,
       "programs[0].bodies[0].launches[6].dst_strides: a stride of 0 writes an "
       "element twice"},
      {"/programs/0/bodies/0/launches/8/launch", 8,
       "programs[0].bodies[0].launches[8].launch: there is no earlier launch "
       "8, only 8"},
      {"/programs/0/bodies/0/launches/8/launch", 2,
       "programs[0].bodies[0].launches[8].launch: launch 2 is not a "
       "collective"},
      {"/programs/0/bodies/0/launches/8/launch", 5,
       "programs[0].bodies[0].launches[8]: launch 6 touches buffer 5, which "
       "launch 5 uses until it is awaited"},
      {"/programs/0/bodies/0/launches/6/op", "teleport",
       "programs[0].bodies[0].launches[6].op: unknown op 'teleport'"},
  };
  expectDamagesNamed(sample(), damages);
}

TEST(Manifest, missingFieldsAndKernelsAreErrors) {
  json manifest = sample();
  manifest.erase("channels");
  EXPECT_EQ(tryLoad(manifest.dump()).message, "field 'channels' is missing");
  manifest = sample();
  manifest["kernels"].push_back("mpc_k_1");
  Outcome outcome = tryLoad(manifest.dump());
  EXPECT_EQ(outcome.code, MPCRT_NOT_FOUND);
  EXPECT_EQ(outcome.message, "there is no kernel 'mpc_k_1'");
}

/// Loads what may be damaged; runs it when it loads.
void loadAndRun(const std::string &text) {
  mpcrt_executable *exe = nullptr;
  if (!Outcome(mpcrt_executable_load(text.data(), text.size(), nullptr, nullptr,
                                     &exe))
           .ok())
    return;
  mpcrt_options options = {};
  options.struct_size = sizeof options;
  options.timeout_ms = 5;
  options.threads_per_device = 1;
  mpcrt_session *session = nullptr;
  bool small = true;
  std::vector<std::vector<char>> data;
  std::vector<mpcrt_buffer> inputs, outputs;
  auto provide = [&](auto describe, int32_t count,
                     std::vector<mpcrt_buffer> &buffers) {
    for (int32_t i = 0; i < count; ++i) {
      mpcrt_tensor_info info;
      ASSERT_TRUE(Outcome(describe(exe, 0, i, &info)).ok());
      small &= info.bytes < (1 << 20);
      data.emplace_back(small ? info.bytes : 0);
      buffers.push_back({data.back().data(), data.back().size()});
    }
  };
  provide(mpcrt_executable_input, mpcrt_executable_inputs(exe, 0), inputs);
  provide(mpcrt_executable_output, mpcrt_executable_outputs(exe, 0), outputs);
  if (small && Outcome(mpcrt_session_create(exe, &options, &session)).ok()) {
    Outcome(mpcrt_session_run(session, 0, inputs.data(), inputs.size(),
                              outputs.data(), outputs.size()));
    mpcrt_session_destroy(session);
  }
  mpcrt_executable_destroy(exe);
}

TEST(Manifest, survivesRandomValues) {
  std::mt19937 random(1);
  for (int i = 0; i < 4000; ++i) {
    json manifest = sample();
    for (int n = random() % 3; n >= 0; --n)
      mutate(manifest, random);
    loadAndRun(manifest.dump());
  }
}

TEST(Manifest, survivesRandomBytes) {
  std::mt19937 random(2);
  const std::string text = sample().dump();
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = text;
    for (int n = random() % 3; n >= 0; --n)
      damaged[random() % damaged.size()] =
          "0123456789{}[],:\"-e."[random() % 21];
    if (random() % 10 == 0)
      damaged.resize(random() % damaged.size());
    loadAndRun(damaged);
  }
}

TEST(Manifest, survivesDeepNesting) {
  std::string deep(100000, '[');
  EXPECT_EQ(tryLoad(deep).code, MPCRT_BAD_MANIFEST);
  EXPECT_EQ(tryLoad(deep + std::string(100000, ']')).code, MPCRT_BAD_MANIFEST);
}

} // namespace
