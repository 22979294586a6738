//===- Processes.cpp - a run of several processes -------------------------===//

#include "Processes.h"
#include "Interrupt.h"
#include "Watchdog.h"
#include "mpc/Driver/Commands.h"
#include "llvm/Support/WithColor.h"
#include <cstdlib>
#include <thread>
#include <unistd.h>

using namespace mpc;

int64_t mpc::getLaunchedRank() {
  for (const char *name :
       {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID"}) {
    int64_t rank = 0;
    const char *text = std::getenv(name);
    if (text && !llvm::StringRef(text).getAsInteger(10, rank))
      return rank;
  }
  return 0;
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

static int getExitCode(const llvm::Error &error) {
  if (error.isA<RunFailure>() || error.isA<WorldFailure>() ||
      error.isA<SharedFailure>())
    return Failed;
  return error.isA<InfeasiblePlan>() ? Infeasible : BadInput;
}

/// What is wrong with the input is wrong everywhere: rank 0 says it.
static bool isSaidByRoot(World &world, llvm::StringRef text) {
  constexpr auto patience = std::chrono::seconds(1);
  auto end = std::chrono::steady_clock::now() + patience;
  std::string said;
  while (said.empty() && std::chrono::steady_clock::now() < end) {
    said = world.getFailure(0);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  // Long texts are cut on their way.
  return !said.empty() && text.starts_with(said);
}

int mpc::reportError(llvm::Error error, World *world) {
  int code = getExitCode(error);
  bool isOfRun = error.isA<RunFailure>(),
       hasLostOthers = error.isA<WorldFailure>(),
       isShared = error.isA<SharedFailure>();
  std::string text = toString(std::move(error));
  if (world) {
    world->announce(text);
    if (!isRoot(world) && (isShared || (!isOfRun && !hasLostOthers &&
                                        isSaidByRoot(*world, text))))
      return code;
    // Who has lost the others begins with its rank.
    if (isOfRun || (!isRoot(world) && !hasLostOthers))
      text = "rank " + std::to_string(world->getRank()) + ": " + text;
  }
  // At once, so that lines of several processes do not mix.
  llvm::WithColor::error(llvm::errs(), "mpc-run") << text + "\n";
  return code;
}

/// Launchers end all processes when the first one has ended: the others have a
/// moment to say what they know.
static void letOthersSpeak(World &world) {
  constexpr auto patience = std::chrono::milliseconds(500);
  auto end = std::chrono::steady_clock::now() + patience;
  auto haveAllSpoken = [&] {
    for (int64_t rank = 0; rank < world.getSize(); ++rank)
      if (rank != world.getRank() && world.getFailure(rank).empty())
        return false;
    return true;
  };
  while (!haveAllSpoken() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  // They have told us; to print it takes a moment longer.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

/// Without the usual end, which would wait for the others.
[[noreturn]] static void endAlone(int code) {
  llvm::outs().flush();
  llvm::errs().flush();
  ::_exit(code);
}

//===----------------------------------------------------------------------===//
// The run
//===----------------------------------------------------------------------===//

/// Without any word on devices there is one for each process.
static void adoptDevices(PartitionOptions &partition, int64_t processes) {
  bool isOpen = partition.devices == 0 && partition.mesh.empty() &&
                partition.cluster.empty() && partition.planFile.empty() &&
                partition.partition != "none";
  if (isOpen)
    partition.devices = processes;
}

/// Planning needs one process; its exit code is everybody's.
static llvm::Expected<int> runAlone(RunOptions options, CommandFunction run) {
  World *world = options.world;
  options.world = nullptr;
  llvm::Expected<int> code = Success;
  if (isRoot(world))
    code = run(options);
  if (!code)
    return code.takeError();
  auto told = world->broadcast("the exit code", std::to_string(*code));
  if (!told)
    return told.takeError();
  return std::atoi(told->c_str());
}

static llvm::Expected<int> runAgreed(RunOptions &options, CommandFunction run) {
  World &world = *options.world;
  if (llvm::Error error = world.agree("options", options.commandLine))
    return error;
  if (options.command == Command::Plan)
    return runAlone(options, run);
  adoptDevices(options.partition, world.getSize());
  return run(options);
}

int mpc::runTogether(RunOptions options, CommandFunction run) {
  // Starting many processes takes its time.
  constexpr int64_t shortestStart = 60;
  int64_t startSeconds = std::max(options.timeout, shortestStart);
  llvm::Expected<std::unique_ptr<World>> world = nullptr;
  {
    Watchdog watchdog(startSeconds, "waited " + std::to_string(startSeconds) +
                                        " s for the other processes to start");
    world = World::join(options.timeout * 1000);
  }
  if (!world) {
    if (getLaunchedRank() == 0)
      endAlone(reportError(world.takeError(), nullptr));
    llvm::consumeError(world.takeError());
    endAlone(BadInput);
  }
  options.world = world->get();
  std::optional<TerminationReport> termination(**world);
  llvm::Expected<int> code = runAgreed(options, run);
  if (!code) {
    int exitCode = reportError(code.takeError(), options.world);
    letOthersSpeak(**world);
    endAlone(exitCode);
  }
  termination.reset();
  Watchdog watchdog(options.timeout, "waited " +
                                         std::to_string(options.timeout) +
                                         " s for the other processes to end");
  if (llvm::Error error = (*world)->leave())
    endAlone(reportError(std::move(error), nullptr));
  return *code;
}
