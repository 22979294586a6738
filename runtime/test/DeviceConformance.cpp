//===- DeviceConformance.cpp - What every device kind must do -------------===//
#include "Backends.h"
#include "core/Error.h"
#include "core/Registry.h"
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <numeric>

using namespace mpcrt;

namespace {

constexpr int64_t arenaBytes = 1 << 20;
constexpr int64_t workspaceBytes = 1 << 18;

class DeviceConformance : public testing::TestWithParam<test::DeviceBackend> {
protected:
  void SetUp() override {
    DeviceConfig config;
    config.device = 3;
    config.arena = {arenaBytes, arenaBytes - workspaceBytes, workspaceBytes};
    config.threads = 2;
    test::prepareBackend(GetParam());
    device = Registry::get().device(GetParam().device).create(config);
    device->bindThread();
  }

  static StridedCopy dense(int64_t bytes) {
    int64_t size[] = {bytes}, unit[] = {1};
    return StridedCopy(1, size, unit, unit);
  }
  template <typename T> void put(int64_t offset, const std::vector<T> &data) {
    device->upload(dense(data.size() * sizeof(T)),
                   reinterpret_cast<const char *>(data.data()),
                   device->address(offset));
  }
  template <typename T> std::vector<T> get(int64_t offset, size_t count) {
    std::vector<T> data(count);
    device->download(dense(count * sizeof(T)), device->address(offset),
                     reinterpret_cast<char *>(data.data()));
    device->synchronize();
    return data;
  }

  std::unique_ptr<Device> device;
};

std::vector<float> iota(size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.0f);
  return values;
}

TEST_P(DeviceConformance, arenaIsZeroedAndAccounted) {
  EXPECT_EQ(device->allocatedBytes(), arenaBytes);
  EXPECT_EQ(get<char>(0, arenaBytes), std::vector<char>(arenaBytes, 0));
}

TEST_P(DeviceConformance, movesDataToAndFro) {
  std::vector<float> data = iota(1000);
  put(4096, data);
  EXPECT_EQ(get<float>(4096, 1000), data);
}

TEST_P(DeviceConformance, copiesStridedBoxes) {
  put(0, iota(24)); // [2, 3, 4]; its transpose is [4, 3, 2]
  int64_t shape[] = {4, 3, 2}, from[] = {1, 4, 12}, to[] = {6, 2, 1};
  device->copy(StridedCopy(4, shape, from, to), device->address(0),
               device->address(1024));
  std::vector<float> result = get<float>(1024, 24);
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 2; ++k)
        EXPECT_EQ(result[i * 6 + j * 2 + k], k * 12 + j * 4 + i);
}

TEST_P(DeviceConformance, copiesLargeBoxesInParallel) {
  std::vector<float> data = iota(100000);
  put(0, data);
  device->copy(dense(400000), device->address(0), device->address(400000));
  EXPECT_EQ(get<float>(400000, 100000), data);
}

TEST_P(DeviceConformance, copiesElementsOfEveryWidth) {
  for (int64_t width : {1, 2, 4, 8, 12, 16}) {
    std::vector<char> data(6 * width);
    std::iota(data.begin(), data.end(), char(1));
    put(0, data);
    int64_t shape[] = {3, 2}, from[] = {1, 3}, to[] = {2, 1};
    device->copy(StridedCopy(width, shape, from, to), device->address(0),
                 device->address(1024));
    std::vector<char> result = get<char>(1024, 6 * width);
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 2; ++j)
        for (int64_t byte = 0; byte < width; ++byte)
          EXPECT_EQ(result[(i * 2 + j) * width + byte],
                    data[(j * 3 + i) * width + byte]);
  }
}

TEST_P(DeviceConformance, fills) {
  put(0, std::vector<char>(300000, 1));
  device->fill(device->address(64), 0xab, 299000);
  std::vector<char> result = get<char>(0, 300000);
  for (int i = 0; i < 300000; ++i)
    ASSERT_EQ(result[i], i >= 64 && i < 299064 ? char(0xab) : 1) << i;
}

TEST_P(DeviceConformance, cutsRangesWithoutGapOrOverlap) {
  for (int64_t extent : {1, 2, 7, 64, 1000})
    for (int64_t grain : {1, 3, 64, 2000}) {
      std::vector<std::atomic<int>> visits(extent);
      parallelFor(*device, extent, grain, [&](int64_t begin, int64_t end) {
        EXPECT_EQ(begin % grain, 0);
        for (int64_t i = begin; i < end; ++i)
          ++visits[i];
      });
      for (auto &count : visits)
        EXPECT_EQ(count.load(), 1);
    }
}

TEST_P(DeviceConformance, multipliesWithSharedPlans) {
  MatmulLaunch first, second;
  first.desc = {};
  first.desc.m = first.desc.n = first.desc.k = 2;
  first.desc.a_m = first.desc.b_k = first.desc.c_m = 2;
  first.desc.a_k = first.desc.b_n = first.desc.c_n = 1;
  second.desc = first.desc;
  second.number = 1;
  device->prepare({{&first, &second}, {}});
  put<float>(0, {1, 2, 3, 4});
  put<float>(64, {5, 6, 7, 8});
  for (const MatmulLaunch *launch : {&first, &second}) {
    device->matmul(*launch, {device->address(0), device->address(64),
                             device->address(128), nullptr, nullptr});
    EXPECT_EQ(get<float>(128, 4), (std::vector<float>{19, 22, 43, 50}));
  }
}

TEST_P(DeviceConformance, refusesMatmulsThatNeedMoreWorkspace) {
  MatmulLaunch launch;
  launch.desc = {};
  launch.desc.m = launch.desc.n = launch.desc.k = 512;
  launch.desc.a_m = 1024, launch.desc.a_k = 2; // must be packed: 1 MiB
  launch.desc.b_k = launch.desc.c_m = 512;
  launch.desc.b_n = launch.desc.c_n = 1;
  try {
    device->prepare({{&launch}, {}});
    FAIL() << "expected an error";
  } catch (const Error &e) {
    EXPECT_EQ(e.code, MPCRT_UNSUPPORTED);
    EXPECT_NE(e.message.find("device 3 has 262144"), std::string::npos)
        << e.message;
  }
}

// Two OpenMP libraries in a process would mean two teams that fight for the
// cores.
TEST(Team, usesTheOpenMPLibraryOfOneDNN) {
  EXPECT_NE(dlsym(RTLD_DEFAULT, "GOMP_parallel"), nullptr);
  EXPECT_EQ(dlsym(RTLD_DEFAULT, "__kmpc_fork_call"), nullptr)
      << "libomp is loaded";
}

std::string nameOf(const testing::TestParamInfo<test::DeviceBackend> &info) {
  return info.param.device + std::to_string(info.param.seed);
}

INSTANTIATE_TEST_SUITE_P(Backends, DeviceConformance,
                         testing::ValuesIn(test::deviceBackends()), nameOf);

} // namespace
