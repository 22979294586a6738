//===- RandomLists.h - Random programs of several devices -------*- C++ -*-===//
#ifndef MPCRT_TEST_RANDOMLISTS_H
#define MPCRT_TEST_RANDOMLISTS_H

#include "TestSession.h"

namespace mpcrt::test {

/// Devices that compute, reduce in random groups, at once or beside compute,
/// and send each other messages, some of which are received early. Most have no
/// deadlock. They take ringKernels and fetch one output.
json randomManifest(uint64_t seed, int devices);

struct RandomResults {
  std::vector<float> y;
  std::string error;
  bool operator==(const RandomResults &) const = default;
};
RandomResults runRandom(const json &manifest, int devices,
                        mpcrt_options options = {});

} // namespace mpcrt::test

#endif // MPCRT_TEST_RANDOMLISTS_H
