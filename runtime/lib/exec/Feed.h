//===- Feed.h - Data for a program's inputs ---------------------*- C++ -*-===//
#ifndef MPCRT_EXEC_FEED_H
#define MPCRT_EXEC_FEED_H

#include "package/ProgramRun.h"

namespace mpcrt {

/// One array for each of `inputs`, by name, or by position where no name
/// matches ("label" only by name), converted to the input's type and checked
/// against its limits. `file` names the data in errors.
std::vector<Array> matchArrays(const std::vector<Array *> &inputs,
                               const std::vector<Array> &arrays,
                               const std::vector<PackagedInput> &limits,
                               const std::string &file);

/// Samples in memory: the first extent of every array counts them.
class SampleFeed {
public:
  /// `program` is the training step; throws FileError where data and inputs do
  /// not fit.
  SampleFeed(ProgramRun &program, const std::string &path,
             const std::vector<PackagedInput> &limits);

  int64_t getSamples() const { return samples; }
  int64_t getBatch() const { return batch; }
  /// Copies samples to the inputs of a program that takes so many.
  void fetch(std::span<const int64_t> indices, ProgramRun &program) const;

private:
  std::vector<Array> arrays; // in the order of the inputs
  int64_t samples = 0, batch = 0;
};

} // namespace mpcrt

#endif // MPCRT_EXEC_FEED_H
