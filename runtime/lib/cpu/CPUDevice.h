//===- CPUDevice.h - A device made of threads -------------------*- C++ -*-===//
#ifndef MPCRT_CPU_CPUDEVICE_H
#define MPCRT_CPU_CPUDEVICE_H

#include "../core/Device.h"

namespace mpcrt {

/// "cpu": every device is a team of threads with an arena of its own, all in
/// this process.
const DeviceDriver &cpuDriver();

} // namespace mpcrt

#endif // MPCRT_CPU_CPUDEVICE_H
