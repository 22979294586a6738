//===- AttentionRunner.h - Executables of attentions ------------*- C++ -*-===//
#ifndef MPCRT_TEST_ATTENTIONRUNNER_H
#define MPCRT_TEST_ATTENTIONRUNNER_H

#include "AttentionProblem.h"

namespace mpcrt::test {

/// The runtime's estimate.
int64_t attentionWorkspace(const AttentionProblem &problem);

/// An executable that feeds all buffers of a problem, performs launches, and
/// fetches all buffers. Its workspace is the estimate.
class AttentionRunner {
public:
  AttentionRunner(const AttentionProblem &problem,
                  const std::vector<json> &launches);

  AttentionValues run(TestSession &session, const AttentionValues &values);

  json manifest; // for the target "cpu"

private:
  std::vector<int32_t> types;
};

} // namespace mpcrt::test

#endif // MPCRT_TEST_ATTENTIONRUNNER_H
