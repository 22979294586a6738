//===- Commands.h - The commands of the runner ------------------*- C++ -*-===//
#ifndef MPCRT_EXEC_COMMANDS_H
#define MPCRT_EXEC_COMMANDS_H

#include "Options.h"
#include <chrono>
#include <nlohmann/json.hpp>

namespace mpcrt {

/// Each prints its result to stdout and returns the exit code; errors are
/// exceptions.
int train(const ExecOptions &options);
int infer(const ExecOptions &options);
int bench(const ExecOptions &options);
int verify(const ExecOptions &options);
int info(const ExecOptions &options);

/// One JSON object, or a key and its value a line; what is null is left out
/// there.
void printResult(const nlohmann::json &object, bool asJSON);

/// The middle one, or the mean of the middle two; 0 of none.
double getMedian(std::vector<double> values);

/// Milliseconds since its construction.
class Stopwatch {
public:
  double milliseconds() const {
    return std::chrono::duration<double, std::milli>(
               std::chrono::steady_clock::now() - start)
        .count();
  }

private:
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
};

} // namespace mpcrt

#endif // MPCRT_EXEC_COMMANDS_H
