// Samples of any kind of file behind one interface.
#ifndef MPC_DATA_DATASET_H
#define MPC_DATA_DATASET_H

#include "mpc/Data/HostArray.h"
#include <memory>
#include <string>
#include <vector>

namespace mpc::data {

/// One thing that every sample has: "x" or an input's name, or "label".
struct Field {
  std::string name;
  ElementType type = ElementType::F32;
  Shape shape; ///< of one sample
};

/// Random access to samples. Immutable and thread-safe.
class Dataset {
public:
  virtual ~Dataset();
  /// Labels are the field "label".
  virtual llvm::ArrayRef<Field> fields() const = 0;
  virtual int64_t numSamples() const = 0;

  /// Writes field number `field` of the samples, one after the other, in the
  /// field's own type. `indices` are in [0, numSamples()); `target` has exactly
  /// the bytes of as many samples.
  virtual llvm::Error gather(size_t field, llvm::ArrayRef<int64_t> indices,
                             llvm::MutableArrayRef<char> target) const = 0;
};

enum class Split { Train, Test };

struct DataOptions {
  /// Where mnist and fashion-mnist are; empty: where Debian puts them.
  std::string directory;
  /// Which part of mnist and fashion-mnist, unless the text says it.
  Split split = Split::Train;
  /// Tokens of a window, for .bin and .txt.
  int64_t sequence = 0;
};

/// Opens what the text names:
///   fashion-mnist, mnist      28x28 images; ":test" or ":train" may follow
///   IMAGES.idx,LABELS.idx     also .gz
///   F.npz, F.safetensors      arrays whose first dim counts samples
///   F.bin:uint16, F.bin:uint32, F.txt   windows of token ids
/// Images become f32 in [0, 1]. Window i has x = tokens [i S, i S + S) and
/// label = the same shifted by one, so an epoch uses every token once.
llvm::Expected<std::shared_ptr<const Dataset>>
openDataset(llvm::StringRef text, const DataOptions &options);

/// Arrays of one first dim, which counts samples.
llvm::Expected<std::shared_ptr<const Dataset>>
makeArrayDataset(std::vector<NamedArray> arrays);

} // namespace mpc::data

#endif // MPC_DATA_DATASET_H
