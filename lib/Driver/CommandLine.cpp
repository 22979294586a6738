//===- CommandLine.cpp - the spellings of options -------------------------===//

#include "llvm/Support/CommandLine.h"
#include "mpc/Driver/Options.h"
#include "mpc/Pipelines/PartitionFlags.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"
#include <map>

using namespace llvm;
using namespace mpc;

namespace {
struct CommandInfo {
  Command command;
  StringRef name, summary, examples;
};
} // namespace

static constexpr CommandInfo commands[] = {
    {Command::Train, "train", "train a model",
     R"(
EXAMPLES:
  mpc-run train mlp.mlir --data=fashion-mnist --optimizer=adam --lr=1e-3 --batch=128 --epochs=10
  mpc-run train gpt.mlir --data=book.txt --optimizer=adamw --lr=3e-4 --lr-schedule=cosine:100 --steps=2000
  mpc-run train gpt.mlir --data=book.txt --optimizer=adamw --lr=3e-4 --steps=2000 --dtype=bf16
  mpc-run train mlp.mlir --data=train.npz --partition=pipeline --devices=2 --checkpoint=run
  mpc-run train mlp.mlir --data=train.npz --mesh=data:2,tensor:2 --resume=run --epochs=20
  mpirun -n 4 mpc-run train mlp.mlir --data=train.npz --mesh=stage:2,data:2

  Ctrl-C finishes the step, writes a checkpoint if --checkpoint is given, and exits with 130.
)"},
    {Command::Infer, "infer", "run a model forward",
     R"(
EXAMPLES:
  mpc-run infer mlp.mlir --input=images.npz --output=logits.npz
  mpc-run infer mlp.mlir --weights=run/step-4690/model.safetensors --input=images.npz --output=logits.npz

  Arrays are matched to the model's inputs by name, or by position when no name matches. The batch
  is that of the arrays.
)"},
    {Command::Verify, "verify",
     "check that the split model computes what the unsplit one does",
     R"(
EXAMPLES:
  mpc-run verify mlp.mlir --partition=tensor --devices=2 --loss=cross-entropy --steps=3
  mpc-run verify mlp.mlir --plan=plan.json

  Without --loss only the outputs of the forward program are compared. Exits with 1 and names the
  first tensor that differs.
)"},
    {Command::Plan, "plan",
     "choose a split and predict what it costs, without running",
     R"(
EXAMPLES:
  mpc-run plan mlp.mlir --devices=4 --loss=cross-entropy --explain
  mpc-run plan gpt.mlir --cluster=dgx-a100:2 --global-batch=512 --loss=next-token --json
  mpc-run plan gpt.mlir --mesh=data:2,stage:4 --micro-batches=8 --loss=next-token

  Without --loss the plan is for inference.
)"},
    {Command::Bench, "bench", "time steps after warming up",
     R"(
EXAMPLES:
  mpc-run bench mlp.mlir --mode=infer --runs=50
  mpc-run bench mlp.mlir --mode=train --optimizer=adam --plan=plan.json --json
)"},
    {Command::Compile, "compile", "write a package that runs without mpc",
     R"(
EXAMPLES:
  mpc-run compile mlp.mlir -o mlp.mpcpkg
  mpc-run compile mlp.mlir --loss=cross-entropy --optimizer=adam --lr=1e-3 --check=3 -o mlp.mpcpkg
  mpc-run compile gpt.mlir --loss=next-token --mesh=data:2,stage:2 --cpu=x86-64-v3 -o gpt.mpcpkg
  mpc-run compile gpt.mlir --loss=next-token --target=cuda --gpu-arch=sm_90 --check=2 -o gpt.mpcpkg
  mpc-exec verify mlp.mpcpkg

  With --loss the package trains, without it infers. mpc-exec runs it, and needs neither mpc nor LLVM;
  mpc-run train, infer, bench and verify take packages too.
)"},
    {Command::Devices, "devices", "show the GPUs of this machine as a cluster",
     R"(
EXAMPLES:
  mpc-run devices
  mpc-run devices --json > cluster.json
  mpc-run plan gpt.mlir --cluster=cluster.json --loss=next-token
  mpc-run devices --cluster=dgx-a100:2 --json > two-nodes.json

  The JSON is what --cluster takes: edit what you know better. --cluster=detect does without a file.
)"},
};

