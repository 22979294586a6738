//===- Report.cpp - results for people and for programs -------------------===//

#include "Report.h"
#include "mpc/Data/AtomicFile.h"
#include "mpc/Driver/Commands.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mpc;

llvm::Error mpc::finishReport() {
  llvm::outs().flush();
  if (!llvm::outs().has_error())
    return llvm::Error::success();
  std::string reason = llvm::outs().error().message();
  llvm::outs().clear_error();
  return llvm::make_error<RunFailure>("cannot write to the standard output: " +
                                      reason);
}

llvm::Error mpc::printJSON(const nlohmann::json &object) {
  llvm::outs() << object.dump() << "\n";
  return finishReport();
}

/// Becomes null in JSON: there is nothing to tell.
static bool isNaN(const nlohmann::json &value) {
  return value.is_number_float() && std::isnan(value.get<double>());
}

llvm::Error mpc::printTable(const nlohmann::json &object) {
  for (const auto &[key, value] : object.items())
    if (!value.is_null() && !isNaN(value))
      llvm::outs() << llvm::left_justify(key, 22) << " " << value.dump()
                   << "\n";
  return finishReport();
}

llvm::Error mpc::writeResult(llvm::StringRef path, llvm::StringRef text) {
  llvm::Expected<data::AtomicFile> file = data::AtomicFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->append(text))
    return atRunTime(std::move(error));
  return atRunTime(file->commit());
}

llvm::Error mpc::checkWritable(llvm::StringRef path, const World *world) {
  if (path.empty() || !isRoot(world))
    return llvm::Error::success();
  // What is not committed leaves nothing behind.
  return data::AtomicFile::create(path).takeError();
}

void mpc::showSetup(Setup &setup) {
  if (!isRoot(setup.getSession().getWorld()))
    return;
  llvm::errs() << describe(setup.getPlan()) << "\n";
  const Executable &executable = setup.getCompiled().getExecutable();
  auto allocated = setup.getSession().getAllocatedBytes();
  for (auto [device, bytes] : llvm::enumerate(executable.arenaBytes))
    llvm::errs() << llvm::formatv("device {0}: {1:f2} MiB predicted, {2:f2} "
                                  "MiB allocated, {3:f2} MiB of it variables\n",
                                  device, bytes / 0x1p20,
                                  allocated[device] / 0x1p20,
                                  executable.variableBytes[device] / 0x1p20);
}

nlohmann::json mpc::getPredictedMs(const Plan &plan) {
  if (plan.cost.stepSeconds > 0)
    return plan.cost.stepSeconds * 1e3;
  return nullptr;
}

void mpc::addPrediction(nlohmann::json &object, Setup &setup) {
  object["predicted_step_ms"] = getPredictedMs(setup.getPlan());
  object["predicted_peak_bytes"] =
      setup.getCompiled().getExecutable().arenaBytes;
  object["allocated_peak_bytes"] = setup.getSession().getAllocatedBytes();
}

double mpc::getMedian(std::vector<double> values) {
  if (values.empty())
    return 0;
  llvm::sort(values);
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle]
                           : (values[middle - 1] + values[middle]) / 2;
}
