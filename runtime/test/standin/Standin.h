//===- Standin.h - A driver that works late, on the host --------*- C++ -*-===//
//
// A shared object with the symbols of NVIDIA's libraries that the runtime uses
// (lib/cuda/Symbols.def), for machines without a GPU. Streams are queues;
// what they hold is done late, in a random order that streams and events
// allow, when somebody waits or at random before. Memory of the device is the
// host's at addresses that the host cannot use: code that reads it without a
// copy crashes. "Kernels" are functions of the host, registered by entry.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_TEST_STANDIN_H
#define MPCRT_TEST_STANDIN_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace mpcrt::standin {

/// Forgets errors and rules, and decides the order from now on. Nothing is
/// queued.
void reset(uint64_t seed);

/// A GPU of the machine.
struct GPU {
  std::string name = "stand-in";
  size_t memory = size_t{1} << 32;
  int major = 9, minor = 0;
  int multiprocessors = 100, clock = 1000000;  // kHz
  int memoryClock = 2000000, memoryBus = 4096; // kHz, bits
  unsigned links = 4, pcieGeneration = 5, pcieLanes = 16;
};
/// What the driver and NVML tell of the machine. GPUs of a block (consecutive
/// ones) are joined by NVLink; others reach each other over PCIe if
/// `reachOverBus`. Without a call: one GPU, or as many as the environment's
/// MPCRT_STANDIN_GPUS says, in blocks of two.
struct MachineOfGPUs {
  std::vector<GPU> gpus;
  int block = 1;
  bool reachOverBus = true;
};
void setMachine(const MachineOfGPUs &machine);

/// The most that cuMemAlloc gives out together.
void setMemory(size_t bytes);

/// What a module takes when it is loaded, and what must be free for cuBLASLt
/// when it multiplies; nothing after a reset.
void setModuleBytes(size_t bytes);
void setLibraryBytes(size_t bytes);
/// The most that cuMemAllocHost gives out at once.
void setPinnableBytes(size_t bytes);

/// Does a launch's work; `parameters` are those of cuLaunchKernel.
using Kernel = std::function<void(void **parameters)>;
void registerKernel(const std::string &entry, Kernel kernel);
/// Sizes of an entry's parameters, from the first to the last.
void setParameterBytes(const std::string &entry, std::vector<size_t> bytes);

/// The entry is launched with so many blocks of so many threads; any other
/// launch of it is refused.
void expectLaunch(const std::string &entry, int64_t grid, int64_t block);

/// Host memory of an address that a kernel got.
char *hostOf(const void *address);

/// Leaves out the wait for an event number `number` (from 0) of the stream that
/// was created as number `stream` after the reset.
void ignoreWait(int stream, int number);
/// The same for stream number `stream` of those that a thread with this number
/// has made and that exist.
void setOwner(int owner);
void ignoreWaitOf(int owner, int stream, int number);
int waitsOf(int owner, int stream);
/// How many such waits that stream was asked for, and how many streams exist.
int waits(int stream);
int streams();

/// Events that have been created in all.
int createdEvents();
/// Graphs that were launched since the last call.
int graphLaunches();
/// What process `rank` has had NCCL begin since the reset, in order:
/// "aX5k1b.0.1 all_reduce 96", of that communicator. Of this program only.
std::vector<std::string> ncclLaunches(int rank);
/// What NCCL leaves undefined and somebody has done all the same: calls of
/// different kinds or sizes that meet (they hang), or a source that changes
/// before it may.
std::vector<std::string> problems();
/// The next kernel of NCCL of this rank reports this status, and hangs.
void failInNccl(int rank, int status);

/// Attentions that were planned since the last call.
int attentionPlans();

/// This entry fails when it is done, as if it had used a bad address.
void failInKernel(const std::string &entry);

} // namespace mpcrt::standin

#endif // MPCRT_TEST_STANDIN_H
