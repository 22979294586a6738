//===- Metrics.cpp - a run as lines of JSON -------------------------------===//

#include "Metrics.h"
#include "mpc/Driver/Commands.h"
#include "llvm/Support/FileSystem.h"
#include <filesystem>
#include <nlohmann/json.hpp>

using namespace mpc;

llvm::Expected<MetricsFile> MetricsFile::create(llvm::StringRef path,
                                                bool append) {
  MetricsFile file;
  file.path = path.str();
  std::error_code code;
  file.stream = std::make_unique<llvm::raw_fd_ostream>(
      path, code, append ? llvm::sys::fs::OF_Append : llvm::sys::fs::OF_None);
  if (code)
    return llvm::createStringError("cannot write metrics '" + path +
                                   "': " + code.message());
  return file;
}

llvm::Error MetricsFile::write(const std::string &line) {
  std::error_code code;
  uint64_t before = std::filesystem::file_size(path, code);
  *stream << line << "\n";
  stream->flush();
  if (!stream->has_error())
    return llvm::Error::success();
  std::string reason = stream->error().message();
  stream->clear_error();
  // Not half a line: readers would trip over it.
  if (!code)
    std::filesystem::resize_file(path, before, code);
  return llvm::make_error<RunFailure>("cannot write metrics '" + path +
                                      "': " + reason);
}

static void addScore(nlohmann::json &object, const std::string &prefix,
                     const Score &score) {
  object[prefix + "loss"] = score.loss();
  if (std::optional<double> accuracy = score.accuracy())
    object[prefix + "accuracy"] = *accuracy;
}

llvm::Error MetricsFile::addStep(int64_t epoch, int64_t step,
                                 double learningRate, const Score &score,
                                 double seconds) {
  nlohmann::json object = {{"epoch", epoch},
                           {"step", step},
                           {"lr", learningRate},
                           {"step_ms", seconds * 1e3}};
  addScore(object, "", score);
  return write(object.dump());
}

llvm::Error MetricsFile::addEpoch(int64_t epoch, int64_t step,
                                  const Score &training,
                                  const std::optional<Score> &evaluation) {
  nlohmann::json object = {{"epoch", epoch}, {"step", step}};
  addScore(object, "train_", training);
  if (evaluation)
    addScore(object, "eval_", *evaluation);
  return write(object.dump());
}
