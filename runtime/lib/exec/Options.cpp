//===- Options.cpp - What users of the runner say -------------------------===//
#include "Options.h"
#include <charconv>
#include <cmath>
#include <functional>

namespace mpcrt {

namespace {
struct OptionInfo {
  std::string_view name, value, commands, text; ///< no value: a switch
  std::function<void(const std::string &)> set;
};
} // namespace

static int64_t parseCount(std::string_view name, const std::string &text,
                          int64_t min, int64_t max) {
  int64_t value = 0;
  auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value < min ||
      value > max)
    throw UsageError("--" + std::string(name) + ": expected a number from " +
                     std::to_string(min) + " to " + std::to_string(max) +
                     ", found '" + text + "'");
  return value;
}

static double parseReal(std::string_view name, const std::string &text) {
  char *end = nullptr;
  double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end || !(value >= 0) || !std::isfinite(value))
    throw UsageError("--" + std::string(name) +
                     ": expected a number not below 0, found '" + text + "'");
  return value;
}

static std::vector<OptionInfo> listOptions(ExecOptions &o) {
  constexpr int64_t large = int64_t{1} << 40;
  auto text = [](std::string &target) {
    return [&target](const std::string &value) { target = value; };
  };
  auto count = [](std::string_view name, auto &target, int64_t max) {
    return [&target, name, max](const std::string &value) {
      target = static_cast<std::remove_reference_t<decltype(target)>>(
          parseCount(name, value, 1, max));
    };
  };
  return {
      {"input", "F.npz", "infer", "the model's inputs, by name or position",
       text(o.input)},
      {"output", "F.npz", "infer", "where its outputs go", text(o.output)},
      {"data", "F.npz", "train",
       "arrays by input name, and label; without it: made-up data",
       text(o.data)},
      {"steps", "N", "train", "optimizer steps in all",
       count("steps", o.steps, large)},
      {"epochs", "N", "train", "passes over the data (default: 1)",
       count("epochs", o.epochs, large)},
      {"lr", "X", "train", "learning rate (default: as compiled)",
       [&o](const std::string &value) {
         o.learningRate = parseReal("lr", value);
       }},
      {"metrics", "F.jsonl", "train", "one JSON object a step",
       text(o.metrics)},
      {"save", "F.npz", "train", "all variables afterwards; see --weights",
       text(o.save)},
      {"runs", "N", "bench", "timed runs (default: 20)",
       count("runs", o.runs, large)},
      {"tolerance", "X", "verify",
       "largest relative error of a number (default: 1e-4); 0 wants all bits",
       [&o](const std::string &value) {
         o.tolerance = parseReal("tolerance", value);
       }},
      {"weights", "FILE", "",
       ".npz or .safetensors: variables named in it start from there",
       text(o.model.weights)},
      {"seed", "N", "", "of drawn initial values (default: as compiled)",
       [&o](const std::string &value) {
         o.model.seed = parseCount("seed", value, 0, INT64_MAX);
       }},
      {"threads", "N", "", "of a device (default: as compiled)",
       count("threads", o.model.threads, 4096)},
      {"timeout", "SECONDS", "", "longest wait for a device (default: 30)",
       [&o](const std::string &value) {
         o.model.timeoutMs = 1000 * parseCount("timeout", value, 1, 86400);
       }},
      {"json", "", "", "print one JSON object instead of the report",
       [&o](const std::string &) { o.json = true; }}};
}

static constexpr std::string_view commands[][2] = {
    {"train", "train from the initial values, with the compiled optimizer"},
    {"infer", "run the model forward"},
    {"bench", "time runs on made-up data, after warming up"},
    {"verify", "run on made-up data and compare with what the compiler got"},
    {"info", "say what the package holds"}};

std::string describeUsage(const std::string &tool) {
  std::string text =
      tool +
      ": runs a compiled package; needs no compiler and no LLVM\n\n"
      "USAGE: " +
      tool + " COMMAND F.mpcpkg [options]\n\nCOMMANDS:\n";
  auto pad = [](std::string name, size_t width) {
    name.resize(std::max(name.size() + 1, width), ' ');
    return name;
  };
  for (const auto &[name, summary] : commands)
    text += "  " + pad(std::string(name), 9) + std::string(summary) + "\n";
  text += "\nOPTIONS:\n";
  ExecOptions none;
  for (const OptionInfo &option : listOptions(none)) {
    std::string spelled = "--" + std::string(option.name);
    if (!option.value.empty())
      spelled += "=" + std::string(option.value);
    text +=
        "  " + pad(spelled, 20) +
        (option.commands.empty() ? "" : std::string(option.commands) + ": ") +
        std::string(option.text) + "\n";
  }
  return text +
         "\nEXAMPLES:\n"
         "  mpc-run compile mlp.mlir --loss=cross-entropy -o "
         "mlp.mpcpkg      (where the compiler is)\n"
         "  " +
         tool + " info mlp.mpcpkg\n  " + tool + " verify mlp.mpcpkg\n  " +
         tool +
         " train mlp.mpcpkg --data=train.npz --epochs=3 --save=w.npz\n  " +
         tool +
         " infer mlp-forward.mpcpkg --weights=w.npz --input=in.npz "
         "--output=out.npz\n\n"
         "Exit codes: 0 success, 1 a failed run or check, 2 wrong usage or "
         "bad input.\n";
}

static void setOption(std::vector<OptionInfo> &options,
                      const std::string &command, const std::string &word) {
  size_t start = word.starts_with("--") ? 2 : 1, equals = word.find('=');
  std::string name = word.substr(start, equals - start);
  for (OptionInfo &option : options) {
    if (option.name != name)
      continue;
    if (!option.commands.empty() && option.commands != command)
      throw UsageError("'" + command + "' has no option --" + name +
                       ", only '" + std::string(option.commands) + "' has");
    if (option.value.empty() != (equals == std::string::npos))
      throw UsageError(
          "--" + name + ": expected --" + name +
          (option.value.empty() ? "" : "=" + std::string(option.value)));
    return option.set(equals == std::string::npos ? ""
                                                  : word.substr(equals + 1));
  }
  throw UsageError("unknown option '" + word + "'");
}

ExecOptions parseOptions(int argc, char **argv) {
  ExecOptions result;
  std::vector<OptionInfo> options = listOptions(result);
  result.command = argc > 1 ? argv[1] : "";
  bool isKnown = false;
  for (const auto &[name, summary] : commands)
    isKnown |= name == result.command;
  if (!isKnown)
    throw UsageError("unknown command '" + result.command +
                     "', expected train, infer, bench, verify or info");
  for (int i = 2; i < argc; ++i) {
    std::string word = argv[i];
    if (word.size() > 1 && word[0] == '-')
      setOption(options, result.command, word);
    else if (result.package.empty())
      result.package = word;
    else
      throw UsageError("unexpected word '" + word + "'");
  }
  if (result.package.empty())
    throw UsageError("'" + result.command + "' needs a package: F.mpcpkg");
  return result;
}

} // namespace mpcrt
