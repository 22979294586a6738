//===- Manifest.h - What a package says of itself ---------------*- C++ -*-===//
//
// package.json of a package (docs/packages.md), written by the compiler and
// read by the runner: the spelling of every field stands in one source file.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_PACKAGE_MANIFEST_H
#define MPCRT_PACKAGE_MANIFEST_H

#include "mpcrt/package/InitialValues.h"
#include <map>
#include <vector>

namespace mpcrt {

/// Raised whenever older runners would misread a package.
inline constexpr int packageVersion = 1;
inline constexpr const char *packageManifestName = "package.json";

/// Where a variable's first values come from.
struct InitialValue {
  enum class Source { Drawn, Stored, Given };
  Source source = Source::Drawn;
  Distribution distribution; ///< of drawn values
  /// Drawn: the name that numbers depend on. Stored: the member that holds the
  /// bytes. Given: the name in the weights file that the user gives.
  std::string name;
  ElementType type = ElementType::F32; ///< of stored bytes
};

struct PackagedVariable {
  std::string name;
  InitialValue initial;
};

/// What an input's integers may be, for programs that index with them.
struct PackagedInput {
  std::string name;
  std::optional<int64_t> below;   ///< values are in [0, below), or
  std::optional<int64_t> ignored; ///< this one
};

/// Compiled kernels as one block of bytes that runs wherever it lies.
struct CodeLayout {
  std::map<std::string, uint64_t> kernels; ///< offsets of their first bytes
  /// 8-byte words that get the address of a function of the C library.
  std::vector<std::pair<std::string, uint64_t>> imports;
  /// 8-byte words to which the block's address is added.
  std::vector<uint64_t> relocations;
};

/// All that one kind of device needs.
struct PackagedTarget {
  std::string target;                ///< "cpu", "cuda"
  std::string arch;                  ///< "x86_64", "aarch64"; "sm_80"
  std::vector<std::string> features; ///< of the processor, as LLVM spells them
  int32_t threads = 1;               ///< of a device
  std::string executable;            ///< member: docs/executable-format.md
  /// Member: the block. Empty where the executable has modules instead; then
  /// there are no features and no layout either.
  std::string code;
  CodeLayout layout;
  int64_t modules = 0; ///< of the executable, a kernel each
};

/// How the training step is fed.
struct PackagedTraining {
  std::string loss, optimizer;
  double learningRate = 0.01;
  bool dropsLast = false; ///< smaller batches are left out
};

/// What the compiler's own run of the programs has given, on made-up data:
/// training, the loss of each step; inference, the norm of each output.
struct PackagedCheck {
  int64_t steps = 0;
  std::vector<double> values;
  uint32_t checksum = 0; ///< CRC-32 of all variables, or of all outputs
};

struct PackageManifest {
  std::string tool, model, split, hash;
  uint64_t seed = 0;
  std::vector<PackagedTarget> targets;
  /// Targets of the package that this library does not know.
  std::vector<std::string> otherTargets;
  std::vector<PackagedVariable> variables;
  std::vector<PackagedInput> inputs;
  std::optional<PackagedTraining> training;
  std::optional<PackagedCheck> check;
};

std::string writePackageManifest(const PackageManifest &manifest);
/// Throws std::exception: "variables[3].initial: field 'kind' is missing".
PackageManifest parsePackageManifest(std::string_view text);

} // namespace mpcrt

#endif // MPCRT_PACKAGE_MANIFEST_H