// A day, in seconds.
static constexpr int64_t longestTimeout = 86400;

static constexpr StringLiteral overview =
    "mpc-run: trains, runs and checks models that mpc splits\n";

static cl::SubCommand &getSubCommand(Command command) {
  static std::map<Command, std::unique_ptr<cl::SubCommand>> subCommands;
  std::unique_ptr<cl::SubCommand> &entry = subCommands[command];
  if (!entry)
    for (const CommandInfo &info : commands)
      if (info.command == command)
        entry = std::make_unique<cl::SubCommand>(info.name, info.summary);
  return *entry;
}

static std::vector<cl::SubCommand *>
getSubCommands(ArrayRef<Command> commands) {
  std::vector<cl::SubCommand *> list;
  for (Command command : commands)
    list.push_back(&getSubCommand(command));
  return list;
}

namespace {
/// The options, bound to the fields of a RunOptions. Lives as long as the
/// program, since llvm::cl keeps pointers.
class OptionTable {
public:
  explicit OptionTable(RunOptions &options);
  std::vector<const cl::OptionCategory *> categories() const {
    return {&model, &split, &data, &training, &files};
  }

private:
  template <typename T>
  void add(StringRef name, T &target, cl::OptionCategory &category,
           ArrayRef<Command> commands, StringRef value, StringRef text) {
    using Parser = std::conditional_t<std::is_same_v<T, int64_t>, CountParser,
                                      cl::parser<T>>;
    options.push_back(std::make_unique<cl::opt<T, true, Parser>>(
        name, cl::desc(text), cl::location(target), cl::value_desc(value),
        cl::cat(category), InCommands{getSubCommands(commands)}));
  }
  void addModel(RunOptions &o);
  void addData(RunOptions &o);
  void addTraining(RunOptions &o);
  void addFiles(RunOptions &o);
  void addPackage(RunOptions &o);
  void addDevices(RunOptions &o);

  std::vector<std::unique_ptr<cl::Option>> options;
  cl::OptionCategory model{"Model"}, split{"Split"}, data{"Data"},
      training{"Training"}, files{"Results"};
  PartitionFlags splitFlags;
};
} // namespace

static constexpr Command everywhere[] = {Command::Train,  Command::Infer,
                                         Command::Verify, Command::Plan,
                                         Command::Bench,  Command::Compile};
static constexpr Command whereTrained[] = {Command::Train, Command::Verify,
                                           Command::Plan, Command::Bench,
                                           Command::Compile};
static constexpr Command whereFed[] = {Command::Train, Command::Verify};
static constexpr Command whereRated[] = {Command::Train, Command::Verify,
                                         Command::Compile};

OptionTable::OptionTable(RunOptions &o)
    : splitFlags(o.partition, split, getSubCommands(everywhere)) {
  add("target", o.target, split, everywhere, "KIND",
      "cpu (default) or cuda: what the devices are");
  add("gpu-arch", o.gpuArch, split, everywhere, "sm_NN",
      "of the target cuda: sm_80 (default) to sm_90; code runs on later GPUs "
      "too");
  add("attention", o.attention, split, everywhere, "KIND",
      "of the target cuda: cudnn, in bf16 where it can; matmuls around a "
      "softmax; auto (default): cudnn if mpc was built with it");
  add("explain", o.explain, split, {Command::Plan}, "",
      "show all candidates, and why they lost");
  addModel(o);
  addData(o);
  addTraining(o);
  addFiles(o);
  addPackage(o);
  addDevices(o);
}

void OptionTable::addDevices(RunOptions &o) {
  constexpr Command where[] = {Command::Devices};
  add("cluster", o.partition.cluster, split, where, "FILE|NAME",
      "show this one (default: detect)");
  add("json", o.json, files, where, "", "print the cluster as JSON");
}

