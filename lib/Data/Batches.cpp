#include "mpc/Data/Batches.h"
#include "Errors.h"
#include <algorithm>
#include <numeric>
#include <utility>

using namespace mpc::data;

namespace {
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
class SplitMix64 {
public:
  explicit SplitMix64(uint64_t seed) : state(seed) {}

  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }

  /// Uniform in [0, bound): the values that would favour some are drawn again.
  uint64_t below(uint64_t bound) {
    uint64_t surplus = (0 - bound) % bound; // 2^64 mod bound
    uint64_t value = next();
    while (value < surplus)
      value = next();
    return value % bound;
  }

private:
  uint64_t state;
};
} // namespace

std::vector<int64_t> mpc::data::shuffledOrder(uint64_t seed, int64_t epoch,
                                              int64_t count) {
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), int64_t{0});
  SplitMix64 random(SplitMix64(seed).next() + static_cast<uint64_t>(epoch));
  for (int64_t i = count; i > 1; --i)
    std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

llvm::Expected<BatchIterator> BatchIterator::create(const BatchOptions &options,
                                                    Cursor start) {
  if (options.samples < 1)
    return fail("there are no samples");
  if (options.batch < 1)
    return fail("a batch of " + llvm::Twine(options.batch) +
                " samples, expected at least 1");
  if (options.dropLast && options.batch > options.samples)
    return fail("a batch of " + llvm::Twine(options.batch) +
                " samples, but there are only " + llvm::Twine(options.samples) +
                " and smaller batches are "
                "dropped");
  if (start.epoch < 0 || start.position < 0 || start.position > options.samples)
    return fail("cannot go on at sample " + llvm::Twine(start.position) +
                " of epoch " + llvm::Twine(start.epoch) + ": an epoch has " +
                llvm::Twine(options.samples) + " samples");
  BatchIterator iterator(options);
  iterator.at = start;
  if (iterator.epochIsOver())
    iterator.at = {start.epoch + 1, 0};
  return iterator;
}

bool BatchIterator::epochIsOver() const {
  return remaining() < (options.dropLast ? options.batch : 1);
}

void BatchIterator::enterEpoch(int64_t epoch) {
  orderEpoch = epoch;
  if (options.shuffle) {
    order = shuffledOrder(options.seed, epoch, options.samples);
  } else if (order.empty()) {
    order.resize(options.samples);
    std::iota(order.begin(), order.end(), int64_t{0});
  }
}

llvm::ArrayRef<int64_t> BatchIterator::next() {
  if (orderEpoch != at.epoch)
    enterEpoch(at.epoch);
  int64_t size = std::min(options.batch, remaining());
  int64_t begin = std::exchange(at.position, at.position + size);
  if (epochIsOver())
    at = {at.epoch + 1, 0};
  return llvm::ArrayRef<int64_t>(order).slice(begin, size);
}

int64_t BatchIterator::batchesPerEpoch() const {
  int64_t whole = options.samples / options.batch;
  bool partial = options.samples % options.batch != 0 && !options.dropLast;
  return whole + (partial ? 1 : 0);
}
