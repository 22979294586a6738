//===- Parsing.h - The parts of the manifest's parser -----------*- C++ -*-===//
#ifndef MPCRT_CORE_PARSING_H
#define MPCRT_CORE_PARSING_H

#include "DType.h"
#include "JsonNode.h"
#include "Manifest.h"

namespace mpcrt {

/// What a launch may refer to.
struct BodyScope {
  Manifest &manifest;
  const Program &program;
  Body &body;

  /// The buffer that `node` names.
  Index buffer(const JsonNode &node) const;
  /// The scalar that `node` names; the body then needs at least that many.
  Index scalar(const JsonNode &node) const;
  std::vector<Index> scalars(const JsonNode &node) const;
  /// `node` reaches up to `bytes` of the buffer.
  void checkReach(const JsonNode &node, Index buffer, int64_t bytes) const;
};

/// Calls `parse`; sizes that overflow in it are errors of `node`.
template <typename Parse>
auto located(const JsonNode &node, const Parse &parse) {
  try {
    return parse();
  } catch (const SizeOverflow &e) {
    node.error(e.message, e.where);
  }
}

int32_t parseDTypeField(const JsonNode &node);
/// Tensor sizes are at least 1: nothing empty is ever passed around.
std::vector<int64_t> parseShape(const JsonNode &node);

/// [offset, offset + bytes) is aligned, inside the arena, and does not touch
/// its workspace.
void checkRange(const JsonNode &node, const Arena &arena, int64_t offset,
                int64_t bytes);

/// Modules and kernels; a kernel's module has been parsed before.
Module parseModule(const JsonNode &node);
Kernel parseKernel(const JsonNode &node, const Manifest &manifest);

Launch parseLaunch(const JsonNode &node, const BodyScope &scope);
MatmulLaunch parseMatmul(const JsonNode &node, const BodyScope &scope);
AttentionLaunch parseAttention(const JsonNode &node, const BodyScope &scope);
CollectiveLaunch parseCollective(const JsonNode &node, const BodyScope &scope,
                                 int32_t kind);

/// One action of `device`, checked against its body and arena.
Action parseAction(const JsonNode &node, const Manifest &manifest,
                   Program &program, Index device);

/// Pairs the i-th send of each channel with its i-th recv and wait_send, and
/// raises the channels' capacities.
void matchMessages(const JsonNode &node, Manifest &manifest, Program &program);

/// Decides for a device's list which receives run beside compute, and what
/// waits for them: the first action that touches what they fill.
void planReceives(Program &program, std::vector<Action> &list);

/// Fetches of an output all overwrite or all accumulate; devices never
/// overwrite the same elements, as the result would depend on timing.
void checkFetches(const JsonNode &node, const Program &program);

} // namespace mpcrt

#endif // MPCRT_CORE_PARSING_H
