//===- Loopback.h - Processes that are threads, for tests -------*- C++ -*-===//
#ifndef MPCRT_TEST_LOOPBACK_H
#define MPCRT_TEST_LOOPBACK_H

#include "mpcrt/transport.h"
#include <memory>
#include <vector>

namespace mpcrt::test {

/// A transport within one process: one end for each rank. Sends are done once
/// they are received, as those of large messages over a real one.
class Loopback {
public:
  explicit Loopback(int ranks);
  ~Loopback();
  mpcrt_transport end(int rank);

private:
  struct Hub;
  struct End;
  std::unique_ptr<Hub> hub;
  std::vector<std::unique_ptr<End>> ends;
};

} // namespace mpcrt::test

#endif // MPCRT_TEST_LOOPBACK_H
