//===- MeetingOrder.h - One order for what devices do together --*- C++ -*-===//
//
// A library like NCCL needs more than lists that do not deadlock when each
// device has as many threads of communication as it likes: what it was asked
// for stands in the way of what it is asked for later. So all that the devices
// of a program do together is put in one order, by going through their lists as
// the executor would:
//
//   device 0:  forward | send a | forward | recv b | backward | all_reduce
//   device 1:  recv a | forward | send b | ...               | all_reduce
//   order:     a, b, all_reduce
//
// What is ready at the same moment, counted in actions, and is a message
// belongs together: neighbours that exchange both ways, or pass on around a
// ring, send and receive at once. (A device receives one message at most: its
// thread of receives comes to the next one when it has asked for this one.)
//
// If every device asks for its part of the order from the first to the last,
// nothing can deadlock, however much of it is done at a time: the earliest
// meeting that is not over waits for nothing but compute, and all that this
// compute waits for is over.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_COMM_MEETINGORDER_H
#define MPCRT_COMM_MEETINGORDER_H

#include "../core/Manifest.h"

namespace mpcrt {

/// One device's part of a meeting: a collective, or its messages of a moment.
struct Meeting {
  bool isCollective = false;
  int32_t parts = 0;  ///< how many sends and receives; 1 for a collective
  int32_t number = 0; ///< of the meeting among all: other devices have it too
};

/// One device's meetings in the order of all, and where the collectives, sends
/// and receives of its list are, by their numbers in it. A collective of one
/// member is none.
struct MeetingList {
  std::vector<Meeting> meetings;
  std::vector<int32_t> ofCollective, ofSend, ofReceive;
};

/// The lists of all devices. Every process finds the same ones. Fails with
/// MPCRT_MISMATCH where members meet with different collectives or messages,
/// or where the lists have no such order: they would deadlock.
std::vector<MeetingList>
orderMeetings(const Program &program,
              const std::vector<std::vector<Index>> &groups,
              const std::vector<Channel> &channels);

} // namespace mpcrt

#endif // MPCRT_COMM_MEETINGORDER_H
