//===- FetchCheck.cpp - Nobody writes what another one writes -------------===//
#include "Parsing.h"
#include <algorithm>

namespace mpcrt {

namespace {
/// An overwriting fetch of one action.
struct Written {
  Index output;
  std::vector<int64_t> begin;
  const std::vector<int64_t> *size;
  Index device;
  int64_t action;
};
} // namespace

static void collect(const Program &program, Index device, const Action &action,
                    std::vector<Written> &list) {
  for (const Launch &launch : program.bodies[action.body].launches) {
    auto *fetch = std::get_if<FetchLaunch>(&launch);
    if (!fetch || fetch->accumulation >= 0 ||
        (fetch->condition >= 0 && action.scalars[fetch->condition] == 0))
      continue;
    Written written{fetch->box.tensor, {}, &fetch->box.size, device, action.id};
    for (Index scalar : fetch->box.begin)
      written.begin.push_back(action.scalars[scalar]);
    list.push_back(std::move(written));
  }
}

static bool overlap(const Written &a, const Written &b) {
  for (size_t i = 0; i < a.begin.size(); ++i)
    if (a.begin[i] + (*a.size)[i] <= b.begin[i] ||
        b.begin[i] + (*b.size)[i] <= a.begin[i])
      return false;
  return true;
}

/// Whether `b`, which begins no earlier in the first dimension, begins after
/// `a`.
static bool behind(const Written &a, const Written &b) {
  return a.output != b.output ||
         (!a.begin.empty() && b.begin[0] >= a.begin[0] + (*a.size)[0]);
}

static void checkDisjoint(const JsonNode &node, const Program &program) {
  std::vector<Written> list;
  for (size_t d = 0; d < program.devices.size(); ++d)
    for (const Action &action : program.devices[d])
      if (action.body >= 0)
        collect(program, static_cast<Index>(d), action, list);
  std::sort(list.begin(), list.end(), [](const Written &a, const Written &b) {
    return std::tie(a.output, a.begin) < std::tie(b.output, b.begin);
  });
  for (size_t i = 0; i < list.size(); ++i)
    for (size_t j = i + 1; j < list.size() && !behind(list[i], list[j]); ++j)
      if (list[i].device != list[j].device && overlap(list[i], list[j]))
        node.error(text("devices ", list[i].device, " (action ", list[i].action,
                        ") and ", list[j].device, " (action ", list[j].action,
                        ") fetch overlapping boxes of output '",
                        program.outputs[list[i].output].name, "'"));
}

/// An output is either overwritten or added to, never both.
static void checkKinds(const JsonNode &node, const Program &program) {
  std::vector<int> uses(program.outputs.size());
  for (const Body &body : program.bodies)
    for (const Launch &launch : body.launches)
      if (auto *fetch = std::get_if<FetchLaunch>(&launch))
        uses[fetch->box.tensor] |= fetch->accumulation >= 0 ? 2 : 1;
  for (size_t i = 0; i < uses.size(); ++i)
    if (uses[i] == 3)
      node.error(text("output '", program.outputs[i].name,
                      "' is both overwritten and accumulated"));
}

void checkFetches(const JsonNode &node, const Program &program) {
  checkKinds(node, program);
  checkDisjoint(node, program);
}

} // namespace mpcrt
