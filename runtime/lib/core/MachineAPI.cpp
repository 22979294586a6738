//===- MachineAPI.cpp - The public calls about this machine ---------------===//
#include "Error.h"
#include "Registry.h"
#include "Status.h"
#include <algorithm>

using namespace mpcrt;

static const DeviceDriver &driverThatLists(const char *target) {
  requireArgument(target, "target");
  const DeviceDriver &driver = Registry::get().device(target);
  if (!driver.listDevices || !driver.linkBetween)
    fail(MPCRT_UNSUPPORTED,
         text("target '", target, "' has no driver to ask for its devices"));
  return driver;
}

mpcrt_status *mpcrt_machine_devices(const char *target,
                                    mpcrt_device_info *devices, size_t capacity,
                                    size_t *count) {
  return guard([&] {
    requireArgument(count, "count");
    requireArgument(devices || !capacity, "devices");
    std::vector<mpcrt_device_info> found =
        driverThatLists(target).listDevices();
    std::copy_n(found.begin(), std::min(capacity, found.size()), devices);
    *count = found.size();
  });
}

mpcrt_status *mpcrt_machine_link(const char *target, int32_t from, int32_t to,
                                 int32_t *link) {
  return guard([&] {
    requireArgument(link, "link");
    const DeviceDriver &driver = driverThatLists(target);
    if (from == to)
      fail(MPCRT_INVALID_ARGUMENT, "a link is between two devices");
    *link = driver.linkBetween(from, to);
  });
}