void OptionTable::addModel(RunOptions &o) {
  options.push_back(std::make_unique<cl::opt<std::string, true>>(
      cl::Positional, cl::Required, cl::desc("MODEL"), cl::location(o.model),
      InCommands{getSubCommands(everywhere)}));
  add("weights", o.weights, model, everywhere, "FILE",
      "weights by name: .safetensors or .safetensors.index.json");
  add("batch", o.batch, model, everywhere, "N",
      "samples of an optimizer step (default: the model's)");
  auto *batch =
      static_cast<cl::opt<int64_t, true, CountParser> *>(options.back().get());
  options.push_back(std::make_unique<cl::alias>(
      "global-batch", cl::desc("the same as --batch"), cl::aliasopt(*batch),
      cl::cat(model)));
  add("sequence", o.sequence, model, everywhere, "N",
      "tokens of a window (default: the model's)");
  options.push_back(
      std::make_unique<cl::list<std::string, std::vector<std::string>>>(
          "dim", cl::desc("size of a dim that the model leaves open"),
          cl::location(o.dims), cl::value_desc("NAME=N"), cl::cat(model),
          InCommands{getSubCommands(everywhere)}));
  add("dtype", o.dtype, model, everywhere, "TYPE",
      "f32 (default) or bf16: parameters and activations in bf16, sums, norms, "
      "softmax, loss and optimizer in f32");
  add("trainable", o.trainable, model, whereTrained, "REGEX",
      "train only parameters whose name matches");
  add("freeze", o.freeze, model, whereTrained, "REGEX",
      "do not train parameters whose name matches");
  add("seed", o.seed, model, everywhere, "N",
      "of initial weights and of the order of samples");
}

void OptionTable::addData(RunOptions &o) {
  add("data", o.data, data, whereFed, "D",
      "fashion-mnist, mnist, IMAGES.idx,LABELS.idx, F.npz, F.safetensors, "
      "F.bin:uint16, F.txt");
  add("data-dir", o.dataDirectory, data, whereFed, "DIR",
      "where fashion-mnist or mnist is");
  add("eval-data", o.evalData, data, {Command::Train}, "D",
      "evaluated after each epoch (default: the test split of fashion-mnist "
      "and mnist)");
  add("input", o.input, data, {Command::Infer}, "F.npz", "the model's inputs");
  add("output", o.output, data, {Command::Infer}, "F.npz",
      "where its outputs go");
}

void OptionTable::addTraining(RunOptions &o) {
  add("loss", o.loss, training, whereTrained, "KIND",
      "cross-entropy, next-token or mse");
  add("optimizer", o.optimizer, training, whereTrained, "KIND",
      "sgd (default), adam or adamw");
  add("lr", o.learningRate, training, whereRated, "X",
      "learning rate (default: 0.01)");
  add("lr-schedule", o.schedule, training, {Command::Train}, "KIND",
      "constant (default), cosine or cosine:W: rises linearly for W steps, "
      "then falls to 0 along "
      "a half cosine that ends with the last step");
  add("momentum", o.momentum, training, whereTrained, "X",
      "of sgd (default: 0)");
  add("weight-decay", o.weightDecay, training, whereTrained, "X",
      "pull of weights toward zero");
  add("clip", o.clip, training, whereTrained, "X",
      "largest global norm of the gradients");
  add("epochs", o.epochs, training, {Command::Train}, "N",
      "passes over the data (default: 1)");
  add("steps", o.steps, training, whereFed, "N",
      "optimizer steps in all (verify: 2)");
  add("tolerance", o.tolerance, training, {Command::Verify}, "X",
      "largest relative error of a tensor (default: 1e-4, in bf16 0.05)");
  add("mode", o.mode, training, {Command::Bench}, "KIND",
      "infer (default) or train");
  add("runs", o.runs, training, {Command::Bench}, "N",
      "timed runs (default: 20)");
}

void OptionTable::addPackage(RunOptions &o) {
  constexpr Command where[] = {Command::Compile};
  add("o", o.output, files, where, "F.mpcpkg", "the package");
  add("package-weights", o.packageWeights, files, where, "KIND",
      "weights of files: embed (default) in the package, given to mpc-exec by "
      "--weights, or random: drawn instead");
  add("cpu", o.cpu, files, where, "NAME",
      "processor as LLVM names it: x86-64-v3, x86-64-v4, znver4 (default: "
      "this one)");
  add("cubin", o.cubin, files, where, "",
      "of the target cuda: machine code for --gpu-arch besides PTX; needs "
      "ptxas");
  add("threads", o.threads, files, where, "N",
      "threads of a device (default: cores of this machine / devices)");
  add("last-batch", o.lastBatch, files, where, "N",
      "samples of an epoch's last, smaller batch");
  add("check", o.check, files, where, "STEPS",
      "run these steps here, and store what they give for mpc-exec verify");
}

