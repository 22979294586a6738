//===- CUDADevice.h - A device on a GPU -------------------------*- C++ -*-===//
#ifndef MPCRT_CUDA_CUDADEVICE_H
#define MPCRT_CUDA_CUDADEVICE_H

#include "Attentions.h"
#include "GraphStaging.h"
#include "Matmul.h"
#include "Staging.h"
#include <mutex>
#include <optional>

namespace mpcrt::cuda {

/// One arena on one GPU and a stream for each thread that asks for something.
/// Several devices of a process share their GPU.
///
///   worker                    -> compute stream
///   thread of collectives     -> collective stream     marks are events
///   thread of receives        -> message stream
class CUDADevice final : public Device {
public:
  explicit CUDADevice(const DeviceConfig &config);
  ~CUDADevice() override;

  void bindThread() override;
  void bindCommunicationThread(Lane lane) override;
  void prepare(const PreparedLaunches &launches) override;

  char *address(int64_t offset) override { return arena.data() + offset; }
  int64_t allocatedBytes() const override { return config.arena.bytes; }

  void kernel(const KernelLaunch &launch, char *const *buffers,
              const int64_t *scalars) override;
  void matmul(const MatmulLaunch &launch, const MatmulAddresses &at) override;
  void attention(const AttentionLaunch &launch, char *const *operands) override;
  void copy(const StridedCopy &copy, const char *src, char *dst) override;
  void fill(char *dst, uint8_t value, int64_t bytes) override;
  void reduce(const CollectiveLaunch &launch,
              std::span<const char *const> sources, int64_t offset,
              const Destinations &results, int64_t count) override;
  void upload(const StridedCopy &copy, const char *host, char *dst) override;
  void download(const StridedCopy &copy, const char *src, char *host) override;

  std::unique_ptr<Mark> createMark() override;
  void set(Mark *mark) override;
  void follow(const Mark *mark) override;
  void beginWork(const Action &action, Work work) override;
  void endWork() override;
  std::unique_ptr<Stamps> createStamps(size_t count) override;
  void endAction(size_t position) override;
  size_t endedActions(size_t count) const override;
  void synchronize() override;

  void parallelFor(int64_t extent, int64_t grain, RangeFunction function,
                   void *context) override;

  /// Waits for what an error has left; further errors do not matter.
  void drain();
  /// That of the calling thread.
  Stream stream() const;
  /// On another stream than the calling thread's.
  void copy(const StridedCopy &copy, const char *src, char *dst,
            Stream stream) const {
    code.copy(copy, src, dst, stream);
  }
  Stream computeStream() const { return compute; }
  /// Until another call this device is asked for a program that runs as a
  /// graph: what feeds and fetches move lies in `staging`. With `turn` the
  /// streams are being captured, and that is held in every call. Null: as
  /// usual.
  void useGraph(GraphStaging *staging, std::mutex *turn);
  const PrimaryContext &context() const { return gpu; }

private:
  void prepare(const std::vector<PreparedAttention> &launches, Scratch scratch);

  /// Held while a stream is asked for something.
  std::unique_lock<std::mutex> takeTurn() const {
    return turn ? std::unique_lock(*turn) : std::unique_lock<std::mutex>();
  }

  DeviceConfig config;
  PrimaryContext gpu;
  OwnedStream compute, collectives, messages;
  DeviceMemory arena;
  Staging staging;
  Code code;
  std::optional<Matmuls> matmuls; // where there are any
  /// Of attentions, if it is larger than the arena's.
  std::optional<DeviceMemory> workspace;
  std::optional<Attentions> attentions;
  /// The GPU writes here how many actions it has done.
  PinnedMemory progress;
  GraphStaging *graph = nullptr;
  std::mutex *turn = nullptr;
};

const DeviceDriver &cudaDriver();

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_CUDADEVICE_H
