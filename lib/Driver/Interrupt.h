//===- Interrupt.h - Ctrl-C as a question -----------------------*- C++ -*-===//

#ifndef MPC_LIB_DRIVER_INTERRUPT_H
#define MPC_LIB_DRIVER_INTERRUPT_H

#include <csignal>

namespace mpc {

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

} // namespace mpc

#endif
