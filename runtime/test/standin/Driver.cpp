//===- Driver.cpp - The driver API of the stand-in ------------------------===//
#include "DriverSymbols.h"
#include "Memory.h"
#include "NcclRules.h"
#include "Queue.h"
#include "Standin.h"
#include <atomic>
#include <cstring>
#include <map>

using namespace mpcrt;
using namespace mpcrt::cuda;
using standin::EventState;
using standin::Queue;
using standin::StreamState;

namespace {

constexpr int invalidValue = 1, noBinaryForGPU = 209, invalidHandle = 400,
              notFound = 500, illegalAddress = 700;

StreamState *stateOf(Stream stream) {
  return reinterpret_cast<StreamState *>(stream);
}
std::shared_ptr<EventState> &stateOf(Event event) {
  return *reinterpret_cast<std::shared_ptr<EventState> *>(event);
}

struct LoadedImage {
  std::string text;
  size_t bytes; // of the device's memory
};
struct Entry {
  std::string name;
};

std::map<std::string, standin::Kernel> &kernels() {
  static std::map<std::string, standin::Kernel> table;
  return table;
}
/// Blocks and threads of entries that have them.
std::map<std::string, std::pair<int64_t, int64_t>> &launches() {
  static std::map<std::string, std::pair<int64_t, int64_t>> table;
  return table;
}
bool fitsLaunch(const std::string &entry, unsigned grid, unsigned block) {
  auto found = launches().find(entry);
  return found == launches().end() ||
         found->second == std::pair<int64_t, int64_t>(grid, block);
}
std::atomic<int> eventCount{0};

std::string &failingKernel() {
  static std::string name;
  return name;
}

/// Queues work, unless the device has stopped.
int ask(Stream stream, std::function<void()> work) {
  if (int error = Queue::get().error())
    return error;
  return Queue::get().ask(stateOf(stream), std::move(work));
}

} // namespace

//===----------------------------------------------------------------------===//
// What tests decide
//===----------------------------------------------------------------------===//

void standin::reset(uint64_t seed) {
  Queue::get().reset(seed);
  failingKernel().clear();
  resetNccl();
  setMemory(size_t{1} << 32);
  setModuleBytes(0);
  setLibraryBytes(0);
  setPinnableBytes(SIZE_MAX);
}

void standin::registerKernel(const std::string &entry, Kernel kernel) {
  kernels()[entry] = std::move(kernel);
}

void standin::expectLaunch(const std::string &entry, int64_t grid,
                           int64_t block) {
  launches()[entry] = {grid, block};
}

void standin::failInKernel(const std::string &entry) {
  failingKernel() = entry;
}

void standin::ignoreWait(int stream, int number) {
  Queue::get().stream(stream)->ignored = number;
}
int standin::waits(int stream) { return Queue::get().stream(stream)->waits; }
int standin::createdEvents() { return eventCount; }
void standin::ignoreWaitOf(int owner, int stream, int number) {
  Queue::get().stream(owner, stream)->ignored = number;
}
int standin::waitsOf(int owner, int stream) {
  return Queue::get().stream(owner, stream)->waits;
}
int standin::streams() { return Queue::get().streams(); }

//===----------------------------------------------------------------------===//
// The device
//===----------------------------------------------------------------------===//

