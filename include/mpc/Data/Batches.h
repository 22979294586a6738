// Which samples form which batch: a function of seed and epoch alone, so every
// plan, schedule and number of devices sees the same ones.
#ifndef MPC_DATA_BATCHES_H
#define MPC_DATA_BATCHES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <vector>

namespace mpc::data {

/// A permutation of [0, count): Fisher-Yates driven by splitmix64 from (seed,
/// epoch). The same on every machine and in every version of mpc.
std::vector<int64_t> shuffledOrder(uint64_t seed, int64_t epoch, int64_t count);

/// How far the data have been used: `position` samples of epoch `epoch`.
struct Cursor {
  int64_t epoch = 0;
  int64_t position = 0;
  bool operator==(const Cursor &other) const = default;
};

struct BatchOptions {
  int64_t samples = 0;
  int64_t batch = 0;
  uint64_t seed = 0;
  bool shuffle = true;
  bool dropLast = false; ///< the epoch's last batch where it is smaller
};

/// Endless batches, epoch after epoch.
///
///   auto batches = BatchIterator::create({60000, 128, /*seed=*/1});
///   while (batches->cursor().epoch < epochs)
///     feed.fetch(batches->next()); // 468 batches of 128, then one of 96
///
/// An iterator created at another's cursor() goes on with the same batches.
class BatchIterator {
public:
  /// Errors: no samples, a batch below 1 (or above the samples where the last
  /// is dropped), a start outside the epoch.
  static llvm::Expected<BatchIterator> create(const BatchOptions &options,
                                              Cursor start = {});

  /// Sample indices of the next batch, valid until the next call.
  llvm::ArrayRef<int64_t> next();
  /// Where the next batch begins; position 0 right after an epoch's last.
  Cursor cursor() const { return at; }
  int64_t batchesPerEpoch() const;

private:
  explicit BatchIterator(const BatchOptions &options) : options(options) {}
  void enterEpoch(int64_t epoch);
  int64_t remaining() const { return options.samples - at.position; }
  bool epochIsOver() const;

  BatchOptions options;
  Cursor at;
  int64_t orderEpoch = -1; ///< the epoch that `order` belongs to
  std::vector<int64_t> order;
};

} // namespace mpc::data

#endif // MPC_DATA_BATCHES_H
