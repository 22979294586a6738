//===- World.h - The processes of a run -------------------------*- C++ -*-===//
//
// On a transport (mpcrt/transport.h) that moves bytes this builds what a run of
// several processes needs besides messages: waits that end, heartbeats, notices
// of failure, and meetings outside of steps.
//
//   rank 0 ---- share("plan", ...) ----.      a meeting is patient: it lasts as
//   rank 1 ---- share("plan", ...) ----+----  long as the missing ones are
//   heard rank 2 ---- compiling, beats ------'
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_COMM_WORLD_H
#define MPCRT_COMM_WORLD_H

#include "../core/Communicator.h"
#include "Transfers.h"
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace mpcrt {

/// A wait in the words of its error.
class WaitPlace {
public:
  explicit WaitPlace(const Transfers &transfers) : transfers(transfers) {}
  virtual ~WaitPlace() = default;
  /// "device 1 waited 320 ms in recv on channel 0 ...; missing: ...".
  virtual std::string text(std::chrono::milliseconds waited) const = 0;

  const Transfers &transfers;
};

class World {
public:
  World(const mpcrt_transport &transport, std::chrono::milliseconds timeout);
  /// Does not meet the others: after a failure they may be gone.
  ~World();
  World(const World &) = delete;
  World &operator=(const World &) = delete;

  Index rank() const { return transport.rank; }
  Index size() const { return transport.size; }
  Index localRank() const { return transport.local_rank; }
  Index localSize() const { return transport.local_size; }
  std::chrono::milliseconds timeout() const { return longestWait; }

  /// `count` tags that nobody else uses; all processes reserve in the same
  /// order. Fails with MPCRT_UNSUPPORTED when the transport has no more.
  int32_t reserveTags(int64_t count);

  struct WaitRules {
    std::chrono::milliseconds timeout;
    /// Those who are heard may take their time.
    bool patient = false;
    /// Set when this process gives up.
    const std::atomic<bool> *aborted = nullptr;
    /// Of the device that waits.
    const Need *need = nullptr;
  };
  /// Waits until the transfers of `place` are done. Fails with MPCRT_TIMEOUT,
  /// MPCRT_PEER_FAILED, or Cancelled once aborted.
  void wait(Transfers &transfers, const WaitPlace &place,
            const WaitRules &rules);

  /// How far a process is: the collectives and rounds of messages that it has
  /// begun in run number `run`.
  struct Progress {
    int64_t run = 0, collectives = 0, messages = 0;
  };
  /// Heartbeats take it to the others.
  void tellProgress(const Progress &progress);
  Progress progressOf(Index rank) const;
  /// From now on some heartbeats come within `time`.
  void beatWithin(std::chrono::milliseconds time);

  /// What this process has done last, for the errors of waits between runs.
  void noteAction(const Action &action);
  /// " (after action 44 'update', stage 1)", or nothing.
  std::string describeLastAction() const;

  /// Meeting `what` (below 64 characters): everybody gets everybody's `bytes`,
  /// by rank. Fails as wait, and with MPCRT_MISMATCH where the others are at
  /// another meeting.
  void share(const char *what, const void *mine, size_t bytes, void *all,
             bool patient);
  /// Rank 0's bytes for everybody. All know how many.
  void broadcast(const char *what, void *data, size_t bytes);

  /// Brings bytes from a rank to rank 0; the others do nothing.
  void bring(const char *what, Index from, void *data, size_t bytes);

  /// Tells the others that this process ends, and why, as well as it can,
  /// without waiting.
  void announce(const std::string &reason);
  /// "rank 2 failed: ...", of the first that has announced it; else empty.
  std::string failure() const;
  /// What a process has announced; else empty.
  std::string failureOf(Index rank) const;
  /// What this process waits for right now, a line each.
  std::string describeWaits() const;

  /// The last meeting, and the transport's end.
  void close();

private:
  friend class Transfers;
  /// What a process says outside of the program's order.
  struct Notice {
    enum Kind : int32_t { Alive, Failed } kind = Alive;
    int32_t rank = 0;
    Progress progress;
    char reason[992] = "";
  };
  /// Outlives the executable that the action is of.
  struct ActionMark {
    int64_t id;
    ActionKind kind;
    int32_t chunk, micro;
  };
  struct OpenWait {
    const WaitPlace *place;
    Clock::time_point since;
  };

  std::string describeError(int32_t error) const; // under the lock
  bool isOver(const Transfers &transfers, const WaitRules &rules,
              Clock::time_point start) const;
  void exchange(const char *what, const void *mine, size_t bytes, void *all,
                bool patient);

  void pulse();
  void withdraw();
  void expectNotice();
  void takeNotices();
  void beat(Clock::time_point now);
  void sendNotice(const Notice &notice, size_t bytes, Index to);
  void stopPulse();

  mpcrt_transport transport;
  std::chrono::milliseconds longestWait;
  int64_t tagsUsed;

  mutable std::mutex mutex; // of the transport and all below
  size_t underWay = 0;      // messages of all Transfers
  std::vector<Clock::time_point> heard;
  std::vector<mpcrt_request> beats; // the latest to each, 0: none under way
  std::vector<Notice> alive;        // by whom it is for
  Notice incoming, farewell;
  Progress ownProgress;
  std::vector<Progress> progress; // of the others
  std::chrono::milliseconds beatInterval;
  mpcrt_request expected = 0;
  Clock::time_point nextBeat;
  std::vector<std::string> failures; // by rank
  std::string firstFailure;          // "rank 2 failed: ..."
  std::deque<OpenWait> openWaits;

  std::atomic<bool> hasFailed{false};
  bool stopping = false, announced = false;
  Transfers farewells;
  mutable std::mutex actionMutex; // taken last
  std::optional<ActionMark> lastAction;
  std::condition_variable stopped;
  std::thread thread; // last: it uses all the rest
};

} // namespace mpcrt

#endif // MPCRT_COMM_WORLD_H
