// A dataset as a program wants it: inputs by name, type and shape.
#ifndef MPC_DATA_FEED_H
#define MPC_DATA_FEED_H

#include "mpc/Data/Dataset.h"
#include <optional>

namespace mpc::data {

/// An input of the program, without its batch dim.
struct FeedInput {
  std::string name;
  ElementType type = ElementType::F32;
  Shape shape;
  /// For token ids and class labels: values must be in [0, limit), or equal
  /// `ignored` (a label that no loss counts).
  std::optional<int64_t> limit;
  std::optional<int64_t> ignored;
};

/// Rows [begin, end) of a batch.
struct RowRange {
  int64_t begin = 0, end = 0;
};
/// Ascending, without overlaps.
using RowRanges = std::vector<RowRange>;

/// Fetches batches for the inputs of one program. Inputs are matched to the
/// dataset's fields by name; where none but "label" has its name there, the
/// others are matched by position. Samples are flattened or reshaped to the
/// input's shape, and converted to its type.
///
///   auto feed = Feed::create(dataset, {{"image", F32, {784}}, {"label", I64,
///   {}}}); auto arrays = feed->fetch({3, 1, 4}); // f32 [3, 784], i64 [3]
class Feed {
public:
  /// Errors: an input without a field, a sample of another size.
  static llvm::Expected<Feed> create(std::shared_ptr<const Dataset> dataset,
                                     std::vector<FeedInput> inputs);

  const Dataset &dataset() const { return *source; }

  /// One array per input, in their order, shape [indices.size(), shape...].
  /// Errors: an index that does not exist, a value that does not fit the
  /// input's type or limit, those of reading.
  llvm::Expected<std::vector<HostArray>>
  fetch(llvm::ArrayRef<int64_t> indices) const;
  /// The same into arrays of those shapes and types: nothing large is allocated
  /// where the data have the input's type.
  llvm::Error fetch(llvm::ArrayRef<int64_t> indices,
                    llvm::MutableArrayRef<HostArray> arrays) const;
  /// The same for some rows of each array; nothing else is read or changed.
  llvm::Error fetch(llvm::ArrayRef<int64_t> indices,
                    llvm::MutableArrayRef<HostArray> arrays,
                    llvm::ArrayRef<RowRanges> rows) const;

private:
  Feed(std::shared_ptr<const Dataset> dataset, std::vector<FeedInput> inputs)
      : source(std::move(dataset)), inputs(std::move(inputs)) {}
  llvm::Error matchFields();
  llvm::Error checkIndices(llvm::ArrayRef<int64_t> indices) const;
  llvm::Error fetchInput(size_t input, llvm::ArrayRef<int64_t> indices,
                         HostArray &target) const;
  llvm::Error fetchRows(size_t input, llvm::ArrayRef<int64_t> indices,
                        HostArray &target, RowRange rows) const;

  std::shared_ptr<const Dataset> source;
  std::vector<FeedInput> inputs;
  std::vector<size_t> fieldOf; ///< by input
};

} // namespace mpc::data

#endif // MPC_DATA_FEED_H
