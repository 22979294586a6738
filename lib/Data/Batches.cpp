#include "mpc/Data/Batches.h"
#include "Errors.h"
#include "mpcrt/files/Order.h"
#include <algorithm>
#include <numeric>
#include <utility>

using namespace mpc::data;

std::vector<int64_t> mpc::data::shuffledOrder(uint64_t seed, int64_t epoch,
                                              int64_t count) {
  return mpcrt::orderSamples(seed, epoch, count);
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
