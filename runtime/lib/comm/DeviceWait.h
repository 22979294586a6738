//===- DeviceWait.h - A device waits for other processes --------*- C++ -*-===//
#ifndef MPCRT_COMM_DEVICEWAIT_H
#define MPCRT_COMM_DEVICEWAIT_H

#include "Waiting.h"
#include "World.h"

namespace mpcrt {

/// The wait of one device. `place` gives "recv on channel 0 from device 0 to 1"
/// and is only called when the wait lasts.
template <typename Place> class DeviceWait final : public WaitPlace {
public:
  DeviceWait(const Transfers &transfers, const Caller &caller, Place place)
      : WaitPlace(transfers), caller(caller), place(place) {}

  std::string text(std::chrono::milliseconds waited) const override {
    std::string missing;
    for (const Peer &peer : transfers.missing())
      missing += mpcrt::text(missing.empty() ? "device " : ", ", peer.name,
                             " (rank ", peer.rank, ")");
    return describeWait(waited, caller, place(), "missing: " + missing);
  }

private:
  const Caller &caller;
  Place place;
};

/// Waits for the transfers as long as the context allows.
template <typename Place>
void waitFor(World &world, Transfers &transfers, const WaitContext &context,
             const Caller &caller, Place place) {
  world.wait(
      transfers, DeviceWait<Place>(transfers, caller, place),
      {context.timeout, /*patient=*/false, &context.aborted, caller.need});
}

} // namespace mpcrt

#endif // MPCRT_COMM_DEVICEWAIT_H
