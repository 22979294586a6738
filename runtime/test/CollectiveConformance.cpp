//===- CollectiveConformance.cpp - What collectives must do ---------------===//
#include "CommunicatorConformance.h"
#include "core/HalfFloat.h"
#include <cmath>
#include <cstring>
#include <random>

using namespace mpcrt;
using namespace mpcrt::test;

/// Elements of a dense tensor of 4-byte elements in a block of one dimension.
static Bytes blockBytes(const Bytes &full, const std::vector<int64_t> &shape,
                        int32_t dim, Block block, int64_t elem) {
  std::vector<int64_t> part = shape;
  part[dim] = block.size;
  Bytes result(elementCount(part) * elem);
  int64_t outer = 1, inner = elem;
  for (int32_t i = 0; i < dim; ++i)
    outer *= shape[i];
  for (size_t i = dim + 1; i < shape.size(); ++i)
    inner *= shape[i];
  for (int64_t o = 0; o < outer; ++o)
    std::copy_n(full.begin() + (o * shape[dim] + block.begin) * inner,
                block.size * inner, result.begin() + o * block.size * inner);
  return result;
}

static Bytes numbered(int64_t bytes, int seed) {
  Bytes data(bytes);
  std::mt19937 generator(seed);
  for (char &byte : data)
    byte = static_cast<char>(generator());
  return data;
}

/// The block that leaves every member something and the last one less, if any.
static int64_t unevenBlock(int64_t extent, int devices) {
  return (extent + devices - 1) / devices;
}

TEST_P(CommunicatorConformance, allGatherPutsUnevenBlocksTogether) {
  Machine world(GetParam().backend, devices());
  for (std::vector<int64_t> shape :
       {std::vector<int64_t>{15, 2, 3}, {2, 15, 3}, {2, 3, 15}, {15}})
    for (int32_t dtype : {MPCRT_I1, MPCRT_BF16, MPCRT_F32, MPCRT_F64}) {
      int32_t dim = std::find(shape.begin(), shape.end(), 15) - shape.begin();
      CollectiveLaunch launch;
      launch.kind = MPCRT_ALL_GATHER;
      launch.dtype = dtype;
      launch.shape = shape;
      launch.srcDim = dim;
      launch.srcBlock = unevenBlock(15, devices());
      Bytes full = numbered(fullBytes(launch), dtype);
      std::vector<Bytes> sources;
      for (int p = 0; p < devices(); ++p)
        sources.push_back(blockBytes(full, shape, dim,
                                     blockOf(15, launch.srcBlock, p),
                                     dtypeBytes(dtype)));
      for (bool inPlace : {false, true})
        if (!inPlace || dim == 0)
          expectResults(collective(world, launch, sources, inPlace),
                        forAll(full));
    }
}

TEST_P(CommunicatorConformance, allToAllMovesTheSplit) {
  Machine world(GetParam().backend, devices());
  std::vector<int64_t> shape = {15, 3, 22};
  for (auto [from, to] : {std::pair(0, 2), std::pair(2, 0)}) {
    CollectiveLaunch launch;
    launch.kind = MPCRT_ALL_TO_ALL;
    launch.dtype = MPCRT_I32;
    launch.shape = shape;
    launch.srcDim = from;
    launch.dstDim = to;
    launch.srcBlock = unevenBlock(shape[from], devices());
    launch.dstBlock = unevenBlock(shape[to], devices());
    Bytes full = numbered(fullBytes(launch), from);
    std::vector<Bytes> sources, expected;
    for (int p = 0; p < devices(); ++p) {
      sources.push_back(blockBytes(
          full, shape, from, blockOf(shape[from], launch.srcBlock, p), 4));
      expected.push_back(blockBytes(full, shape, to,
                                    blockOf(shape[to], launch.dstBlock, p), 4));
    }
    expectResults(collective(world, launch, sources), expected);
  }
}

namespace {
/// Sources of one dtype whose sums are exact, and the reduced values.
template <typename T> struct Reduced {
  std::vector<Bytes> sources;
  Bytes result;
};
} // namespace

