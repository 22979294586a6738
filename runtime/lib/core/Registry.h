//===- Registry.h - The kinds of devices and communicators ------*- C++ -*-===//
#ifndef MPCRT_CORE_REGISTRY_H
#define MPCRT_CORE_REGISTRY_H

#include "../comm/World.h"
#include "Communicator.h"

namespace mpcrt {

/// What the plugin of a back end offers. It is built from the same sources as
/// what loads it: `version` and the sizes are compared.
struct BackendPlugin {
  static constexpr int32_t currentVersion = 3;
  int32_t version = currentVersion;
  size_t manifestBytes = sizeof(Manifest),
         configBytes =
             sizeof(DeviceConfig) + sizeof(CommunicatorConfig) + sizeof(World);
  const DeviceDriver *device = nullptr;
  const CommunicatorDriver *communicator = nullptr; ///< null: none of its own
};
#define MPCRT_BACKEND_SYMBOL "mpcrt_backend_plugin"
using BackendPluginOpener = const BackendPlugin *(*)();

/// The back ends of this build. A new one adds a folder, a driver table and a
/// line in Registry.cpp. One in a plugin is loaded when it is asked for.
class Registry {
public:
  static const Registry &get();

  /// Fail with MPCRT_UNSUPPORTED and list the choices, or say why the plugin
  /// does not load.
  const DeviceDriver &device(std::string_view name) const;
  const CommunicatorDriver &communicator(std::string_view name) const;

private:
  Registry();
  std::vector<const DeviceDriver *> devices;
  std::vector<const CommunicatorDriver *> communicators;
};

} // namespace mpcrt

#endif // MPCRT_CORE_REGISTRY_H
