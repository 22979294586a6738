//===- Plan.cpp - the plan as JSON and as text ----------------------------===//

#include "mpc/Planner/Plan.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include <nlohmann/json.hpp>
#include <set>

using namespace mpc;

int64_t Plan::getAxisSize(const std::string &axis) const {
  for (const auto &[name, size] : mesh)
    if (name == axis)
      return size;
  return 1;
}

int64_t Plan::getNumDevices() const {
  int64_t devices = 1;
  for (const auto &[name, size] : mesh)
    devices *= size;
  return devices;
}

static constexpr std::pair<Recompute, const char *> kRecomputeNames[] = {
    {Recompute::None, "none"},
    {Recompute::Selective, "selective"},
    {Recompute::Full, "full"}};

llvm::StringRef mpc::getName(Recompute recompute) {
  for (auto [value, name] : kRecomputeNames)
    if (value == recompute)
      return name;
  llvm_unreachable("all kinds are named");
}

std::optional<Recompute> mpc::parseRecompute(llvm::StringRef text) {
  for (auto [value, name] : kRecomputeNames)
    if (text == name)
      return value;
  return std::nullopt;
}

static std::vector<std::string> getRecomputeNames(const Plan &plan) {
  std::vector<std::string> names;
  for (Recompute recompute : plan.recompute)
    names.push_back(getName(recompute).str());
  return names;
}

nlohmann::json mpc::toJSON(const Plan &plan) {
  nlohmann::json mesh = nlohmann::json::array();
  for (const auto &[name, size] : plan.mesh)
    mesh.push_back({name, size});
  nlohmann::json cost = {{"step_seconds", plan.cost.stepSeconds},
                         {"parts", plan.cost.parts},
                         {"peak_bytes", plan.cost.peakBytes}};
  return {{"version", 1},
          {"partition", plan.partition},
          {"mesh", mesh},
          {"micro_batches", plan.microBatches},
          {"schedule", plan.schedule},
          {"stages", plan.stages},
          {"sequence_parallel", plan.sequenceParallel},
          {"recompute", getRecomputeNames(plan)},
          {"zero", plan.zero},
          {"zero_min_bytes", plan.zeroMinBytes},
          {"variables", plan.variables},
          {"model", plan.model},
          {"predicted", cost}};
}

static llvm::Error planError(const llvm::Twine &message) {
  return llvm::createStringError(message);
}

namespace {
/// Reads keys of an object; remembers the first one of a wrong type.
class KeyReader {
public:
  explicit KeyReader(const nlohmann::json &json) : json(json) {}
  template <typename T> void read(const char *key, T &value) {
    auto it = json.find(key);
    if (it == json.end() || !problem.empty())
      return;
    try {
      value = it->get<T>();
    } catch (const nlohmann::json::exception &) {
      problem = std::string("key '") + key + "' has the wrong type, found " +
                it->dump();
    }
  }
  std::string problem;

private:
  const nlohmann::json &json;
};
} // namespace

static llvm::Error checkVariable(const std::string &name, const DimAxes &dims,
                                 const Plan &plan) {
  std::set<std::string> used;
  for (const std::vector<std::string> &axes : dims)
    for (const std::string &axis : axes) {
      bool isInMesh = llvm::any_of(
          plan.mesh, [&](const auto &item) { return item.first == axis; });
      if (!isInMesh || axis == "stage")
        return planError("variable '" + name + "': axis '" + axis +
                         "' is not in the mesh");
      if (!used.insert(axis).second)
        return planError("variable '" + name + "': axis '" + axis +
                         "' cuts it twice");
    }
  return llvm::Error::success();
}