namespace mpcrt::cuda {
extern "C" {

int cuInit(unsigned) { return Success; }
int cuDriverGetVersion(int *version) {
  *version = 13000;
  return Success;
}
int cuGetErrorName(int error, const char **name) {
  *name = error == illegalAddress ? "CUDA_ERROR_ILLEGAL_ADDRESS"
          : error == OutOfMemory  ? "CUDA_ERROR_OUT_OF_MEMORY"
                                  : "CUDA_ERROR_STANDIN";
  return Success;
}
int cuGetErrorString(int error, const char **text) {
  *text = error == illegalAddress ? "an illegal memory access was encountered"
          : error == OutOfMemory  ? "out of memory"
                                  : "an error of the stand-in";
  return Success;
}
int cuDevicePrimaryCtxRetain(Context *context, int) {
  static char only;
  *context = reinterpret_cast<Context>(&only);
  return Success;
}
int cuDevicePrimaryCtxRelease_v2(int) { return Success; }
int cuCtxSetCurrent(Context) { return Success; }

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

int cuModuleLoadDataEx(Module *module, const void *image, unsigned, int *,
                       void **) {
  // Text it is, as PTX.
  auto *text = static_cast<const char *>(image);
  if (!*text)
    return noBinaryForGPU;
  size_t bytes = standin::moduleBytes();
  if (!standin::takeMemory(bytes))
    return OutOfMemory;
  *module = reinterpret_cast<Module>(new LoadedImage{text, bytes});
  return Success;
}
int cuModuleUnload(Module module) {
  standin::returnMemory(reinterpret_cast<LoadedImage *>(module)->bytes);
  delete reinterpret_cast<LoadedImage *>(module);
  return Success;
}
int cuModuleGetFunction(Function *function, Module module, const char *name) {
  const std::string &image = reinterpret_cast<LoadedImage *>(module)->text;
  auto found = kernels().find(name);
  if (image.find(std::string(".entry ") + name + "(") == image.npos ||
      found == kernels().end())
    return notFound;
  *function = reinterpret_cast<Function>(&*found);
  return Success;
}

int cuLaunchKernel(Function function, unsigned grid, unsigned, unsigned,
                   unsigned block, unsigned, unsigned, unsigned, Stream stream,
                   void **parameters, void **) {
  auto *entry =
      reinterpret_cast<std::pair<const std::string, standin::Kernel> *>(
          function);
  if (!fitsLaunch(entry->first, grid, block))
    return invalidValue;
  // Parameters are copied at the launch, as many as there may be.
  auto copied = standin::copyParameters(entry->first, parameters);
  return ask(stream, [entry, copied] {
    if (entry->first == failingKernel())
      return Queue::get().stop(illegalAddress);
    entry->second(copied->pointers.data());
  });
}

//===----------------------------------------------------------------------===//
// Streams and events
//===----------------------------------------------------------------------===//

int cuStreamCreateWithPriority(Stream *stream, unsigned, int) {
  *stream = reinterpret_cast<Stream>(Queue::get().createStream());
  return Success;
}
int cuStreamDestroy_v2(Stream stream) {
  Queue::get().destroyStream(stateOf(stream));
  return Success;
}
int cuStreamSynchronize(Stream stream) {
  return Queue::get().synchronize(stateOf(stream));
}
int cuStreamQuery(Stream stream) {
  bool isIdle = false;
  if (int error = Queue::get().query(stateOf(stream), isIdle))
    return error;
  return isIdle ? Success : NotReady;
}
int cuStreamWaitEvent(Stream stream, Event event, unsigned) {
  return Queue::get().wait(stateOf(stream), stateOf(event));
}
int cuStreamWriteValue32_v2(Stream stream, Address address, uint32_t value,
                            unsigned) {
  return ask(stream, [address, value] {
    char *memory = standin::hostOf(reinterpret_cast<void *>(address));
    std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t *>(memory))
        .store(value);
  });
}
int cuEventCreate(Event *event, unsigned flags) {
  ++eventCount;
  auto state = std::make_shared<EventState>();
  state->hasTime = !(flags & EventWithoutTiming);
  *event = reinterpret_cast<Event>(
      new std::shared_ptr<EventState>(std::move(state)));
  return Success;
}
int cuEventDestroy_v2(Event event) {
  delete &stateOf(event);
  return Success;
}
int cuEventRecord(Event event, Stream stream) {
  return Queue::get().record(stateOf(stream), stateOf(event));
}
int cuEventElapsedTime(float *milliseconds, Event start, Event end) {
  const EventState &from = *stateOf(start), &to = *stateOf(end);
  if (!from.hasTime || !to.hasTime || !from.recorded || !to.recorded)
    return invalidHandle;
  auto begin = Queue::get().timeOf(from), finish = Queue::get().timeOf(to);
  if (!begin || !finish)
    return NotReady;
  *milliseconds = static_cast<float>((*finish - *begin) / 1e6);
  return Success;
}
int cuEventQuery(Event event) {
  if (int error = Queue::get().error())
    return error;
  return Queue::get().isOver(stateOf(event)) ? Success : NotReady;
}
int cuEventSynchronize(Event event) {
  return Queue::get().synchronize(stateOf(event));
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

int cuMemcpyHtoDAsync_v2(Address to, const void *from, size_t bytes,
                         Stream stream) {
  return ask(stream, [=] {
    std::memcpy(standin::hostOf(reinterpret_cast<void *>(to)), from, bytes);
  });
}
int cuMemcpyDtoHAsync_v2(void *to, Address from, size_t bytes, Stream stream) {
  return ask(stream, [=] {
    std::memcpy(to, standin::hostOf(reinterpret_cast<void *>(from)), bytes);
  });
}
int cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes,
                         Stream stream) {
  return ask(stream, [=] {
    std::memcpy(standin::hostOf(reinterpret_cast<void *>(to)),
                standin::hostOf(reinterpret_cast<void *>(from)), bytes);
  });
}
int cuMemsetD8Async(Address to, unsigned char value, size_t bytes,
                    Stream stream) {
  return ask(stream, [=] {
    std::memset(standin::hostOf(reinterpret_cast<void *>(to)), value, bytes);
  });
}

} // extern "C"
} // namespace mpcrt::cuda
