//===- Device.h - What a kind of device must be able to do ------*- C++ -*-===//
#ifndef MPCRT_CORE_DEVICE_H
#define MPCRT_CORE_DEVICE_H

#include "Manifest.h"
#include "MemoryGate.h"
#include <memory>
#include <vector>

namespace mpcrt {

struct DeviceConfig {
  Index device = 0;
  Arena arena;
  int threads = 1;
};

/// One device with one arena. Addresses are what address() returns; only the
/// device itself and its communicator look behind them. Apart from the
/// constructor and read/write, all calls come from the device's worker thread,
/// and address(), copy() and parallelFor() from its communication thread too.
class Device {
public:
  virtual ~Device() = default;

  /// Called once on the worker before anything else.
  virtual void bindThread() {}
  /// Called once on the thread that communicates beside the worker; parallelFor
  /// may be called there too, and then runs there alone.
  virtual void bindCommunicationThread() {}
  /// Makes ready every launch that `launches` lists, so that steps allocate and
  /// compile nothing.
  virtual void prepare(const std::vector<const MatmulLaunch *> &launches) = 0;

  virtual char *address(int64_t offset) = 0;
  virtual int64_t allocatedBytes() const = 0;

  virtual void kernel(mpcrt_kernel function, char *const *buffers,
                      const int64_t *scalars, int64_t extent,
                      int64_t grain) = 0;
  virtual void matmul(const MatmulLaunch &launch, char *a, char *b, char *c,
                      char *bias) = 0;
  virtual void copy(const StridedCopy &copy, const char *src, char *dst) = 0;
  virtual void fill(char *dst, uint8_t value, int64_t bytes) = 0;
  /// Between the host's memory and this device's.
  virtual void upload(const StridedCopy &copy, const char *host, char *dst) = 0;
  virtual void download(const StridedCopy &copy, const char *src,
                        char *host) = 0;

  /// Runs function(context, begin, end) over fixed slices of [0, extent) on the
  /// device's threads; communicators use it for their own loops.
  using RangeFunction = void (*)(void *context, int64_t begin, int64_t end);
  virtual void parallelFor(int64_t extent, int64_t grain,
                           RangeFunction function, void *context) = 0;
};

/// Calls body(begin, end) on the device's threads.
template <typename Body>
void parallelFor(Device &device, int64_t extent, int64_t grain, Body &&body) {
  device.parallelFor(
      extent, grain,
      [](void *context, int64_t begin, int64_t end) {
        (*static_cast<std::remove_reference_t<Body> *>(context))(begin, end);
      },
      &body);
}

/// The table a device kind enters into the registry.
struct DeviceDriver {
  const char *name;                ///< the manifest's "target"
  const char *defaultCommunicator; ///< used unless the options name one
  /// Threads a device gets when the options say 0.
  int (*defaultThreads)(Index devices);
  std::unique_ptr<Device> (*create)(const DeviceConfig &config);
  /// For the isolation mode; null when the kind has none.
  std::unique_ptr<MemoryGate> (*createGate)(
      const std::vector<Device *> &devices);
};

} // namespace mpcrt

#endif // MPCRT_CORE_DEVICE_H
