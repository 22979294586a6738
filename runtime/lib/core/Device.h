//===- Device.h - What a kind of device must be able to do ------*- C++ -*-===//
#ifndef MPCRT_CORE_DEVICE_H
#define MPCRT_CORE_DEVICE_H

#include "Collective.h"
#include "Error.h"
#include "Executable.h"
#include "MemoryGate.h"
#include "Reduction.h"
#include "Repeater.h"
#include "Stamps.h"
#include <memory>
#include <vector>

namespace mpcrt {

struct DeviceConfig {
  Index device = 0;
  Arena arena;
  int threads = 1;
  /// What the device's launches refer to; null where it gets none that name
  /// kernels.
  const Executable *executable = nullptr;
  /// This process among those of its machine.
  Index processHere = 0;
};

/// An attention and the places of its body's buffers in the arena, in one of
/// the actions that perform it.
struct PreparedAttention {
  const AttentionLaunch *launch;
  const std::vector<int64_t> *offsets;
};

/// What a device performs that has to be made ready.
struct PreparedLaunches {
  std::vector<const MatmulLaunch *> matmuls;
  std::vector<PreparedAttention> attentions;
};

/// A place in the order of what a device does, for devices that do things later
/// than they are asked for. Each device makes and understands its own kind.
class Mark {
public:
  virtual ~Mark() = default;
};

/// What is asked for in order: by the worker, by the thread of collectives
/// beside it, by that of receives.
enum class Lane : uint8_t { Compute, Collectives, Messages };

/// What a device does for an action.
enum class Work : uint8_t { Compute, Collective, Message };

/// Where a matmul's operands begin; null what it does not have. `bias` is the
/// bias, or what its gradient is written to.
struct MatmulAddresses {
  char *a, *b, *c, *bias, *aux;
};

/// One device with one arena. Addresses are what address() returns; only the
/// device itself and its communicator look behind them. Apart from the
/// constructor, upload(), download() and synchronize(), all calls come from the
/// device's worker thread, and address(), copy(), reduce(), parallelFor(),
/// set() and follow() from its communication threads too.
///
/// A call returns when the device has done it or, on a device that has an order
/// of its own (a stream) for each of these threads, when it is queued there.
/// Then marks order what the threads and other devices ask for.
class Device {
public:
  virtual ~Device() = default;

  /// Called once on the worker before anything else.
  virtual void bindThread() {}
  /// Called once on a thread that communicates beside the worker; parallelFor
  /// may be called there too, and then runs there alone.
  virtual void bindCommunicationThread(Lane) {}
  /// Makes ready every launch that `launches` lists, so that steps allocate and
  /// compile nothing.
  virtual void prepare(const PreparedLaunches &launches) = 0;

  virtual char *address(int64_t offset) = 0;
  virtual int64_t allocatedBytes() const = 0;

  virtual void kernel(const KernelLaunch &launch, char *const *buffers,
                      const int64_t *scalars) = 0;
  virtual void matmul(const MatmulLaunch &launch,
                      const MatmulAddresses &at) = 0;
  /// Operands by AttentionRole, null where there is none. Only devices whose
  /// driver has attention are asked.
  virtual void attention(const AttentionLaunch &, char *const * /*operands*/) {
    fail(MPCRT_UNSUPPORTED, "this kind of device has no attention");
  }
  virtual void copy(const StridedCopy &copy, const char *src, char *dst) = 0;
  virtual void fill(char *dst, uint8_t value, int64_t bytes) = 0;
  /// reduceElements over sources and results on devices that this one reaches.
  virtual void reduce(const CollectiveLaunch &launch,
                      std::span<const char *const> sources, int64_t offset,
                      const Destinations &results, int64_t count) = 0;
  /// Bytes up to which the members of a group rather reduce everything each
  /// for itself, into memory of the host, than a part for all.
  virtual int64_t smallReductionBytes() const { return 0; }

  /// Between the host's memory and this device's. The host's bytes are read
  /// before upload returns, and written before synchronize returns.
  virtual void upload(const StridedCopy &copy, const char *host, char *dst) = 0;
  virtual void download(const StridedCopy &copy, const char *src,
                        char *host) = 0;

  /// Null where a call returns when all is done.
  virtual std::unique_ptr<Mark> createMark() { return nullptr; }
  /// Moves a mark of this device behind all that the calling thread has asked
  /// for.
  virtual void set(Mark *) {}
  /// What the calling thread asks for from now on is done after what stood
  /// before the mark, which may be another device's of this kind.
  virtual void follow(const Mark *) {}
  /// The calling thread asks for work of an action between these two, for tools
  /// that watch. They nest.
  virtual void beginWork(const Action &, Work) {}
  virtual void endWork() {}
  /// For traces of up to `count` moments.
  virtual std::unique_ptr<Stamps> createStamps(size_t count);
  /// The worker has asked for all of its action number `position`.
  virtual void endAction(size_t) {}
  /// How many actions of a list of `count` the device has done.
  virtual size_t endedActions(size_t count) const { return count; }
  /// Waits until all is done. A device fails here for what it was asked for
  /// earlier.
  virtual void synchronize() {}

  /// Runs function(context, begin, end) over fixed slices of [0, extent) on the
  /// device's threads; communicators use it for their own loops.
  using RangeFunction = void (*)(void *context, int64_t begin, int64_t end);
  virtual void parallelFor(int64_t extent, int64_t grain,
                           RangeFunction function, void *context) = 0;
};

/// Work of an action that the calling thread asks for in a scope.
class WorkScope {
public:
  WorkScope(Device &device, const Action &action, Work work) : device(device) {
    device.beginWork(action, work);
  }
  ~WorkScope() { device.endWork(); }
  WorkScope(const WorkScope &) = delete;
  WorkScope &operator=(const WorkScope &) = delete;

private:
  Device &device;
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
  const char *name; ///< the manifest's "target"
  /// Those that serve it: in one process; in several, or null.
  const char *communicator, *distributedCommunicator;
  /// Its kernels are functions of the host; else modules of the manifest.
  bool hasHostKernels;
  /// Executables with attention run on it.
  bool hasAttention;
  /// Threads a device gets when the options say 0.
  int (*defaultThreads)(Index devices);
  std::unique_ptr<Device> (*create)(const DeviceConfig &config);
  /// Fails with what this machine lacks to run anything; null when nothing can
  /// be missing.
  void (*check)();
  /// For the isolation mode; null when the kind has none.
  std::unique_ptr<MemoryGate> (*createGate)(
      const std::vector<Device *> &devices);
  /// What the machine has of this kind, and an MPCRT_LINK_* for two of them;
  /// null where nobody can be asked.
  std::vector<mpcrt_device_info> (*listDevices)() = nullptr;
  int32_t (*linkBetween)(Index from, Index to) = nullptr;
  /// For all devices of a session, which are of this kind; null, and what it
  /// returns may be null, where they are asked for everything in every run.
  std::unique_ptr<Repeater> (*createRepeater)(
      const Manifest &manifest, const std::vector<Device *> &devices) = nullptr;
};

} // namespace mpcrt

#endif // MPCRT_CORE_DEVICE_H
