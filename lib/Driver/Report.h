//===- Report.h - results for people and for programs -----------*- C++ -*-===//

#ifndef MPC_LIB_DRIVER_REPORT_H
#define MPC_LIB_DRIVER_REPORT_H

#include "mpc/Driver/Training.h"
#include <nlohmann/json.hpp>

namespace mpc {

/// Prints the object to stdout; an error where that cannot be written.
llvm::Error printJSON(const nlohmann::json &object);
/// The same for people: a key and its value a line; what is null is left out.
llvm::Error printTable(const nlohmann::json &object);
/// Flushes stdout; the same error.
llvm::Error finishReport();

/// Writes a file aside and renames it. A path where nothing can be written is
/// bad input, a full disk a failed run.
llvm::Error writeResult(llvm::StringRef path, llvm::StringRef text);
/// The first of these errors, before work is spent on a result; success for an
/// empty path and where `world` says that another process writes.
llvm::Error checkWritable(llvm::StringRef path, const World *world);

/// Plan and memory, for stderr, by the process that reports.
void showSetup(Setup &setup);

/// `predicted_step_ms` (null when the plan has no prediction),
/// `predicted_peak_bytes` and `allocated_peak_bytes`, one number a device.
void addPrediction(nlohmann::json &object, Setup &setup);

/// Milliseconds of a prediction, or null.
nlohmann::json getPredictedMs(const Plan &plan);

/// The middle one, or the mean of the middle two; 0 of none.
double getMedian(std::vector<double> values);

} // namespace mpc

#endif
