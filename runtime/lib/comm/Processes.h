//===- Processes.h - Devices of several processes ---------------*- C++ -*-===//
#ifndef MPCRT_COMM_PROCESSES_H
#define MPCRT_COMM_PROCESSES_H

#include "../core/Communicator.h"

namespace mpcrt {

/// "processes": groups and channels within this process are those of
/// "in-process", all others go over the world's transport. Results have the
/// same bits.
const CommunicatorDriver &processesDriver();

} // namespace mpcrt

#endif // MPCRT_COMM_PROCESSES_H
