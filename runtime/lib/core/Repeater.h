//===- Repeater.h - Runs that devices have learnt ---------------*- C++ -*-===//
#ifndef MPCRT_CORE_REPEATER_H
#define MPCRT_CORE_REPEATER_H

#include "Manifest.h"
#include <functional>

namespace mpcrt {

/// Has devices do a program as a whole, without asking for its parts again: in
/// every run they are asked for the same, but for the arrays of the host.
///
///   first run    begin() = Learn    the executors run, the devices note end()
///   later        begin() = Repeat   feeds and fetches alone end()
///
/// The devices work in end(). Everything must be asked of the devices: for
/// sessions in one process, without a trace.
class Repeater {
public:
  virtual ~Repeater() = default;

  enum class Way : uint8_t { Learn, Repeat };
  /// Before the first run of a program the devices get a look at its feeds and
  /// fetches: `lookAhead` asks them for those.
  virtual Way begin(Index program, const std::function<void()> &lookAhead) = 0;
  /// Outputs are written when it returns.
  virtual void end() = 0;
};

} // namespace mpcrt

#endif // MPCRT_CORE_REPEATER_H
