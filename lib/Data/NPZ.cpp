#include "mpc/Data/NPZ.h"
#include "Errors.h"
#include "NPYHeader.h"
#include "mpc/Data/Zip.h"
#include "mpcrt/files/NPY.h"
#include "llvm/ADT/StringSet.h"

using namespace mpc::data;

/// A row-major copy of a column-major array.
static llvm::Expected<HostArray> toRowMajor(const HostArray &columns) {
  Shape shape(columns.shape().begin(), columns.shape().end());
  llvm::Expected<HostArray> rows = HostArray::allocate(columns.type(), shape);
  if (!rows)
    return rows;
  mpcrt::copyRowMajor({shape.data(), shape.size()},
                      elementBytes(columns.type()), columns.bytes().data(),
                      rows->mutableBytes().data());
  return rows;
}

/// The array in the bytes of a .npy file, which it keeps alive.
static llvm::Expected<HostArray> parseNPY(const HostArray &content) {
  llvm::Expected<NPYHeader> header = parseNPYHeader(
      llvm::StringRef(content.bytes().data(), content.bytes().size()));
  if (!header)
    return header.takeError();
  auto owner = std::make_shared<HostArray>(content);
  llvm::Expected<HostArray> view = HostArray::borrow(
      header->type, header->shape,
      content.bytes().drop_front(header->dataOffset), std::move(owner));
  if (!view)
    return view;
  if (header->fortranOrder && header->shape.size() > 1)
    return toRowMajor(*view);
  return view->isAligned() ? std::move(view) : view->clone();
}

llvm::Expected<HostArray> mpc::data::readNPY(llvm::StringRef path) {
  llvm::Expected<File> file = File::open(path);
  if (!file)
    return file.takeError();
  llvm::Expected<HostArray> content = HostArray::allocate(
      ElementType::U8, {static_cast<int64_t>(file->size())});
  if (!content)
    return content;
  if (llvm::Error error = file->read(0, content->mutableBytes()))
    return error;
  llvm::Expected<HostArray> array = parseNPY(*content);
  if (!array)
    return within("NPY file '" + path + "'", array.takeError());
  return array;
}

static llvm::Expected<std::vector<NamedArray>> readMembers(const File &file) {
  llvm::Expected<std::vector<ZipMember>> members = readZipDirectory(file);
  if (!members)
    return members.takeError();
  std::vector<NamedArray> arrays;
  for (const ZipMember &member : *members) {
    llvm::StringRef name = member.name;
    if (!name.consume_back(".npy") || name.empty())
      return fail("'" + member.name + "' is not a .npy file");
    llvm::Expected<HostArray> content = readZipMember(file, member);
    if (!content)
      return content.takeError();
    llvm::Expected<HostArray> array = parseNPY(*content);
    if (!array)
      return within("'" + name + "'", array.takeError());
    arrays.push_back({name.str(), std::move(*array)});
  }
  return arrays;
}

llvm::Expected<std::vector<NamedArray>>
mpc::data::readNPZ(llvm::StringRef path) {
  llvm::Expected<File> file = File::open(path);
  if (!file)
    return file.takeError();
  llvm::Expected<std::vector<NamedArray>> arrays = readMembers(*file);
  if (!arrays)
    return within("NPZ file '" + path + "'", arrays.takeError());
  return arrays;
}

/// NumPy has no bf16; f32 holds all its values.
static llvm::Expected<HostArray> writable(const HostArray &array) {
  return array.type() == ElementType::BF16 ? array.convertedTo(ElementType::F32)
                                           : array;
}

static llvm::StringRef bytesOf(const HostArray &array) {
  return {array.bytes().data(), array.bytes().size()};
}

llvm::Error mpc::data::writeNPY(llvm::StringRef path, const HostArray &array) {
  llvm::Expected<HostArray> written = writable(array);
  if (!written)
    return written.takeError();
  llvm::Expected<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error =
          file->append(npyHeaderText(written->type(), written->shape())))
    return error;
  if (llvm::Error error = file->append(bytesOf(*written)))
    return error;
  return file->commit();
}

static llvm::Error checkNames(llvm::StringRef path,
                              llvm::ArrayRef<NamedArray> arrays) {
  llvm::StringSet<> names;
  for (const NamedArray &entry : arrays)
    if (entry.name.empty() || !names.insert(entry.name).second)
      return fail("cannot write '" + path + "': array name '" + entry.name +
                  (entry.name.empty() ? "' is empty" : "' is given twice"));
  return llvm::Error::success();
}

llvm::Error mpc::data::writeNPZ(llvm::StringRef path,
                                llvm::ArrayRef<NamedArray> arrays) {
  if (llvm::Error error = checkNames(path, arrays))
    return error;
  llvm::Expected<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.takeError();
  ZipWriter zip(*file);
  for (const auto &[name, array] : arrays) {
    llvm::Expected<HostArray> written = writable(array);
    if (!written)
      return written.takeError();
    if (llvm::Error error = zip.add(
            name + ".npy", npyHeaderText(written->type(), written->shape()),
            bytesOf(*written)))
      return error;
  }
  if (llvm::Error error = zip.finish())
    return error;
  return file->commit();
}
