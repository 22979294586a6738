//===- Manifest.cpp - What a package says of itself -----------------------===//
#include "mpcrt/package/Manifest.h"
#include "core/JsonNode.h"
#include <charconv>
#include <cmath>

namespace mpcrt {

using nlohmann::json;

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

static std::string toHex(uint64_t value) {
  char text[16];
  auto end = std::to_chars(text, text + 16, value, 16).ptr;
  return std::string(text, end);
}

static uint64_t parseHex(const JsonNode &node) {
  const std::string &text = node.string();
  uint64_t value = 0;
  auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (code != std::errc() || end != text.data() + text.size())
    node.error("expected a hexadecimal number of 64 bits");
  return value;
}

/// JSON has no infinities; other numbers are written with all their bits.
static json writeNumber(double value) {
  if (std::isfinite(value))
    return value;
  return std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
}

static double parseNumber(const JsonNode &node) {
  if (!node.isString())
    return node.number();
  for (double value : {HUGE_VAL, -HUGE_VAL, std::nan("")})
    if (writeNumber(value) == node.string())
      return value;
  node.error("expected a number, 'inf', '-inf' or 'nan'");
}

namespace {
struct Spelling {
  DistributionKind kind;
  const char *name, *a, *b; ///< b null: there is none
};
} // namespace

static constexpr Spelling distributions[] = {
    {DistributionKind::Constant, "constant", "value", nullptr},
    {DistributionKind::Normal, "normal", "mean", "stddev"},
    {DistributionKind::Uniform, "uniform", "low", "high"}};

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static json writeInitial(const InitialValue &initial) {
  if (initial.source == InitialValue::Source::Stored)
    return {{"kind", "stored"},
            {"member", initial.name},
            {"dtype", typeName(initial.type)}};
  if (initial.source == InitialValue::Source::Given)
    return {{"kind", "given"}, {"tensor", initial.name}};
  for (const auto &spelling : distributions)
    if (spelling.kind == initial.distribution.kind) {
      json object = {{"kind", spelling.name},
                     {spelling.a, writeNumber(initial.distribution.a)}};
      if (spelling.b) {
        object[spelling.b] = writeNumber(initial.distribution.b);
        object["stream"] = initial.name;
      }
      return object;
    }
  return nullptr;
}

static json writeTarget(const PackagedTarget &target) {
  if (target.code.empty())
    return {{"target", target.target},
            {"arch", target.arch},
            {"modules", target.modules},
            {"executable", target.executable}};
  return {{"target", target.target},
          {"arch", target.arch},
          {"features", target.features},
          {"threads", target.threads},
          {"executable", target.executable},
          {"code", target.code},
          {"kernels", target.layout.kernels},
          {"imports", target.layout.imports},
          {"relocations", target.layout.relocations}};
}

static json writeInput(const PackagedInput &input) {
  json object = {{"name", input.name}};
  if (input.below)
    object["below"] = *input.below;
  if (input.ignored)
    object["ignored"] = *input.ignored;
  return object;
}

std::string writePackageManifest(const PackageManifest &manifest) {
  json root = {{"version", packageVersion}, {"tool", manifest.tool},
               {"model", manifest.model},   {"split", manifest.split},
               {"hash", manifest.hash},     {"seed", toHex(manifest.seed)}};
  for (const char *list : {"targets", "variables", "inputs"})
    root[list] = json::array();
  for (const PackagedTarget &target : manifest.targets)
    root["targets"].push_back(writeTarget(target));
  for (const PackagedVariable &variable : manifest.variables)
    root["variables"].push_back(
        {{"name", variable.name}, {"initial", writeInitial(variable.initial)}});
  for (const PackagedInput &input : manifest.inputs)
    root["inputs"].push_back(writeInput(input));
  if (const auto &training = manifest.training)
    root["training"] = {{"loss", training->loss},
                        {"optimizer", training->optimizer},
                        {"lr", writeNumber(training->learningRate)},
                        {"drops_last", training->dropsLast}};
  if (const auto &check = manifest.check) {
    json values = json::array();
    for (double value : check->values)
      values.push_back(writeNumber(value));
    root["check"] = {{"steps", check->steps},
                     {"values", values},
                     {"checksum", toHex(check->checksum)}};
  }
  return root.dump(1);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

static InitialValue parseInitial(const JsonNode &node) {
  InitialValue initial;
  JsonNode kindNode = node["kind"];
  const std::string &kind = kindNode.string();
  if (kind == "stored") {
    node.allowOnly({"kind", "member", "dtype"});
    initial.source = InitialValue::Source::Stored;
    initial.name = node["member"].string();
    JsonNode dtype = node["dtype"];
    auto type = typeNamed(dtype.string());
    if (!type)
      dtype.error("unknown element type");
    initial.type = *type;
    return initial;
  }
  if (kind == "given") {
    node.allowOnly({"kind", "tensor"});
    initial.source = InitialValue::Source::Given;
    initial.name = node["tensor"].string();
    return initial;
  }
  for (const auto &spelling : distributions)
    if (kind == spelling.name) {
      node.allowOnly(
          {"kind", spelling.a, spelling.b ? spelling.b : spelling.a, "stream"});
      initial.distribution = {spelling.kind, parseNumber(node[spelling.a]), 0};
      if (spelling.b) {
        initial.distribution.b = parseNumber(node[spelling.b]);
        initial.name = node["stream"].string();
      }
      return initial;
    }
  kindNode.error("unknown kind '" + kind + "'");
}

static CodeLayout parseLayout(const JsonNode &node) {
  CodeLayout layout;
  JsonNode imports = node["imports"], kernels = node["kernels"];
  for (const std::string &name : kernels.keys())
    layout.kernels[name] =
        static_cast<uint64_t>(kernels[name.c_str()].integer());
  for (size_t i = 0; i < imports.size(); ++i) {
    JsonNode entry = imports[i];
    if (entry.size() != 2)
      entry.error("expected a symbol and an offset");
    layout.imports.emplace_back(entry[size_t{0}].string(),
                                entry[size_t{1}].integer());
  }
  for (int64_t offset : node["relocations"].integers())
    layout.relocations.push_back(static_cast<uint64_t>(offset));
  return layout;
}

static PackagedTarget parseProcessor(const JsonNode &node) {
  node.allowOnly({"target", "arch", "features", "threads", "executable", "code",
                  "kernels", "imports", "relocations"});
  PackagedTarget target;
  JsonNode features = node["features"];
  for (size_t i = 0; i < features.size(); ++i)
    target.features.push_back(features[i].string());
  target.threads = static_cast<int32_t>(node["threads"].integer(1, 4096));
  target.code = node["code"].string();
  target.layout = parseLayout(node);
  return target;
}

static PackagedTarget parseGPU(const JsonNode &node) {
  node.allowOnly({"target", "arch", "modules", "executable"});
  PackagedTarget target;
  target.modules = node["modules"].integer(0);
  return target;
}

/// None of a target that this library does not know.
static std::optional<PackagedTarget> parseTarget(const JsonNode &node) {
  static constexpr std::pair<const char *, PackagedTarget (*)(const JsonNode &)>
      parsers[] = {{"cpu", parseProcessor}, {"cuda", parseGPU}};
  const std::string &name = node["target"].string();
  for (const auto &[known, parse] : parsers)
    if (name == known) {
      PackagedTarget target = parse(node);
      target.target = name;
      target.arch = node["arch"].string();
      target.executable = node["executable"].string();
      return target;
    }
  return std::nullopt;
}

static PackagedInput parseInput(const JsonNode &node) {
  node.allowOnly({"name", "below", "ignored"});
  PackagedInput input{node["name"].string(), {}, {}};
  if (node.has("below"))
    input.below = node["below"].integer(1);
  if (node.has("ignored"))
    input.ignored = node["ignored"].integer(INT64_MIN);
  return input;
}

static PackagedTraining parseTraining(const JsonNode &node) {
  node.allowOnly({"loss", "optimizer", "lr", "drops_last"});
  return {node["loss"].string(), node["optimizer"].string(),
          parseNumber(node["lr"]), node["drops_last"].boolean()};
}

static PackagedCheck parseCheck(const JsonNode &node) {
  node.allowOnly({"steps", "values", "checksum"});
  PackagedCheck check;
  check.steps = node["steps"].integer(1, 1 << 20);
  JsonNode values = node["values"];
  for (size_t i = 0; i < values.size(); ++i)
    check.values.push_back(parseNumber(values[i]));
  check.checksum = static_cast<uint32_t>(parseHex(node["checksum"]));
  return check;
}

static PackageManifest parseRoot(const JsonNode &root) {
  int64_t version = root["version"].integer();
  if (version != packageVersion)
    root.error("the package has version " + std::to_string(version) +
               ", this runner reads version " + std::to_string(packageVersion) +
               "; compile it with the mpc-run that belongs to the runner");
  root.allowOnly({"version", "tool", "model", "split", "hash", "seed",
                  "targets", "variables", "inputs", "training", "check"});
  PackageManifest manifest;
  manifest.tool = root["tool"].string();
  manifest.model = root["model"].string();
  manifest.split = root["split"].string();
  manifest.hash = root["hash"].string();
  manifest.seed = parseHex(root["seed"]);
  JsonNode targets = root["targets"], variables = root["variables"],
           inputs = root["inputs"];
  for (size_t i = 0; i < targets.size(); ++i) {
    if (auto target = parseTarget(targets[i]))
      manifest.targets.push_back(std::move(*target));
    else
      manifest.otherTargets.push_back(targets[i]["target"].string());
  }
  for (size_t i = 0; i < variables.size(); ++i) {
    JsonNode variable = variables[i];
    variable.allowOnly({"name", "initial"});
    manifest.variables.push_back(
        {variable["name"].string(), parseInitial(variable["initial"])});
  }
  for (size_t i = 0; i < inputs.size(); ++i)
    manifest.inputs.push_back(parseInput(inputs[i]));
  if (root.has("training"))
    manifest.training = parseTraining(root["training"]);
  if (root.has("check"))
    manifest.check = parseCheck(root["check"]);
  return manifest;
}

PackageManifest parsePackageManifest(std::string_view source) {
  try {
    json document = json::parse(source);
    return parseRoot(JsonNode(document));
  } catch (const json::exception &e) {
    fail(MPCRT_BAD_MANIFEST, e.what());
  }
}

} // namespace mpcrt