static llvm::Error checkPlan(const Plan &plan) {
  std::map<std::string, int> seen;
  for (const auto &[name, size] : plan.mesh) {
    if (!llvm::is_contained({"data", "stage", "tensor", "expert", "context"},
                            name))
      return planError("key 'mesh': unknown axis '" + name +
                       "', expected data, stage, tensor, expert or context");
    if (size < 1 || size > 1 << 20)
      return planError("key 'mesh': axis '" + name + "' has size " +
                       llvm::Twine(size));
    if (seen[name]++)
      return planError("key 'mesh': axis '" + name + "' is named twice");
  }
  if (plan.microBatches < 1)
    return planError("key 'micro_batches': expected at least 1, found " +
                     llvm::Twine(plan.microBatches));
  if (plan.zero < 0 || plan.zero > kMaxZero)
    return planError("key 'zero': expected 0 to 3, found " +
                     llvm::Twine(plan.zero));
  if (plan.zeroMinBytes < 0)
    return planError("key 'zero_min_bytes': expected at least 0, found " +
                     llvm::Twine(plan.zeroMinBytes));
  if (plan.stages.empty() || plan.stages.front() != 0 ||
      !llvm::is_sorted(plan.stages) ||
      static_cast<int64_t>(plan.stages.size()) < plan.getAxisSize("stage"))
    return planError("key 'stages': expected one ascending op number a stage, "
                     "from 0, and at least one stage a group");
  for (const auto &[name, dims] : plan.variables)
    if (llvm::Error error = checkVariable(name, dims, plan))
      return error;
  return llvm::Error::success();
}

static llvm::Error setRecompute(Plan &plan,
                                const std::vector<std::string> &names) {
  if (names.size() != 1 && names.size() != plan.stages.size())
    return planError("key 'recompute': expected one entry, or one a stage");
  plan.recompute.clear();
  for (const std::string &name : names) {
    std::optional<Recompute> recompute = parseRecompute(name);
    if (!recompute)
      return planError("key 'recompute': expected none, selective or full, "
                       "found '" +
                       name + "'");
    plan.recompute.push_back(*recompute);
  }
  return llvm::Error::success();
}

llvm::Expected<Plan> mpc::planFromJSON(const nlohmann::json &json) {
  if (!json.is_object())
    return planError("expected an object");
  Plan plan;
  int64_t version = 0;
  KeyReader reader(json);
  reader.read("version", version);
  reader.read("partition", plan.partition);
  reader.read("mesh", plan.mesh);
  reader.read("micro_batches", plan.microBatches);
  reader.read("schedule", plan.schedule);
  reader.read("stages", plan.stages);
  std::vector<std::string> recompute = {"none"};
  reader.read("recompute", recompute);
  reader.read("sequence_parallel", plan.sequenceParallel);
  reader.read("zero", plan.zero);
  reader.read("zero_min_bytes", plan.zeroMinBytes);
  reader.read("variables", plan.variables);
  reader.read("model", plan.model);
  if (!reader.problem.empty())
    return planError(reader.problem);
  if (version != 1)
    return planError("key 'version': expected 1");
  if (llvm::Error error = checkPlan(plan))
    return error;
  if (llvm::Error error = setRecompute(plan, recompute))
    return error;
  return plan;
}

llvm::Expected<Plan> mpc::readPlan(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return llvm::createStringError("cannot read plan '" + path +
                                   "': " + buffer.getError().message());
  try {
    llvm::Expected<Plan> plan =
        planFromJSON(nlohmann::json::parse((*buffer)->getBuffer()));
    if (!plan)
      return llvm::createStringError("plan '" + path +
                                     "': " + llvm::toString(plan.takeError()));
    return plan;
  } catch (const nlohmann::json::exception &error) {
    return llvm::createStringError("plan '" + path + "': " + error.what());
  }
}

std::string mpc::describe(const Plan &plan) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "plan: " << plan.partition << " on " << plan.getNumDevices()
     << " device" << (plan.getNumDevices() == 1 ? "" : "s");
  if (!plan.mesh.empty()) {
    os << ", mesh ";
    llvm::interleave(
        plan.mesh, os,
        [&](const auto &axis) { os << axis.first << ":" << axis.second; }, ",");
  }
  if (plan.microBatches > 1 || plan.getNumStages() > 1)
    os << ", " << plan.microBatches << " micro-batches, " << plan.schedule;
  if (plan.sequenceParallel)
    os << ", sequence-parallel";
  if (plan.zero)
    os << ", ZeRO-" << plan.zero;
  if (llvm::any_of(plan.recompute,
                   [](Recompute r) { return r != Recompute::None; })) {
    os << ", recompute ";
    llvm::interleave(
        plan.recompute, os, [&](Recompute r) { os << getName(r); }, "/");
  }
  if (!plan.variables.empty())
    os << ", " << plan.variables.size() << " variables cut";
  if (plan.cost.stepSeconds > 0)
    os << llvm::formatv("; predicted step {0:f3} ms",
                        plan.cost.stepSeconds * 1e3);
  return text;
}
