//===- Pins.cpp - what the user fixes before planning ---------------------===//

#include "mpc/Planner/Pins.h"
#include "mpc/IR/Tags.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/MemoryBuffer.h"
#include <nlohmann/json.hpp>
#include <set>

using namespace mlir;
using namespace mpc;

namespace {
/// Keeps the order of the file: the first pattern that matches counts.
using json = nlohmann::ordered_json;

class PinReader {
public:
  PinReader(ModuleOp module, func::FuncOp func) : module(module), func(func) {}

  llvm::Error read(const json &file);
  Pins pins;

private:
  llvm::Expected<std::vector<std::string>> match(const std::string &pattern);
  llvm::Error readVariable(const std::string &pattern, const json &value);
  llvm::Error readStage(const std::string &key, const json &value);
  std::optional<int64_t> findFirstReader(StringRef variable);
  bool hasOrigin(int64_t number);

  ModuleOp module;
  func::FuncOp func;
};
} // namespace

static llvm::Error pinError(const llvm::Twine &key,
                            const llvm::Twine &message) {
  return llvm::createStringError("key '" + key + "': " + message);
}

llvm::Expected<std::vector<std::string>>
PinReader::match(const std::string &pattern) {
  llvm::Expected<llvm::GlobPattern> glob = llvm::GlobPattern::create(pattern);
  if (!glob)
    return pinError(pattern, llvm::toString(glob.takeError()));
  std::vector<std::string> names;
  for (auto variable : module.getOps<VariableOp>())
    if (variable.getRole() != VariableRole::Optimizer &&
        glob->match(variable.getSymName()))
      names.push_back(variable.getSymName().str());
  if (names.empty())
    return pinError(pattern, "matches no variable of the model");
  return names;
}

llvm::Error PinReader::readVariable(const std::string &pattern,
                                    const json &value) {
  llvm::Expected<std::vector<std::string>> names = match(pattern);
  if (!names)
    return names.takeError();
  DimAxes axes;
  try {
    axes = value.get<DimAxes>();
  } catch (const json::exception &) {
    return pinError("variables." + pattern,
                    "expected a list of axes for each dimension, found " +
                        value.dump());
  }
  std::set<std::string> used;
  for (const std::vector<std::string> &dim : axes)
    for (const std::string &axis : dim)
      if (!used.insert(axis).second)
        return pinError("variables." + pattern,
                        "axis '" + axis + "' cuts it twice");
  for (const std::string &name : *names) {
    auto variable = module.lookupSymbol<VariableOp>(name);
    size_t rank = variable.getTensorType().getRank();
    if (axes.size() != rank)
      return pinError("variables." + pattern,
                      "gives " + llvm::Twine(axes.size()) +
                          " dimensions, variable '" + name + "' has " +
                          llvm::Twine(rank));
    pins.variables.try_emplace(name, axes);
  }
  return llvm::Error::success();
}

std::optional<int64_t> PinReader::findFirstReader(StringRef variable) {
  std::optional<int64_t> first;
  for (auto read : func.getOps<ReadOp>()) {
    if (read.getVariable() != variable)
      continue;
    for (Operation *user : read->getUsers()) {
      auto origin = user->getAttrOfType<IntegerAttr>(tags::kOrigin);
      auto phase = user->getAttrOfType<PhaseAttr>(tags::kPhase);
      if (origin && (!phase || phase.getValue() == Phase::Forward))
        first = std::min(first.value_or(origin.getInt()), origin.getInt());
    }
  }
  return first;
}

bool PinReader::hasOrigin(int64_t number) {
  return llvm::any_of(func.getBody().front(), [&](Operation &op) {
    auto origin = op.getAttrOfType<IntegerAttr>(tags::kOrigin);
    return origin && origin.getInt() == number;
  });
}

llvm::Error PinReader::readStage(const std::string &key, const json &value) {
  if (!value.is_number_integer() || value.get<int64_t>() < 0)
    return pinError("stages." + key,
                    "expected the number of a stage, found " + value.dump());
  auto stage = value.get<int64_t>();
  int64_t number = 0;
  if (!StringRef(key).getAsInteger(10, number)) {
    if (!hasOrigin(number))
      return pinError("stages." + key, "the model has no op of this number");
    pins.stages.try_emplace(number, stage);
    return llvm::Error::success();
  }
  llvm::Expected<std::vector<std::string>> names = match(key);
  if (!names)
    return names.takeError();
  for (const std::string &name : *names)
    if (std::optional<int64_t> origin = findFirstReader(name)) {
      auto [it, isNew] = pins.stages.try_emplace(*origin, stage);
      if (it->second != stage)
        return pinError("stages." + key,
                        "op " + llvm::Twine(*origin) + " is pinned to stage " +
                            llvm::Twine(it->second) + " already");
    }
  return llvm::Error::success();
}

llvm::Error PinReader::read(const json &file) {
  if (!file.is_object())
    return llvm::createStringError("expected an object, found " + file.dump());
  for (const auto &[section, entries] : file.items()) {
    if (section != "variables" && section != "stages")
      return pinError(section, "unknown, expected variables or stages");
    if (!entries.is_object())
      return pinError(section, "expected an object, found " + entries.dump());
    for (const auto &[key, value] : entries.items())
      if (llvm::Error error = section == "variables" ? readVariable(key, value)
                                                     : readStage(key, value))
        return error;
  }
  return llvm::Error::success();
}

llvm::Expected<Pins> mpc::readPins(const std::string &path, ModuleOp module,
                                   func::FuncOp func) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return llvm::createStringError("cannot read pins '" + path +
                                   "': " + buffer.getError().message());
  PinReader reader(module, func);
  try {
    if (llvm::Error error = reader.read(json::parse((*buffer)->getBuffer())))
      return llvm::createStringError("pins '" + path +
                                     "': " + llvm::toString(std::move(error)));
  } catch (const json::exception &error) {
    return llvm::createStringError("pins '" + path + "': " + error.what());
  }
  return std::move(reader.pins);
}