template <typename T>
static Reduced<T> makeReduced(int members, int64_t count, Reduce reduce,
                              auto encode) {
  Reduced<T> data;
  std::vector<double> total(count);
  std::mt19937 generator(count);
  std::uniform_int_distribution<int> values(-8, 8);
  for (int p = 0; p < members; ++p) {
    Bytes bytes(count * sizeof(T));
    for (int64_t i = 0; i < count; ++i) {
      double value = values(generator);
      T stored = encode(value);
      std::memcpy(bytes.data() + i * sizeof(T), &stored, sizeof(T));
      if (p == 0)
        total[i] = value;
      else if (reduce == Reduce::Sum)
        total[i] += value;
      else
        total[i] = reduce == Reduce::Max ? std::max(total[i], value)
                                         : std::min(total[i], value);
    }
    data.sources.push_back(bytes);
  }
  data.result.resize(count * sizeof(T));
  for (int64_t i = 0; i < count; ++i) {
    T stored = encode(total[i]);
    std::memcpy(data.result.data() + i * sizeof(T), &stored, sizeof(T));
  }
  return data;
}

namespace {
class Reductions : public CommunicatorConformance {
protected:
  template <typename T>
  void check(Machine &world, int32_t dtype, Reduce reduce, int64_t count,
             auto encode) {
    Reduced<T> data = makeReduced<T>(devices(), count, reduce, encode);
    CollectiveLaunch launch;
    launch.dtype = dtype;
    launch.reduce = reduce;
    launch.shape = {count};
    SCOPED_TRACE(std::string(dtypeName(dtype)) + " " + std::to_string(count));
    for (bool inPlace : {false, true})
      expectResults(collective(world, launch, data.sources, inPlace),
                    forAll(data.result));

    launch.kind = MPCRT_REDUCE_SCATTER;
    launch.shape = {3, count / 3, 1};
    launch.dstDim = 1;
    launch.dstBlock = unevenBlock(count / 3, devices());
    std::vector<Bytes> blocks;
    for (int p = 0; p < devices(); ++p)
      blocks.push_back(blockBytes(data.result, launch.shape, 1,
                                  blockOf(count / 3, launch.dstBlock, p),
                                  sizeof(T)));
    expectResults(collective(world, launch, data.sources), blocks);
  }
};
} // namespace

TEST_P(Reductions, coverEveryTypeSizeAndKind) {
  Machine world(GetParam().backend, devices());
  auto as = [](auto zero) {
    return [](double v) { return static_cast<decltype(zero)>(v); };
  };
  for (Reduce reduce : {Reduce::Sum, Reduce::Max, Reduce::Min})
    for (int64_t count : {45, 30003}) {
      check<float>(world, MPCRT_F32, reduce, count, as(0.0f));
      check<double>(world, MPCRT_F64, reduce, count, as(0.0));
      check<int64_t>(world, MPCRT_I64, reduce, count, as(int64_t(0)));
      check<int32_t>(world, MPCRT_I32, reduce, count, as(int32_t(0)));
      check<BF16>(world, MPCRT_BF16, reduce, count, [](double v) {
        return BF16::fromFloat(static_cast<float>(v));
      });
      check<F16>(world, MPCRT_F16, reduce, count, [](double v) {
        return F16::fromFloat(static_cast<float>(v));
      });
    }
}

TEST_P(Reductions, areBitwiseTheSameForAllMembersEveryTime) {
  Machine world(GetParam().backend, devices());
  for (int64_t count : {int64_t{100}, int64_t{50000}}) {
    CollectiveLaunch launch;
    launch.dtype = MPCRT_F32;
    launch.shape = {count};
    std::vector<Bytes> sources;
    std::vector<float> expected;
    for (int p = 0; p < devices(); ++p) {
      std::vector<float> values(count);
      std::mt19937 generator(p);
      std::normal_distribution<float> normal;
      for (float &value : values)
        value = normal(generator) * std::pow(10.0f, float(generator() % 8));
      for (int64_t i = 0; i < count; ++i)
        p ? void(expected[i] += values[i]) : expected.push_back(values[i]);
      auto *bytes = reinterpret_cast<const char *>(values.data());
      sources.emplace_back(bytes, bytes + count * 4);
    }
    auto *bytes = reinterpret_cast<const char *>(expected.data());
    for (int repeat = 0; repeat < 5; ++repeat)
      expectResults(collective(world, launch, sources, repeat % 2),
                    forAll(Bytes(bytes, bytes + count * 4)));
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Reductions, testing::ValuesIn(params()),
                         nameOf);
