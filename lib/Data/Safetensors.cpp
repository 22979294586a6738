#include "mpc/Data/Safetensors.h"
#include "Errors.h"
#include "SafetensorsHeader.h"
#include "llvm/Support/Endian.h"

using namespace mpc::data;

/// The part of open() whose errors get the path put before them.
static llvm::Expected<ParsedHeader> readHeader(const File &file) {
  if (file.size() < 8)
    return fail("expected at least 8 bytes, found " + llvm::Twine(file.size()));
  char lengthBytes[8];
  if (llvm::Error error = file.read(0, lengthBytes))
    return error;
  uint64_t length = llvm::support::endian::read64le(lengthBytes);
  if (length > largestSafetensorsHeader)
    return fail("a header of " + llvm::Twine(length) +
                " bytes, expected at most " +
                llvm::Twine(largestSafetensorsHeader));
  if (length > file.size() - 8)
    return fail("a header of " + llvm::Twine(length) + " bytes in a file of " +
                llvm::Twine(file.size()) + " (is it cut short?)");
  std::string text(length, '\0');
  if (llvm::Error error = file.read(8, {text.data(), text.size()}))
    return error;
  return parseSafetensorsHeader(text, 8 + length, file.size());
}

llvm::Expected<SafetensorsFile> SafetensorsFile::open(llvm::StringRef path) {
  llvm::Expected<File> file = File::open(path);
  if (!file)
    return file.takeError();
  llvm::Expected<ParsedHeader> parsed = readHeader(*file);
  if (!parsed)
    return within("safetensors file '" + path + "'", parsed.takeError());
  auto header = std::make_shared<Header>();
  header->tensors = std::move(parsed->tensors);
  header->metadata = std::move(parsed->metadata);
  for (size_t i = 0; i < header->tensors.size(); ++i)
    header->byName[header->tensors[i].name] = i;
  return SafetensorsFile(std::move(*file), std::move(header));
}

const TensorEntry *SafetensorsFile::find(llvm::StringRef name) const {
  auto found = header->byName.find(name);
  return found == header->byName.end() ? nullptr
                                       : &header->tensors[found->second];
}

llvm::Expected<const TensorEntry *>
SafetensorsFile::findReadable(llvm::StringRef name) const {
  const TensorEntry *entry = find(name);
  if (!entry)
    return fail("'" + path() + "' has no tensor '" + name + "'");
  if (!entry->type)
    return fail("tensor '" + name + "' in '" + path() + "' has dtype " +
                entry->dtype + ", which mpc does not support");
  return entry;
}

llvm::Expected<HostArray> SafetensorsFile::read(llvm::StringRef name) const {
  const TensorEntry *entry = find(name);
  return readBox(name, entry ? Box::whole(entry->shape) : Box{});
}

llvm::Expected<HostArray> SafetensorsFile::readBox(llvm::StringRef name,
                                                   const Box &box) const {
  llvm::Expected<const TensorEntry *> entry = findReadable(name);
  if (!entry)
    return entry.takeError();
  if (llvm::Error error = checkWithin(box, (*entry)->shape))
    return within("tensor '" + name + "' in '" + path() + "'",
                  std::move(error));
  llvm::Expected<HostArray> array =
      HostArray::allocate(*(*entry)->type, box.size);
  if (!array)
    return array;
  if (llvm::Error error = readBoxInto(name, box, array->mutableBytes()))
    return error;
  return array;
}

llvm::Error
SafetensorsFile::readBoxInto(llvm::StringRef name, const Box &box,
                             llvm::MutableArrayRef<char> target) const {
  llvm::Expected<const TensorEntry *> found = findReadable(name);
  if (!found)
    return found.takeError();
  const TensorEntry &entry = **found;
  std::string place = ("tensor '" + name + "' in '" + path() + "'").str();
  if (llvm::Error error = checkWithin(box, entry.shape))
    return within(place, std::move(error));
  int64_t width = elementBytes(*entry.type);
  if (target.size() != static_cast<uint64_t>(box.count() * width))
    return fail(place + ": expected memory for " +
                llvm::Twine(box.count() * width) + " bytes, found " +
                llvm::Twine(target.size()));
  return within(place,
                forEachRun(box, entry.shape,
                           [&](int64_t from, int64_t to, int64_t count) {
                             return file.read(
                                 entry.begin + from * width,
                                 target.slice(to * width, count * width));
                           }));
}

llvm::Expected<HostArray> SafetensorsFile::borrow(llvm::StringRef name) const {
  llvm::Expected<const TensorEntry *> found = findReadable(name);
  if (!found)
    return found.takeError();
  const TensorEntry &entry = **found;
  llvm::Expected<File::Mapping> mapping = file.map();
  if (!mapping)
    return mapping.takeError();
  return HostArray::borrow(
      *entry.type, entry.shape,
      mapping->bytes.slice(entry.begin, entry.end - entry.begin),
      mapping->keepAlive);
}
