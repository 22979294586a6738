//===- Interrupt.cpp - Ctrl-C as a question -------------------------------===//

#include "Interrupt.h"
#include "mpc/JIT/World.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/WithColor.h"
#include <unistd.h>

using namespace mpc;

static volatile std::sig_atomic_t wasInterrupted = 0, wasTerminated = 0;
static std::atomic<int> watches{0};

static void remember(int signal) {
  wasInterrupted = 1;
  if (signal == SIGTERM)
    wasTerminated = 1;
}

static void handle(int signal, int flags, struct sigaction &old) {
  struct sigaction action = {};
  action.sa_handler = remember;
  action.sa_flags = flags | SA_RESTART;
  sigaction(signal, &action, &old);
}

InterruptWatch::InterruptWatch() {
  wasInterrupted = 0;
  handle(SIGINT, SA_RESETHAND, oldInterrupt);
  handle(SIGTERM, SA_RESETHAND, oldTerminate);
  ++watches;
}

InterruptWatch::~InterruptWatch() {
  --watches;
  sigaction(SIGINT, &oldInterrupt, nullptr);
  sigaction(SIGTERM, &oldTerminate, nullptr);
}

bool InterruptWatch::isInterrupted() const { return wasInterrupted; }

//===----------------------------------------------------------------------===//
// SIGTERM from a launcher
//===----------------------------------------------------------------------===//

static constexpr auto pollInterval = std::chrono::milliseconds(20);
// Open MPI kills after a second. What is still waited for after this time will
// not come.
static constexpr auto graceTime = std::chrono::milliseconds(300);
static constexpr int exitCodeOfTermination = 128 + SIGTERM;

TerminationReport::TerminationReport(World &world) {
  handle(SIGTERM, 0, oldTerminate);
  thread = std::thread([this, &world] { watch(world); });
}

TerminationReport::~TerminationReport() {
  isOver = true;
  thread.join();
  sigaction(SIGTERM, &oldTerminate, nullptr);
}

static void say(World &world, llvm::StringRef what) {
  std::string line = "rank " + std::to_string(world.getRank()) +
                     ": ended by the launcher; " + what.str() + "\n";
  llvm::WithColor::error(llvm::errs(), "mpc-run") << line;
}

void TerminationReport::watch(World &world) {
  while (!wasTerminated) {
    if (isOver)
      return;
    std::this_thread::sleep_for(pollInterval);
  }
  std::this_thread::sleep_for(graceTime);
  if (isOver)
    return;
  std::string waits = world.describeWaits();
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(waits).split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef line : lines)
    say(world, line);
  if (watches > 0)
    return;
  if (lines.empty())
    say(world, "it waited for nobody");
  ::_exit(exitCodeOfTermination);
}
