// The weights of a model, whether in one safetensors file, in several, or in
// memory.
#ifndef MPC_DATA_TENSORSTORE_H
#define MPC_DATA_TENSORSTORE_H

#include "mpc/Data/Safetensors.h"

namespace mpc::data {

/// Tensors by name from "model.safetensors" or from the files that a
/// "model.safetensors.index.json" lists: {"weight_map": {tensor: file}}.
///
///   auto store = TensorStore::open("gpt2/model.safetensors.index.json");
///   auto rows = store->readBox("wte.weight", {{0, 0}, {1024, 768}});
class TensorStore {
public:
  /// Opens every file. Errors besides those of the files: an index that is no
  /// map of strings, file names that are not plain names in the index's own
  /// directory, a tensor that is absent from its file or also in another.
  static llvm::Expected<TensorStore> open(llvm::StringRef path);
  /// Arrays in memory, such as those of an imported model. `source` names them
  /// in errors.
  static TensorStore of(llvm::StringRef source, std::vector<NamedArray> arrays);

  /// Adds the tensors of `other` under the names that this store lacks.
  void addMissing(const TensorStore &other);

  const std::string &path() const { return source; }
  /// Sorted.
  llvm::ArrayRef<std::string> names() const { return sorted; }
  /// Null where there is no such tensor.
  const TensorEntry *find(llvm::StringRef name) const;

  /// As SafetensorsFile's.
  llvm::Expected<HostArray> read(llvm::StringRef name) const;
  llvm::Expected<HostArray> readBox(llvm::StringRef name, const Box &box) const;
  llvm::Error readBoxInto(llvm::StringRef name, const Box &box,
                          llvm::MutableArrayRef<char> target) const;
  llvm::Expected<HostArray> borrow(llvm::StringRef name) const;

private:
  llvm::Error openIndex();
  llvm::Error addShard(llvm::StringRef fileName,
                       const llvm::StringMap<std::string> &fileOfTensor);
  void sortNames();
  llvm::Expected<const SafetensorsFile *> holderOf(llvm::StringRef name) const;

  /// A tensor in memory, listed as those of files are.
  struct Held {
    TensorEntry entry;
    HostArray array;
  };

  std::string source;
  std::vector<SafetensorsFile> files;
  llvm::StringMap<size_t> fileOf;
  llvm::StringMap<Held> held;
  std::vector<std::string> sorted;
};

} // namespace mpc::data

#endif // MPC_DATA_TENSORSTORE_H
