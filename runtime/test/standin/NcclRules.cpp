//===- NcclRules.cpp - What the stand-in's NCCL records -------------------===//
#include "NcclRules.h"
#include "Standin.h"
#include <map>
#include <mutex>

namespace mpcrt::standin {

namespace {
struct Rules {
  std::mutex mutex;
  std::map<int, std::vector<std::string>> launches;
  std::vector<std::string> problems;
  std::map<int, int> failures;
};
Rules &rules() {
  static Rules all;
  return all;
}
} // namespace

void resetNccl() {
  std::lock_guard lock(rules().mutex);
  rules().launches.clear();
  rules().problems.clear();
  rules().failures.clear();
}

void recordLaunch(int rank, const std::string &text) {
  std::lock_guard lock(rules().mutex);
  rules().launches[rank].push_back(text);
}

void recordProblem(const std::string &text) {
  std::lock_guard lock(rules().mutex);
  rules().problems.push_back(text);
}

int takeFailure(int rank) {
  std::lock_guard lock(rules().mutex);
  int status = rules().failures[rank];
  rules().failures.erase(rank);
  return status;
}

std::vector<std::string> ncclLaunches(int rank) {
  std::lock_guard lock(rules().mutex);
  return rules().launches[rank];
}

std::vector<std::string> problems() {
  std::lock_guard lock(rules().mutex);
  return rules().problems;
}

void failInNccl(int rank, int status) {
  std::lock_guard lock(rules().mutex);
  rules().failures[rank] = status;
}

} // namespace mpcrt::standin
