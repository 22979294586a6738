//===- CollectiveTest.cpp - Collectives run from manifests ----------------===//
#include "TestSession.h"
#include <gtest/gtest.h>
#include <numeric>

using namespace mpcrt::test;

namespace {

std::vector<int> allOf(int devices) {
  std::vector<int> list(devices);
  std::iota(list.begin(), list.end(), 0);
  return list;
}

/// An all_reduce over all devices, each feeding a row and fetching the result.
TEST(Collective, allReduceSumsRows) {
  for (int devices : {1, 2, 3, 8})
    for (int64_t count : {1, 100, 20011})
      for (bool inPlace : {false, true}) {
        int64_t bytes = count * 4, room = (bytes + 63) / 64 * 64;
        ManifestBuilder b(devices, 2 * room);
        b.group(allOf(devices))
            .input("x", "f32", {devices, count})
            .output("y", "f32", {devices, count});
        json launches = {feed(0, 0, {1, 2}, {1, count}),
                         allReduce(0, inPlace ? 0 : 1, count),
                         fetch(0, inPlace ? 0 : 1, {1, 2}, {1, count})};
        int body = b.body({bytes, bytes}, launches);
        for (int d = 0; d < devices; ++d)
          b.act(d, body, {0, room}, {0, d, 0});
        TestSession session(b.manifest);
        std::vector<float> x(devices * count), y(x.size());
        std::iota(x.begin(), x.end(), 1.0f);
        for (int step = 0; step < 3; ++step) {
          ASSERT_EQ(session.run({bufferOf(x)}, {bufferOf(y)}).message, "");
          for (int64_t i = 0; i < count; ++i) {
            float sum = 0;
            for (int d = 0; d < devices; ++d)
              sum += x[d * count + i];
            for (int d = 0; d < devices; ++d)
              ASSERT_EQ(y[d * count + i], sum);
          }
        }
        EXPECT_EQ(session.counters(0).collectives[MPCRT_ALL_REDUCE], 3);
        EXPECT_EQ(session.counters(0).collective_bytes[MPCRT_ALL_REDUCE],
                  3 * bytes);
      }
}

/// Two all_reduces beside a kernel's worth of copies, a plain one after them
/// while one is still awaited: all keep the order of the list.
TEST(Collective, runsBesideWhatFollows) {
  constexpr int devices = 3;
  constexpr int64_t count = 30011, bytes = count * 4,
                    room = (bytes + 63) / 64 * 64;
  ManifestBuilder b(devices, 6 * room);
  b.group(allOf(devices)).input("x", "f32", {devices, count});
  for (const char *name : {"a", "b", "c", "d"})
    b.output(name, "f32", {devices, count});
  auto copy = [&](int src, int dst) {
    return json{{"op", "copy"},    {"src", src},         {"dst", dst},
                {"elem", 4},       {"shape", {count}},   {"src_offset", 0},
                {"dst_offset", 0}, {"src_strides", {1}}, {"dst_strides", {1}}};
  };
  json launches = {feed(0, 0, {1, 2}, {1, count}),
                   copy(0, 1),
                   copy(0, 2),
                   copy(0, 5),
                   allReduce(1, 1, count),               // 4
                   allReduce(2, 3, count, "f32", "max"), // 5
                   copy(0, 4),
                   {{"op", "await"}, {"launch", 4}},
                   allReduce(5, 5, count, "f32", "min"),
                   {{"op", "await"}, {"launch", 5}}};
  int results[] = {1, 3, 4, 5};
  for (int i = 0; i < 4; ++i)
    launches.push_back(fetch(i, results[i], {1, 2}, {1, count}));
  int body = b.body(std::vector<int64_t>(6, bytes), launches);
  for (int d = 0; d < devices; ++d)
    b.act(d, body, {0, room, 2 * room, 3 * room, 4 * room, 5 * room},
          {0, d, 0});
  TestSession session(b.manifest);
  std::vector<float> x(devices * count);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>(i * 7919 % 1000);
  std::vector<std::vector<float>> y(4, std::vector<float>(x.size()));
  for (int step = 0; step < 20; ++step) {
    for (auto &result : y)
      std::fill(result.begin(), result.end(), 0.0f);
    ASSERT_EQ(session
                  .run({bufferOf(x)}, {bufferOf(y[0]), bufferOf(y[1]),
                                       bufferOf(y[2]), bufferOf(y[3])})
                  .message,
              "");
    for (int64_t i = 0; i < count; ++i) {
      float sum = 0, most = 0, least = 1000;
      for (int d = 0; d < devices; ++d) {
        sum += x[d * count + i];
        most = std::max(most, x[d * count + i]);
        least = std::min(least, x[d * count + i]);
      }
      for (int d = 0; d < devices; ++d) {
        ASSERT_EQ(y[0][d * count + i], sum);
        ASSERT_EQ(y[1][d * count + i], most);
        ASSERT_EQ(y[2][d * count + i], x[d * count + i]);
        ASSERT_EQ(y[3][d * count + i], least);
      }
    }
  }
  EXPECT_EQ(session.counters(0).collectives[MPCRT_ALL_REDUCE], 60);
}

/// A [rows, columns] tensor split in uneven blocks of a dimension: device d has
/// [d * block, min((d + 1) * block, extent)).
struct Split {
  int dim;
  int64_t block;
};

struct Box {
  std::vector<int64_t> begin, size;
};

const std::vector<int64_t> shape = {15, 22};

Split splitOver(int dim, int devices) {
  return {dim, (shape[dim] + devices - 1) / devices};
}

Box boxOf(const Split &split, int device) {
  Box box{{0, 0}, shape};
  int64_t begin = device * split.block;
  box.begin[split.dim] = begin;
  box.size[split.dim] = std::min(split.block, shape[split.dim] - begin);
  return box;
}

/// Every device feeds its box `from(d)` of input d % inputs, performs `launch`
/// from buffer 0 to 1 and fetches its box `to(d)` of output d.
std::vector<std::vector<float>> runSplit(int devices, json launch,
                                         std::vector<std::vector<float>> inputs,
                                         auto from, auto to) {
  ManifestBuilder b(devices, 4096);
  b.group(allOf(devices));
  for (size_t i = 0; i < inputs.size(); ++i)
    b.input("x" + std::to_string(i), "f32", shape);
  for (int d = 0; d < devices; ++d)
    b.output("y" + std::to_string(d), "f32", shape);
  launch.update({{"group", 4}, {"dtype", "f32"}, {"src", 0}, {"dst", 1}});
  launch["shape"] = shape;
  for (int d = 0; d < devices; ++d) {
    Box in = from(d), out = to(d);
    auto bytes = [](const Box &box) { return box.size[0] * box.size[1] * 4; };
    int input = d % static_cast<int>(inputs.size());
    int body = b.body({bytes(in), bytes(out)},
                      {feed(input, 0, {0, 1}, in.size), launch,
                       fetch(d, 1, {2, 3}, out.size)});
    b.act(d, body, {0, 2048},
          {in.begin[0], in.begin[1], out.begin[0], out.begin[1], 0});
  }
  TestSession session(b.manifest);
  std::vector<std::vector<float>> results(devices, std::vector<float>(330, -1));
  std::vector<mpcrt_buffer> in, out;
  for (auto &input : inputs)
    in.push_back(bufferOf(input));
  for (auto &result : results)
    out.push_back(bufferOf(result));
  EXPECT_EQ(session.run(in, out).message, "");
  return results;
}

std::vector<float> numbered(float first) {
  std::vector<float> values(330);
  std::iota(values.begin(), values.end(), first);
  return values;
}

/// `full` inside the box and -1, what outputs began with, elsewhere.
std::vector<float> only(const Box &box, const std::vector<float> &full) {
  std::vector<float> result(330, -1);
  for (int64_t i = 0; i < box.size[0]; ++i)
    for (int64_t j = 0; j < box.size[1]; ++j) {
      int64_t at = (box.begin[0] + i) * shape[1] + box.begin[1] + j;
      result[at] = full[at];
    }
  return result;
}

const Box whole{{0, 0}, shape};

class UnevenCollective : public testing::TestWithParam<int> {};

TEST_P(UnevenCollective, allGather) {
  int devices = GetParam();
  for (int dim : {0, 1}) {
    Split split = splitOver(dim, devices);
    json launch = {{"op", "all_gather"}, {"dim", dim}, {"block", split.block}};
    auto results = runSplit(
        devices, launch, {numbered(1)}, [&](int d) { return boxOf(split, d); },
        [&](int) { return whole; });
    for (const auto &result : results)
      EXPECT_EQ(result, numbered(1));
  }
}

TEST_P(UnevenCollective, reduceScatter) {
  int devices = GetParam();
  std::vector<std::vector<float>> inputs;
  std::vector<float> sum(330);
  for (int d = 0; d < devices; ++d) {
    inputs.push_back(numbered(static_cast<float>(d * 1000)));
    for (int i = 0; i < 330; ++i)
      sum[i] += inputs[d][i];
  }
  for (int dim : {0, 1}) {
    Split split = splitOver(dim, devices);
    json launch = {{"op", "reduce_scatter"},
                   {"reduce", "sum"},
                   {"dim", dim},
                   {"block", split.block}};
    auto results = runSplit(
        devices, launch, inputs, [&](int) { return whole; },
        [&](int d) { return boxOf(split, d); });
    for (int d = 0; d < devices; ++d)
      EXPECT_EQ(results[d], only(boxOf(split, d), sum));
  }
}

TEST_P(UnevenCollective, allToAll) {
  int devices = GetParam();
  for (int dim : {0, 1}) {
    Split from = splitOver(dim, devices), to = splitOver(1 - dim, devices);
    json launch = {{"op", "all_to_all"},
                   {"src_dim", from.dim},
                   {"src_block", from.block},
                   {"dst_dim", to.dim},
                   {"dst_block", to.block}};
    auto results = runSplit(
        devices, launch, {numbered(1)}, [&](int d) { return boxOf(from, d); },
        [&](int d) { return boxOf(to, d); });
    for (int d = 0; d < devices; ++d)
      EXPECT_EQ(results[d], only(boxOf(to, d), numbered(1)));
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, UnevenCollective,
                         testing::Values(2, 3, 4, 8));

} // namespace
