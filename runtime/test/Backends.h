//===- Backends.h - What the conformance tests run on -----------*- C++ -*-===//
#ifndef MPCRT_TEST_BACKENDS_H
#define MPCRT_TEST_BACKENDS_H

#include <string>
#include <vector>

namespace mpcrt::test {

/// Devices that keep the contract of core/Device.h. A back end that joins the
/// registry is listed here, and is tested like all others.
inline const std::vector<std::string> &deviceBackends() {
  static const std::vector<std::string> names = {"cpu"};
  return names;
}

/// Communicators with the device kind they serve, and the number of processes
/// (threads that play processes) that share the devices.
struct CommunicatorBackend {
  std::string communicator, device;
  int processes = 1;
};

inline const std::vector<CommunicatorBackend> &communicatorBackends() {
  static const std::vector<CommunicatorBackend> backends = {
      {"in-process", "cpu", 1},
      {"processes", "cpu", 2},
      {"processes", "cpu", 4}};
  return backends;
}

} // namespace mpcrt::test

#endif // MPCRT_TEST_BACKENDS_H
