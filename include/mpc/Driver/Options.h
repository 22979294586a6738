//===- Options.h - what users of mpc-run say --------------------*- C++ -*-===//
//
// Plain data that every command works from; CommandLine.cpp declares the
// spellings. Empty strings and zeros mean "not given" unless said otherwise.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_DRIVER_OPTIONS_H
#define MPC_DRIVER_OPTIONS_H

#include "mpc/Planner/Planner.h"
#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace mpc {

class World;

enum class Command { Train, Infer, Verify, Plan, Bench, Compile, Devices };

struct RunOptions {
  Command command = Command::Train;
  /// Print one JSON object instead of a report.
  bool json = false;
  /// All words of the command line after the program's name.
  std::string commandLine;

  // Several processes.
  /// The processes of this run; null: this is the only one.
  World *world = nullptr;
  /// Longest wait for a device or a process, in seconds.
  int64_t timeout = 30;

  // The model.
  std::string model;
  std::string weights;
  /// Samples of an optimizer step; 0: the model's own.
  int64_t batch = 0;
  /// NAME=N: sizes of dims that the file leaves open.
  std::vector<std::string> dims;
  /// What the model computes in: "f32" or "bf16".
  std::string dtype = "f32";
  /// Regular expressions of variable names.
  std::string trainable, freeze;
  uint64_t seed = 0;

  // The devices.
  /// "cpu" or "cuda".
  std::string target = "cpu";
  /// Of the target cuda: sm_80 to sm_90. Empty: sm_80.
  std::string gpuArch;
  /// Of the target cuda: "auto", "cudnn" or "matmuls". Empty: auto.
  std::string attention;

  // The split.
  PartitionOptions partition;
  /// Show the plans that were not chosen, and why.
  bool explain = false;

  // Data.
  std::string data, dataDirectory, evalData;
  /// Tokens of a window; 0: what the model takes.
  int64_t sequence = 0;
  std::string input, output;

  // Training.
  std::string loss;
  std::string optimizer = "sgd";
  double learningRate = 0.01;
  /// "constant", "cosine" or "cosine:WARMUP".
  std::string schedule = "constant";
  double momentum = 0;
  double weightDecay = 0;
  double clip = 0;
  int64_t epochs = 0, steps = 0;

  // What is kept.
  std::string checkpoint, resume, metrics, trace;
  /// Steps between checkpoints; 0: one at the end of each epoch.
  int64_t checkpointEvery = 0;

  // Packages.
  /// "embed", "given" or "random".
  std::string packageWeights = "embed";
  /// LLVM's name of the processor; empty: this one.
  std::string cpu;
  /// Of the target cuda: cubins besides PTX.
  bool cubin = false;
  /// Steps whose results are stored; samples of an epoch's last batch; threads
  /// of a device.
  int64_t check = 0, lastBatch = 0, threads = 0;

  // Comparing and timing.
  /// Not a number: what suits the dtype.
  double tolerance = NAN;
  std::string mode = "infer";
  int64_t runs = 20;
};

/// Exit codes of mpc-run.
enum ExitCode {
  Success = 0,
  Failed = 1,
  BadInput = 2,
  Infeasible = 3,
  Interrupted = 130
};

/// The command line as options, or the code to exit with: help, version, and
/// mistakes have been printed then.
struct ParsedCommandLine {
  std::optional<int> exitCode;
  RunOptions options;
};
ParsedCommandLine parseCommandLine(int argc, char **argv);

} // namespace mpc

#endif
