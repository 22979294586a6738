//===- MeasuredTrace.h - the latest run as a Chrome trace -------*- C++ -*-===//

#ifndef MPC_DRIVER_MEASUREDTRACE_H
#define MPC_DRIVER_MEASUREDTRACE_H

#include "mpc/Driver/Training.h"

namespace mpc {

/// Chrome's trace event format (Schedule/ChromeTrace.h): one slice an action. A
/// slice's name is the action as schedules print it ("0F1"); `args` has its id,
/// the one of the manifest and of predicted traces, and its kind. Needs a
/// session with tracing on.
llvm::Expected<nlohmann::json> getMeasuredTrace(Setup &setup);

} // namespace mpc

#endif