void OptionTable::addFiles(RunOptions &o) {
  add("checkpoint", o.checkpoint, files, {Command::Train}, "DIR",
      "write checkpoints here");
  add("checkpoint-every", o.checkpointEvery, files, {Command::Train}, "N",
      "steps between checkpoints (default: one an epoch)");
  add("resume", o.resume, files, {Command::Train}, "DIR",
      "go on from the newest checkpoint there");
  add("metrics", o.metrics, files, {Command::Train}, "F.jsonl",
      "one JSON object a step and an epoch");
  add("trace", o.trace, files, {Command::Train, Command::Plan}, "F.json",
      "the last step (plan: the predicted one) as a Chrome trace, one slice an "
      "action");
  add("timeout", o.timeout, files, everywhere, "SECONDS",
      "longest wait for a device or another process (default: 30)");
  add("json", o.json, files, everywhere, "",
      "print one JSON object instead of the report");
}

static void printUsage(raw_ostream &os) {
  os << overview << "\nUSAGE: mpc-run COMMAND MODEL [options]\n\nCOMMANDS:\n";
  for (const CommandInfo &info : commands)
    os << "  " << left_justify(info.name, 8) << info.summary << "\n";
  os << R"(
EXAMPLES:
  mpc-run train mlp.mlir --data=fashion-mnist --optimizer=adam --lr=1e-3 --epochs=10
  mpc-run infer mlp.mlir --input=images.npz --output=logits.npz
  mpc-run verify mlp.mlir --partition=pipeline --devices=2 --loss=cross-entropy
  mpc-run plan mlp.mlir --devices=4 --loss=cross-entropy --explain
  mpc-run compile mlp.mlir --loss=cross-entropy -o mlp.mpcpkg

'mpc-run COMMAND --help' lists a command's options.
Exit codes: 0 success, 1 a failed run or check, 2 wrong usage or bad input, 3 no feasible plan.
)";
}

static void printVersion(raw_ostream &os) {
  os << "mpc-run " << MPC_VERSION << "\n";
}

static raw_ostream &printError() { return WithColor::error(errs(), "mpc-run"); }

/// What needs no parsing: help, version, and commands that do not exist.
static std::optional<int> checkFirstArgument(int argc, char **argv) {
  StringRef first = argc > 1 ? argv[1] : "";
  if (first == "--help" || first == "-h" || first == "help")
    return printUsage(outs()), Success;
  // llvm::cl knows this one only where there is no command.
  if (any_of(ArrayRef(argv, argc),
             [](StringRef word) { return word == "--version"; }))
    return printVersion(outs()), Success;
  if (any_of(commands,
             [&](const CommandInfo &info) { return info.name == first; }))
    return std::nullopt;
  if (first.empty())
    printUsage(errs());
  else if (first == "calibrate")
    printError() << "command '" << first << "' does not exist yet\n";
  else
    printError() << "unknown command '" << first
                 << "', expected train, infer, verify, plan, bench, compile or "
                    "devices; see "
                    "'mpc-run --help'\n";
  return BadInput;
}

ParsedCommandLine mpc::parseCommandLine(int argc, char **argv) {
  ParsedCommandLine result;
  if ((result.exitCode = checkFirstArgument(argc, argv)))
    return result;
  static RunOptions options;
  static OptionTable table(options);
  const CommandInfo &info = *find_if(
      commands, [&](const CommandInfo &info) { return info.name == argv[1]; });
  static cl::extrahelp examples(info.examples);
  cl::HideUnrelatedOptions(table.categories(), getSubCommand(info.command));
  cl::SetVersionPrinter(printVersion);
  std::string problem;
  raw_string_ostream os(problem);
  if (!cl::ParseCommandLineOptions(argc, argv, overview, &os)) {
    errs() << problem;
    result.exitCode = BadInput;
    return result;
  }
  result.options = options;
  result.options.command = info.command;
  result.options.commandLine = join(argv + 1, argv + argc, " ");
  if (options.timeout > longestTimeout) {
    printError() << "--timeout: expected 1 to " << longestTimeout
                 << " seconds, found " << options.timeout << "\n";
    result.exitCode = BadInput;
  }
  return result;
}
