//===- Interrupt.h - Ctrl-C as a question -----------------------*- C++ -*-===//

#ifndef MPC_LIB_DRIVER_INTERRUPT_H
#define MPC_LIB_DRIVER_INTERRUPT_H

#include <atomic>
#include <csignal>
#include <thread>

namespace mpc {

class World;

/// While it lives, the first Ctrl-C (or SIGTERM) only sets a flag; a second one
/// kills as usual.
class InterruptWatch {
public:
  InterruptWatch();
  ~InterruptWatch();
  bool isInterrupted() const;

private:
  struct sigaction oldInterrupt, oldTerminate;
};

/// Launchers end all processes with SIGTERM when one of them has died, and kill
/// them soon after. While this lives, SIGTERM makes the process say what it
/// waits for; then it ends, unless an InterruptWatch has the run end in order.
class TerminationReport {
public:
  explicit TerminationReport(World &world);
  ~TerminationReport();

private:
  void watch(World &world);

  struct sigaction oldTerminate;
  std::atomic<bool> isOver{false};
  std::thread thread;
};

} // namespace mpc

#endif
