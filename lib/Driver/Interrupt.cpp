//===- Interrupt.cpp - Ctrl-C as a question -------------------------------===//

#include "Interrupt.h"

using namespace mpc;

static volatile std::sig_atomic_t wasInterrupted = 0;

static void remember(int) { wasInterrupted = 1; }

InterruptWatch::InterruptWatch() {
  wasInterrupted = 0;
  struct sigaction action = {};
  action.sa_handler = remember;
  action.sa_flags = SA_RESETHAND | SA_RESTART;
  sigaction(SIGINT, &action, &oldInterrupt);
  sigaction(SIGTERM, &action, &oldTerminate);
}

InterruptWatch::~InterruptWatch() {
  sigaction(SIGINT, &oldInterrupt, nullptr);
  sigaction(SIGTERM, &oldTerminate, nullptr);
}

bool InterruptWatch::isInterrupted() const { return wasInterrupted; }
