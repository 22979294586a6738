//===- ChromeTrace.h - Actions in Chrome's trace event format ---*- C++ -*-===//
//
// What Perfetto and chrome://tracing read, for predicted and measured runs
// alike. A device has two tracks of its number, since a track cannot show what
// overlaps: one for its list and one for the receives that run beside it.
//
//===----------------------------------------------------------------------===//
#ifndef MPC_SCHEDULE_CHROMETRACE_H
#define MPC_SCHEDULE_CHROMETRACE_H

#include "mpc/Schedule/Actions.h"
#include <nlohmann/json_fwd.hpp>

namespace mpc::schedule {

/// Appends the names of the tracks of devices 0 to `devices` - 1.
void appendTracks(nlohmann::json &events, int64_t devices);

/// One slice: the action with its text as name and its kind as category. Times
/// are microseconds; `args` has at least its id.
nlohmann::json makeSlice(const Action &action, int64_t device, double start,
                         double duration, nlohmann::json args);

} // namespace mpc::schedule

#endif // MPC_SCHEDULE_CHROMETRACE_H
