//===- ManifestDamage.cpp - Manifests that are broken on purpose ----------===//
#include "ManifestDamage.h"
#include <gtest/gtest.h>

namespace mpcrt::test {

void expectDamagesNamed(const json &sample, std::span<const Damage> damages) {
  for (const Damage &damage : damages) {
    json manifest = sample;
    manifest[json::json_pointer(damage.path)] = damage.value;
    Outcome outcome = tryLoad(manifest.dump());
    EXPECT_EQ(outcome.code, MPCRT_BAD_MANIFEST) << damage.path;
    EXPECT_EQ(outcome.message, damage.message) << damage.path;
  }
}

void mutate(json &document, std::mt19937 &random) {
  json *node = &document;
  while (node->is_structured() && !node->empty()) {
    auto it = node->begin();
    std::advance(it, random() % node->size());
    if (random() % 60 == 0) {
      node->erase(it);
      return;
    }
    node = &*it;
  }
  static const json values[] = {-1,
                                0,
                                1,
                                2,
                                3,
                                4,
                                5,
                                7,
                                8,
                                16,
                                64,
                                65472,
                                1 << 20,
                                1LL << 40,
                                1.5,
                                true,
                                nullptr,
                                "f32",
                                "",
                                "max",
                                "send",
                                "recv",
                                "f64",
                                "bf16",
                                json::array(),
                                json::object(),
                                INT64_MAX,
                                INT64_MIN,
                                UINT64_MAX};
  *node = values[random() % std::size(values)];
}

} // namespace mpcrt::test
