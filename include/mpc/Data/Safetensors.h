// safetensors: named tensors in one file, read and written by boxes.
#ifndef MPC_DATA_SAFETENSORS_H
#define MPC_DATA_SAFETENSORS_H

#include "mpc/Data/AtomicFile.h"
#include "mpc/Data/File.h"
#include "mpc/Data/HostArray.h"
#include "llvm/ADT/StringMap.h"
#include <map>
#include <string>
#include <vector>

namespace mpc::data {

/// What a file says of one tensor. `begin` and `end` are byte offsets in the
/// file. `type` is empty for dtypes that mpc does not compute with (F8_E4M3,
/// C64, ...): such tensors are listed, and reading them is an error.
struct TensorEntry {
  std::string name;
  std::string dtype;
  std::optional<ElementType> type;
  Shape shape;
  uint64_t begin = 0;
  uint64_t end = 0;
};

/// A tensor to be written.
struct TensorSpec {
  std::string name;
  ElementType type = ElementType::F32;
  Shape shape;
  /// The same elements under another shape, in which boxes are given; empty:
  /// `shape`.
  Shape view = {};

  llvm::ArrayRef<int64_t> boxShape() const {
    return view.empty() ? shape : view;
  }
};

using StringTable = std::map<std::string, std::string>;

/// "F32" for f32: the file's spelling of mpc's types.
llvm::StringRef safetensorsDtype(ElementType type);

/// One open file. open() checks the whole header: its size and JSON, that
/// names are unique, dtypes known, sizes consistent with shapes, and that the
/// tensors cover the data exactly, without holes or overlaps. After that every
/// box within a tensor's shape can be read. Copies share the descriptor.
///
///   auto file = SafetensorsFile::open("model.safetensors");
///   auto right = file->readBox("w1", {{0, 256}, {784, 256}}); // [784, 256]
class SafetensorsFile {
public:
  static llvm::Expected<SafetensorsFile> open(llvm::StringRef path);

  const std::string &path() const { return file.path(); }
  /// In the order of their data.
  llvm::ArrayRef<TensorEntry> tensors() const { return header->tensors; }
  const StringTable &metadata() const { return header->metadata; }
  /// Null where there is no such tensor.
  const TensorEntry *find(llvm::StringRef name) const;

  /// A tensor, or a part of it, in owned dense memory, in its own type.
  llvm::Expected<HostArray> read(llvm::StringRef name) const;
  llvm::Expected<HostArray> readBox(llvm::StringRef name, const Box &box) const;
  /// The same into memory of exactly the box's size.
  llvm::Error readBoxInto(llvm::StringRef name, const Box &box,
                          llvm::MutableArrayRef<char> target) const;
  /// A view of the mapped file, perhaps unaligned; see File::map for when
  /// mapping is safe.
  llvm::Expected<HostArray> borrow(llvm::StringRef name) const;

private:
  struct Header {
    std::vector<TensorEntry> tensors;
    llvm::StringMap<size_t> byName;
    StringTable metadata;
  };
  SafetensorsFile(File file, std::shared_ptr<const Header> header)
      : file(std::move(file)), header(std::move(header)) {}
  llvm::Expected<const TensorEntry *> findReadable(llvm::StringRef name) const;

  File file;
  std::shared_ptr<const Header> header;
};

/// Writes a file tensor by tensor, or box by box, in any order, without
/// holding any of it. The header is written first: the specs decide the layout
/// (by descending element size, then by name).
///
///   auto writer = SafetensorsWriter::create(path, {{"w", F32, {784, 512}}});
///   writer->writeBox("w", {{0, 0}, {784, 256}}, left.bytes());
///   writer->writeBox("w", {{0, 256}, {784, 256}}, right.bytes());
///   writer->commit(); // an error had a box been missing
class SafetensorsWriter {
public:
  /// Errors: two specs of one name, "__metadata__" as a name, impossible
  /// shapes, and those of AtomicFile.
  static llvm::Expected<SafetensorsWriter>
  create(llvm::StringRef path, llvm::ArrayRef<TensorSpec> specs,
         const StringTable &metadata = {});

  /// For a process that helps to write a file which another one has created
  /// from the same specs. It writes its boxes, flushes, and does not commit;
  /// the other expects those boxes.
  static llvm::Expected<SafetensorsWriter>
  join(llvm::StringRef path, llvm::ArrayRef<TensorSpec> specs,
       const StringTable &metadata = {});
  /// Where the file is until commit().
  const std::string &temporaryPath() const { return file.temporaryPath(); }

  /// `bytes` are the dense elements. Errors: no such tensor, a wrong number of
  /// bytes, a box that overlaps one written before.
  llvm::Error write(llvm::StringRef name, llvm::ArrayRef<char> bytes);
  llvm::Error writeBox(llvm::StringRef name, const Box &box,
                       llvm::ArrayRef<char> bytes);
  /// Another process writes this box; the errors of writeBox.
  llvm::Error expectBox(llvm::StringRef name, const Box &box);
  /// What was written so far is on disk.
  llvm::Error flush() { return file.flush(); }

  /// An error, and no file, unless every element of every tensor was written.
  llvm::Error commit();

private:
  explicit SafetensorsWriter(AtomicFile file) : file(std::move(file)) {}

  struct Target {
    TensorSpec spec;
    uint64_t begin = 0;
    int64_t elements = 0;
    std::vector<Box> written;
  };
  static llvm::Expected<SafetensorsWriter>
  begin(llvm::StringRef path, llvm::ArrayRef<TensorSpec> specs,
        const StringTable &metadata, bool isOwner);
  llvm::Expected<Target *> claim(llvm::StringRef name, const Box &box,
                                 std::optional<llvm::ArrayRef<char>> bytes);

  AtomicFile file;
  llvm::StringMap<Target> targets;
};

/// All arrays at once.
llvm::Error writeSafetensors(llvm::StringRef path,
                             llvm::ArrayRef<NamedArray> arrays,
                             const StringTable &metadata = {});

} // namespace mpc::data

#endif // MPC_DATA_SAFETENSORS_H
