//===- Registry.cpp - The kinds of devices and communicators --------------===//
#include "Registry.h"
#include "../comm/InProcess.h"
#include "../comm/Processes.h"
#include "../cpu/CPUDevice.h"
#include "Error.h"

namespace mpcrt {

Registry::Registry()
    : devices({&cpuDriver()}),
      communicators({&inProcessDriver(), &processesDriver()}) {}

const Registry &Registry::get() {
  static const Registry registry;
  return registry;
}

template <typename Driver>
static const Driver &find(const std::vector<const Driver *> &drivers,
                          std::string_view name, const char *kind) {
  std::string choices;
  for (const Driver *driver : drivers) {
    if (name == driver->name)
      return *driver;
    choices += text(choices.empty() ? "" : ", ", "'", driver->name, "'");
  }
  fail(MPCRT_UNSUPPORTED,
       text("this build has no ", kind, " '", name, "'; it has ", choices));
}

const DeviceDriver &Registry::device(std::string_view name) const {
  return find(devices, name, "target");
}

const CommunicatorDriver &Registry::communicator(std::string_view name) const {
  return find(communicators, name, "communicator");
}

} // namespace mpcrt
