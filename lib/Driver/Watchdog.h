//===- Watchdog.h - an end for calls that have none -------------*- C++ -*-===//

#ifndef MPC_LIB_DRIVER_WATCHDOG_H
#define MPC_LIB_DRIVER_WATCHDOG_H

#include <condition_variable>
#include <string>
#include <thread>

namespace mpc {

/// Ends the process with an error when it lives longer than `seconds`: for
/// calls of a library that may wait for ever.
class Watchdog {
public:
  Watchdog(int64_t seconds, std::string message);
  ~Watchdog();

private:
  std::mutex mutex;
  std::condition_variable ended;
  bool isOver = false;
  std::thread thread;
};

} // namespace mpc

#endif
