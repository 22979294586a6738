//===- ManifestDamage.h - Manifests that are broken on purpose --*- C++ -*-===//
#ifndef MPCRT_TEST_MANIFESTDAMAGE_H
#define MPCRT_TEST_MANIFESTDAMAGE_H

#include "TestSession.h"
#include <random>
#include <span>

namespace mpcrt::test {

/// A value that does not belong where it is put, and what a load says then.
struct Damage {
  const char *path; // a JSON pointer
  json value;
  const char *message;
};

/// Each of them makes `sample` a bad manifest.
void expectDamagesNamed(const json &sample, std::span<const Damage> damages);

/// Replaces one random leaf, or removes one random value.
void mutate(json &document, std::mt19937 &random);

} // namespace mpcrt::test

#endif // MPCRT_TEST_MANIFESTDAMAGE_H
