//===- Registry.h - The kinds of devices and communicators ------*- C++ -*-===//
#ifndef MPCRT_CORE_REGISTRY_H
#define MPCRT_CORE_REGISTRY_H

#include "Communicator.h"

namespace mpcrt {

/// The back ends of this build. A new one adds a folder, a driver table and a
/// line in Registry.cpp.
class Registry {
public:
  static const Registry &get();

  /// Fail with MPCRT_UNSUPPORTED and list the choices.
  const DeviceDriver &device(std::string_view name) const;
  const CommunicatorDriver &communicator(std::string_view name) const;

private:
  Registry();
  std::vector<const DeviceDriver *> devices;
  std::vector<const CommunicatorDriver *> communicators;
};

} // namespace mpcrt

#endif // MPCRT_CORE_REGISTRY_H
