//===- Plan.h - the decision of how to split a model ------------*- C++ -*-===//
//
// Small, plain data: planners make it, people diff, pin and cache it, the
// transforms apply it. Example, the MLP as two tensor-parallel stages:
//
//   {"version": 1, "partition": "auto", "mesh": [["stage", 2], ["tensor", 2]],
//    "micro_batches": 4, "schedule": "1f1b", "stages": [0, 6],
//    "variables": {"w1": [[], ["tensor"]], "b1": [["tensor"]]}, ...}
//
//===----------------------------------------------------------------------===//

#ifndef MPC_PLANNER_PLAN_H
#define MPC_PLANNER_PLAN_H

#include "llvm/Support/Error.h"
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

namespace mpc {

/// The axes that cut each dimension of a variable, major to minor.
using DimAxes = std::vector<std::vector<std::string>>;

/// A prediction, in named parts that add up to the step time.
struct PlanCost {
  double stepSeconds = 0;
  /// Compute, each collective, transfers, bubble, ...: seconds by name, on the
  /// device that takes longest.
  std::map<std::string, double> parts;
  /// By device.
  std::vector<int64_t> peakBytes;
};

/// Sharing a tensor costs two messages a step instead of one.
inline constexpr int64_t kZeroMinBytes = 64 << 10;
inline constexpr int64_t kMaxZero = 3;

/// What the backward computes again instead of keeping it: nothing; the inside
/// of attention; everything but a few values between layers.
enum class Recompute { None, Selective, Full };
llvm::StringRef getName(Recompute recompute);
std::optional<Recompute> parseRecompute(llvm::StringRef name);

struct Plan {
  /// What was asked for: none, layer, tensor, pipeline, data, auto, mesh.
  std::string partition = "none";
  /// Axes and sizes, outermost first; the product is the number of devices.
  std::vector<std::pair<std::string, int64_t>> mesh;
  int64_t microBatches = 1;
  std::string schedule = "1f1b";
  /// Number of the first forward op of each stage; the first entry is 0. As
  /// many as the mesh has, or as the schedule has chunks.
  std::vector<int64_t> stages = {0};
  /// What axis "data" shares instead of repeating: 1 optimizer state, 2 sums of
  /// gradients as well, 3 parameters as well. 0: nothing.
  int64_t zero = 0;
  /// Smaller parameters, in bytes, stay as they are under `zero`.
  int64_t zeroMinBytes = kZeroMinBytes;
  /// Cut along their tokens, over "tensor", what is not cut otherwise.
  bool sequenceParallel = false;
  /// For every stage, or one for all of them.
  std::vector<Recompute> recompute = {Recompute::None};
  /// Variables that are cut; the others are replicated.
  std::map<std::string, DimAxes> variables;
  /// Hash of the model the plan was made for; empty in a plan made by hand.
  std::string model;
  PlanCost cost;

  int64_t getAxisSize(const std::string &axis) const;
  int64_t getNumDevices() const;
  int64_t getNumStages() const { return stages.size(); }
  Recompute getRecompute(int64_t stage) const {
    return recompute.size() == 1 ? recompute.front() : recompute[stage];
  }
};

nlohmann::json toJSON(const Plan &plan);

/// Errors name the key: "key 'mesh': expected ...".
llvm::Expected<Plan> planFromJSON(const nlohmann::json &json);

/// Reads a plan file; errors name the file, and line and column of bad JSON.
llvm::Expected<Plan> readPlan(const std::string &path);

/// One paragraph for people.
std::string describe(const Plan &plan);

} // namespace mpc

#endif
