//===- Machine.cpp - What this processor can do ---------------------------===//
#include "mpcrt/package/Machine.h"
#include <string_view>
#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace mpcrt {

namespace {
struct Feature {
  std::string_view name;
  bool isHere;
};
} // namespace

#if defined(__x86_64__)
// The builtin takes literals only.
#define HAS(name) {name, __builtin_cpu_supports(name) != 0}

std::string getArchitecture() { return "x86_64"; }

static std::vector<Feature> listFeatures() {
  __builtin_cpu_init();
  return {HAS("sse3"),
          HAS("ssse3"),
          HAS("sse4.1"),
          HAS("sse4.2"),
          HAS("sse4a"),
          HAS("popcnt"),
          HAS("avx"),
          HAS("avx2"),
          HAS("fma"),
          HAS("fma4"),
          HAS("xop"),
          HAS("bmi"),
          HAS("bmi2"),
          {"f16c", __builtin_cpu_supports("avx2") != 0},
          {"lzcnt", __builtin_cpu_supports("bmi2") != 0},
          HAS("gfni"),
          HAS("vpclmulqdq"),
          HAS("avx512f"),
          HAS("avx512vl"),
          HAS("avx512bw"),
          HAS("avx512dq"),
          HAS("avx512cd"),
          HAS("avx512ifma"),
          HAS("avx512vbmi"),
          HAS("avx512vbmi2"),
          HAS("avx512vnni"),
          HAS("avx512bitalg"),
          HAS("avx512vpopcntdq"),
          HAS("avx512bf16"),
          HAS("avx512vp2intersect")};
}
#undef HAS
#elif defined(__aarch64__) && defined(__linux__)
std::string getArchitecture() { return "aarch64"; }

static std::vector<Feature> listFeatures() {
  // Bits of the kernel's arch/arm64/include/uapi/asm/hwcap.h.
  unsigned long caps = getauxval(AT_HWCAP), caps2 = getauxval(AT_HWCAP2);
  auto has = [](unsigned long word, int bit) { return (word >> bit & 1) != 0; };
  return {{"neon", has(caps, 1)},      {"lse", has(caps, 8)},
          {"fullfp16", has(caps, 10)}, {"dotprod", has(caps, 20)},
          {"fp16fml", has(caps, 23)},  {"sve", has(caps, 22)},
          {"sve2", has(caps2, 1)},     {"i8mm", has(caps2, 13)},
          {"bf16", has(caps2, 14)}};
}
#else
std::string getArchitecture() { return "unknown"; }
static std::vector<Feature> listFeatures() { return {}; }
#endif

static const std::vector<Feature> &getFeatures() {
  static const std::vector<Feature> features = listFeatures();
  return features;
}

bool isKnownFeature(std::string_view name) {
  for (const Feature &feature : getFeatures())
    if (feature.name == name)
      return true;
  return false;
}

std::vector<std::string>
findMissingFeatures(const std::vector<std::string> &features) {
  std::vector<std::string> missing;
  for (const std::string &wanted : features)
    for (const Feature &feature : getFeatures())
      if (feature.name == wanted && !feature.isHere)
        missing.push_back(wanted);
  return missing;
}

} // namespace mpcrt
