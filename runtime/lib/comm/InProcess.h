//===- InProcess.h - Devices of one process ---------------------*- C++ -*-===//
#ifndef MPCRT_COMM_INPROCESS_H
#define MPCRT_COMM_INPROCESS_H

#include "../core/Communicator.h"

namespace mpcrt {

/// "in-process": members meet in shared memory and read each other's buffers
/// directly. Reductions go in group order, so all members get bitwise the same
/// result every time.
const CommunicatorDriver &inProcessDriver();

} // namespace mpcrt

#endif // MPCRT_COMM_INPROCESS_H
