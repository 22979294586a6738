//===- Communicator.h - What a communicator must be able to do --*- C++ -*-===//
#ifndef MPCRT_CORE_COMMUNICATOR_H
#define MPCRT_CORE_COMMUNICATOR_H

#include "Device.h"
#include "Event.h"
#include "Placement.h"
#include <algorithm>
#include <exception>
#include <functional>
#include <optional>

namespace mpcrt {

struct CommunicatorConfig {
  /// The programs that will be run, as far as they are known.
  const std::vector<Program> *programs = nullptr;
  const std::vector<std::vector<Index>> *groups = nullptr;
  const std::vector<Channel> *channels = nullptr;
  std::chrono::milliseconds timeout{30000};
  SpinPolicy spin;
  MemoryGate *gate = nullptr;
  Placement placement;
  /// By number; null: another process's.
  std::vector<Device *> devices;
  /// Gets an error that is found while nobody waits for it here, on a thread of
  /// the communicator.
  std::function<void(std::exception_ptr)> failed;
};

/// Since when a device stands still for what runs beside its compute.
class Need {
public:
  void begin() { since.store(Clock::now().time_since_epoch().count()); }
  void end() { since.store(0); }
  /// The end of the patience with a wait that began at `start`; none while the
  /// device computes.
  std::optional<Clock::time_point>
  deadline(Clock::time_point start, std::chrono::milliseconds timeout) const {
    Clock::rep ticks = since.load();
    if (!ticks)
      return std::nullopt;
    return std::max(start, Clock::time_point(Clock::duration(ticks))) + timeout;
  }

private:
  std::atomic<Clock::rep> since{0};
};

/// Who calls, for errors such as "device 1 waited 30000 ms in all_reduce of
/// group 0 (action 17 'backward', stage 1, micro-batch 3); missing: device 0".
struct Caller {
  Index index = 0;
  Device *device = nullptr;
  const Action *action = nullptr;
  /// While the device computes, nobody is late for what runs beside.
  const Need *need = nullptr;
};

/// Collectives and messages between the devices of one session. Every call
/// comes from the worker of the calling device or one of its communication
/// threads, and returns when that thread may go on. A device's collectives come
/// one at a time, in the order of its list, and so do its receives;
/// collectives, receives and sends may come beside each other. On devices that
/// are asked for things ahead of time the bytes come and go in the order of the
/// calling thread. Calls fail with
/// MPCRT_TIMEOUT, MPCRT_MISMATCH, or Cancelled after abort().
class Communicator {
public:
  virtual ~Communicator() = default;

  /// Whether all that moves bytes here is asked of the devices, so that a
  /// Repeater sees it.
  virtual bool asksDevicesOnly() const { return false; }

  /// Forgets the messages of the run before. No device is inside. `program`
  /// lives as long as the communicator.
  virtual void beginRun(const Program &program) = 0;

  virtual void collective(const Caller &caller, const CollectiveLaunch &launch,
                          Index group, const char *src, char *dst) = 0;

  /// Posts `caller.action`'s message; `data` stays untouched until waitSend.
  virtual void send(const Caller &caller, const char *data) = 0;
  virtual void receive(const Caller &caller, char *data) = 0;
  virtual void waitSend(const Caller &caller) = 0;
  /// Called after the device's last action, which `caller` names: what it has
  /// sent may be overwritten afterwards.
  virtual void finish(const Caller &) {}

  /// Wakes everyone who waits; they and all later callers fail with Cancelled.
  virtual void abort() = 0;
};

/// Thrown where a device gives up because another one has failed.
struct Cancelled {};

/// The table a communicator kind enters into the registry.
struct CommunicatorDriver {
  const char *name;
  std::unique_ptr<Communicator> (*create)(const CommunicatorConfig &config);
};

} // namespace mpcrt

#endif // MPCRT_CORE_COMMUNICATOR_H
