//===- Backends.h - What the conformance tests run on -----------*- C++ -*-===//
#ifndef MPCRT_TEST_BACKENDS_H
#define MPCRT_TEST_BACKENDS_H

#include <cstdint>
#include <string>
#include <vector>

namespace mpcrt::test {

/// Devices that keep the contract of core/Device.h. A back end that joins the
/// registry is listed here, and is tested like all others.
struct DeviceBackend {
  std::string device;
  /// Decides the order of work that is done late.
  uint64_t seed = 0;
};

inline std::vector<DeviceBackend> deviceBackends() {
  std::vector<DeviceBackend> backends = {{"cpu"}};
  for (uint64_t seed = 0; seed < 20; ++seed)
    backends.push_back({"cuda", seed});
  return backends;
}

/// Before the devices are created.
void prepareBackend(const DeviceBackend &backend);

/// Communicators with the device kind they serve, and the number of processes
/// (threads that play processes) that share the devices.
struct CommunicatorBackend {
  std::string communicator;
  DeviceBackend device;
  int processes = 1;

  bool takes(int devices) const {
    return communicator == "nccl" ? devices == processes
                                  : devices % processes == 0;
  }
};

inline std::vector<CommunicatorBackend> communicatorBackends() {
  std::vector<CommunicatorBackend> backends = {{"in-process", {"cpu"}, 1},
                                               {"processes", {"cpu"}, 2},
                                               {"processes", {"cpu"}, 4}};
  for (uint64_t seed = 0; seed < 20; ++seed) {
    backends.push_back({"in-process", {"cuda", seed}, 1});
    for (int processes : {2, 3, 4})
      if (seed < 6)
        backends.push_back({"nccl", {"cuda", seed}, processes});
  }
  return backends;
}

} // namespace mpcrt::test

#endif // MPCRT_TEST_BACKENDS_H
