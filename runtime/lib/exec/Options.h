//===- Options.h - What users of the runner say -----------------*- C++ -*-===//
#ifndef MPCRT_EXEC_OPTIONS_H
#define MPCRT_EXEC_OPTIONS_H

#include "package/Model.h"

namespace mpcrt {

/// Wrong usage; the message says what was expected.
class UsageError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

struct ExecOptions {
  std::string command, package;
  bool json = false;
  ModelOptions model;
  std::string input, output;       // infer
  std::string data, metrics, save; // train
  int64_t steps = 0, epochs = 0;   // 0: not given
  std::optional<double> learningRate;
  int64_t runs = 20;       // bench
  double tolerance = 1e-4; // verify
};

/// Throws UsageError.
ExecOptions parseOptions(int argc, char **argv);
/// The text of --help.
std::string describeUsage(const std::string &tool);

} // namespace mpcrt

#endif // MPCRT_EXEC_OPTIONS_H
