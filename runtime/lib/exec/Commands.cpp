//===- Commands.cpp - The other commands of the runner --------------------===//
#include "Commands.h"
#include "Feed.h"
#include "mpcrt/package/Check.h"
#include "mpcrt/package/Runner.h"
#include <algorithm>
#include <cmath>
#include <iostream>

namespace mpcrt {

void printResult(const nlohmann::json &object, bool asJSON) {
  if (asJSON)
    std::cout << object.dump() << "\n";
  else
    for (const auto &[key, value] : object.items())
      if (!value.is_null())
        std::cout << key
                  << std::string(key.size() < 22 ? 23 - key.size() : 1, ' ')
                  << value.dump() << "\n";
  if (!std::cout.flush())
    throw RunFailure("cannot write to the standard output");
}

double getMedian(std::vector<double> values) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle]
                           : (values[middle - 1] + values[middle]) / 2;
}

//===----------------------------------------------------------------------===//
// infer
//===----------------------------------------------------------------------===//

static void requireInference(const Package &package) {
  if (package.getManifest().training)
    package.fail(
        "it holds a training step; compile it without --loss to infer");
}

int infer(const ExecOptions &options) {
  if (options.input.empty() || options.output.empty())
    throw UsageError("infer needs --input=IN.npz and --output=OUT.npz");
  Package package(options.package);
  requireInference(package);
  std::vector<Array> given = readArrays(options.input);
  PackagedModel model(package, options.model);
  ProgramRun program = model.getProgram("main");
  std::vector<Array *> inputs = program.getDataInputs();
  std::vector<Array> arrays =
      matchArrays(inputs, given, package.getManifest().inputs, options.input);
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (arrays[i].shape != inputs[i]->shape)
      throw FileError("'" + options.input + "': input '" + inputs[i]->name +
                      "' has shape " + printShape(arrays[i].shape) +
                      ", the package is compiled for " +
                      printShape(inputs[i]->shape));
    std::copy(arrays[i].bytes.begin(), arrays[i].bytes.end(),
              inputs[i]->bytes.begin());
  }
  Stopwatch watch;
  program.run();
  double time = watch.milliseconds();
  writeArrays(options.output, program.getOutputs());
  nlohmann::json shapes = nlohmann::json::object();
  for (const Array &array : program.getOutputs())
    shapes[array.name] = array.shape;
  printResult({{"outputs", shapes}, {"run_ms", time}}, options.json);
  return 0;
}

//===----------------------------------------------------------------------===//
// bench
//===----------------------------------------------------------------------===//

int bench(const ExecOptions &options) {
  constexpr int64_t warmUpRuns = 3;
  Package package(options.package);
  const PackageManifest &manifest = package.getManifest();
  Stopwatch loading;
  PackagedModel model(package, options.model);
  double loadSeconds = loading.milliseconds() / 1e3;
  ProgramRun program =
      model.getProgram(manifest.training ? "train_step" : "main");
  program.drawInputs(manifest.inputs, manifest.seed, 1);
  double rate = manifest.training ? manifest.training->learningRate : 0;
  std::vector<double> times;
  for (int64_t run = -warmUpRuns; run < options.runs; ++run) {
    program.setStep(run + warmUpRuns + 1, rate);
    Stopwatch watch;
    program.run();
    if (run >= 0)
      times.push_back(watch.milliseconds());
  }
  printResult({{"median_ms", getMedian(times)},
               {"min_ms", *std::min_element(times.begin(), times.end())},
               {"load_seconds", loadSeconds},
               {"runs", options.runs}},
              options.json);
  return 0;
}

//===----------------------------------------------------------------------===//
// verify
//===----------------------------------------------------------------------===//

static double getRelativeError(double wanted, double found) {
  if (wanted == found || (std::isnan(wanted) && std::isnan(found)))
    return 0;
  double error = std::fabs(wanted - found) / std::fabs(wanted);
  return std::isnan(error) ? HUGE_VAL : error;
}

int verify(const ExecOptions &options) {
  Package package(options.package);
  const auto &wanted = package.getManifest().check;
  if (!wanted)
    package.fail("it was compiled without --check=STEPS, so there is nothing "
                 "to compare with");
  PackagedModel model(package, options.model);
  PackagedCheck found = runCheck(model.getExecutable(), model.getSession(),
                                 package.getManifest(), wanted->steps);
  if (found.values.size() != wanted->values.size())
    package.fail("'check' has " + std::to_string(wanted->values.size()) +
                 " numbers, expected " + std::to_string(found.values.size()));
  double error = 0;
  for (size_t i = 0; i < found.values.size(); ++i)
    error =
        std::max(error, getRelativeError(wanted->values[i], found.values[i]));
  bool sameBits = error == 0 && found.checksum == wanted->checksum;
  bool equal = options.tolerance == 0 ? sameBits : error <= options.tolerance;
  printResult({{"equal", equal},
               {"same_bits", sameBits},
               {"max_relative_error", error},
               {"steps", wanted->steps}},
              options.json);
  if (!equal)
    std::cerr << "the runs differ: this machine does not compute what the "
                 "compiler's did\n";
  return equal ? 0 : 1;
}

//===----------------------------------------------------------------------===//
// info
//===----------------------------------------------------------------------===//

int info(const ExecOptions &options) {
  Package package(options.package);
  const PackageManifest &manifest = package.getManifest();
  std::vector<std::string> targets = manifest.otherTargets;
  size_t kernels = 0;
  for (const PackagedTarget &target : manifest.targets) {
    targets.push_back(target.target + " " + target.arch);
    kernels += target.layout.kernels.size() + target.modules;
  }
  nlohmann::json object = {{"model", manifest.model},
                           {"split", manifest.split},
                           {"tool", manifest.tool},
                           {"hash", manifest.hash},
                           {"targets", targets},
                           {"kernels", kernels},
                           {"variables", manifest.variables.size()},
                           {"bytes", package.getSize()},
                           {"loss", nullptr},
                           {"optimizer", nullptr}};
  if (const auto &training = manifest.training) {
    object["loss"] = training->loss;
    object["optimizer"] = training->optimizer;
  }
  printResult(object, options.json);
  return 0;
}

//===----------------------------------------------------------------------===//
// All of them
//===----------------------------------------------------------------------===//

bool isPackage(std::string_view path) { return path.ends_with(".mpcpkg"); }

static int dispatch(const ExecOptions &options) {
  static constexpr std::pair<std::string_view, int (*)(const ExecOptions &)>
      commands[] = {{"train", train},
                    {"infer", infer},
                    {"bench", bench},
                    {"verify", verify},
                    {"info", info}};
  for (const auto &[name, run] : commands)
    if (name == options.command)
      return run(options);
  throw UsageError("unknown command '" + options.command + "'");
}

int runPackageCommand(const char *tool, int argc, char **argv) {
  auto report = [&](const char *message, const char *hint) {
    std::cerr << tool << ": error: " << message << hint << "\n";
  };
  for (int i = 1; i < argc; ++i)
    if (std::string_view(argv[i]) == "--help" ||
        std::string_view(argv[i]) == "-h") {
      std::cout << describeUsage(tool);
      return 0;
    }
  try {
    return dispatch(parseOptions(argc, argv));
  } catch (const UsageError &error) {
    report(error.what(), "; see --help");
    return 2;
  } catch (const RunFailure &error) {
    report(error.what(), "");
    return 1;
  } catch (const std::bad_alloc &) {
    report("not enough memory", "");
    return 1;
  } catch (const std::exception &error) {
    report(error.what(), "");
    return 2;
  }
}

} // namespace mpcrt
