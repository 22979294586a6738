//===- NcclRules.h - What the stand-in's NCCL records -----------*- C++ -*-===//
#ifndef MPCRT_TEST_STANDIN_NCCLRULES_H
#define MPCRT_TEST_STANDIN_NCCLRULES_H

#include <string>

namespace mpcrt::standin {

void resetNccl();
void recordLaunch(int rank, const std::string &text);
void recordProblem(const std::string &text);
/// The status that the rank's next kernel is to report, once; else 0.
int takeFailure(int rank);

} // namespace mpcrt::standin

#endif // MPCRT_TEST_STANDIN_NCCLRULES_H
