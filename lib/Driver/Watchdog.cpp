//===- Watchdog.cpp - an end for calls that have none ---------------------===//

#include "Watchdog.h"
#include "Processes.h"
#include "llvm/Support/WithColor.h"
#include <unistd.h>

using namespace mpc;

Watchdog::Watchdog(int64_t seconds, std::string message)
    : thread([this, seconds, message = std::move(message)] {
        std::unique_lock lock(mutex);
        if (ended.wait_for(lock, std::chrono::seconds(seconds),
                           [this] { return isOver; }))
          return;
        llvm::WithColor::error(llvm::errs(), "mpc-run")
            << "rank " + std::to_string(getLaunchedRank()) + ": " + message +
                   "\n";
        ::_exit(Failed);
      }) {}

Watchdog::~Watchdog() {
  {
    std::lock_guard lock(mutex);
    isOver = true;
  }
  ended.notify_all();
  thread.join();
}
