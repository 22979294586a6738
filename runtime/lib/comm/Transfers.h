//===- Transfers.h - Messages to other processes, under way -----*- C++ -*-===//
#ifndef MPCRT_COMM_TRANSFERS_H
#define MPCRT_COMM_TRANSFERS_H

#include "../core/Placement.h"
#include "mpcrt/transport.h"
#include <cstdint>
#include <string>
#include <vector>

namespace mpcrt {

/// Who is on the other side: its process, and the number by which errors call
/// it (a device's, or the rank's again).
struct Peer {
  Index rank = 0;
  Index name = 0;
};

/// The messages that one thread has started and not yet seen the end of. They
/// are cancelled when it gives up.
class Transfers {
public:
  explicit Transfers(World &world) : world(world) {}
  ~Transfers() { cancel(); }
  Transfers(const Transfers &) = delete;
  Transfers &operator=(const Transfers &) = delete;

  /// `data` stays where it is until progress() has said that all is done.
  void send(Peer peer, int32_t tag, const void *data, size_t bytes);
  void receive(Peer peer, int32_t tag, void *data, size_t bytes);

  /// Ends what is done; true when nothing is left.
  bool progress();
  void cancel();
  bool isDone() const { return pending.empty(); }
  /// Those that have not done their part, each once, in the order in which
  /// their messages were started.
  std::vector<Peer> missing() const;
  /// The transport's complaint, which ended a message; else empty.
  const std::string &error() const { return problem; }

private:
  struct Pending {
    mpcrt_request request = 0;
    Peer peer;
  };
  template <typename Start> void start(Peer peer, size_t bytes, Start call);

  World &world;
  std::vector<Pending> pending; // changed under the world's lock only
  std::string problem;
};

} // namespace mpcrt

#endif // MPCRT_COMM_TRANSFERS_H
