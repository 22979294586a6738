#include "mpc/Data/TensorStore.h"
#include "Errors.h"
#include "mpc/Data/StrictJSON.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"
#include <set>

using namespace mpc::data;
using nlohmann::json;

static constexpr uint64_t largestIndex = 100'000'000;

/// Names in an index are data: they must not lead out of its directory.
static bool isPlainName(llvm::StringRef name) {
  return name.ends_with(".safetensors") && !name.starts_with(".") &&
         name.find_first_of(llvm::StringRef("/\\\0", 3)) ==
             llvm::StringRef::npos;
}

static llvm::Expected<llvm::StringMap<std::string>>
parseIndex(llvm::StringRef text) {
  llvm::Expected<json> document = parseStrictJSON(text);
  if (!document)
    return document.takeError();
  if (!document->is_object() || !document->contains("weight_map") ||
      !(*document)["weight_map"].is_object())
    return fail("expected an object with a 'weight_map' of tensor names to "
                "file names");
  llvm::StringMap<std::string> fileOfTensor;
  for (const auto &[name, file] : (*document)["weight_map"].items()) {
    if (!file.is_string())
      return fail("'weight_map' entry '" + name + "' must be a file name");
    if (!isPlainName(file.get_ref<const std::string &>()))
      return fail("'weight_map' entry '" + name + "' names '" +
                  file.get<std::string>() +
                  "', expected the plain name of a .safetensors file beside "
                  "the index");
    fileOfTensor[name] = file.get<std::string>();
  }
  return fileOfTensor;
}

llvm::Error
TensorStore::addShard(llvm::StringRef fileName,
                      const llvm::StringMap<std::string> &fileOfTensor) {
  llvm::SmallString<128> path = llvm::sys::path::parent_path(source);
  llvm::sys::path::append(path, fileName);
  llvm::Expected<SafetensorsFile> file = SafetensorsFile::open(path);
  if (!file)
    return file.takeError();
  for (const TensorEntry &entry : file->tensors()) {
    auto mapped = fileOfTensor.find(entry.name);
    if (mapped == fileOfTensor.end())
      continue; // the index decides what the model has
    if (mapped->second != fileName)
      return fail("tensor '" + entry.name + "' is in '" + mapped->second +
                  "' and in '" + fileName + "'");
    fileOf[entry.name] = files.size();
  }
  files.push_back(std::move(*file));
  return llvm::Error::success();
}

llvm::Error TensorStore::openIndex() {
  llvm::Expected<File> file = File::open(source);
  if (!file)
    return file.takeError();
  llvm::Expected<std::string> text = file->readAll(largestIndex);
  if (!text)
    return text.takeError();
  llvm::Expected<llvm::StringMap<std::string>> fileOfTensor = parseIndex(*text);
  if (!fileOfTensor)
    return fileOfTensor.takeError();
  std::set<llvm::StringRef> shards;
  for (const auto &entry : *fileOfTensor)
    shards.insert(entry.second);
  for (llvm::StringRef shard : shards)
    if (llvm::Error error = addShard(shard, *fileOfTensor))
      return error;
  for (const auto &entry : *fileOfTensor)
    if (!fileOf.contains(entry.first()))
      return fail("tensor '" + entry.first() + "' is not in '" + entry.second +
                  "'");
  return llvm::Error::success();
}

void TensorStore::sortNames() {
  sorted.clear();
  for (const auto &entry : fileOf)
    sorted.push_back(entry.first().str());
  for (const auto &entry : held)
    sorted.push_back(entry.first().str());
  llvm::sort(sorted);
}

llvm::Expected<TensorStore> TensorStore::open(llvm::StringRef path) {
  TensorStore store;
  store.source = path.str();
  if (path.ends_with(".json")) {
    if (llvm::Error error = store.openIndex())
      return within("index '" + path + "'", std::move(error));
    store.sortNames();
    return store;
  }
  llvm::Expected<SafetensorsFile> file = SafetensorsFile::open(path);
  if (!file)
    return file.takeError();
  for (const TensorEntry &entry : file->tensors())
    store.fileOf[entry.name] = 0;
  store.files.push_back(std::move(*file));
  store.sortNames();
  return store;
}

TensorStore TensorStore::of(llvm::StringRef source,
                            std::vector<NamedArray> arrays) {
  TensorStore store;
  store.source = source.str();
  for (NamedArray &named : arrays) {
    ElementType type = named.array.type();
    Shape shape(named.array.shape());
    TensorEntry entry{named.name, safetensorsDtype(type).str(), type, shape,
                      0,          named.array.bytes().size()};
    store.held[named.name] = {std::move(entry), std::move(named.array)};
  }
  store.sortNames();
  return store;
}

void TensorStore::addMissing(const TensorStore &other) {
  for (const auto &entry : other.fileOf)
    if (!find(entry.first()))
      fileOf[entry.first()] = files.size() + entry.second;
  files.insert(files.end(), other.files.begin(), other.files.end());
  for (const auto &entry : other.held)
    if (!find(entry.first()))
      held[entry.first()] = entry.second;
  sortNames();
}

const TensorEntry *TensorStore::find(llvm::StringRef name) const {
  if (auto inMemory = held.find(name); inMemory != held.end())
    return &inMemory->second.entry;
  auto found = fileOf.find(name);
  return found == fileOf.end() ? nullptr : files[found->second].find(name);
}

llvm::Expected<const SafetensorsFile *>
TensorStore::holderOf(llvm::StringRef name) const {
  auto found = fileOf.find(name);
  if (found == fileOf.end())
    return fail("'" + source + "' has no tensor '" + name + "'");
  return &files[found->second];
}

llvm::Expected<HostArray> TensorStore::read(llvm::StringRef name) const {
  if (auto found = held.find(name); found != held.end())
    return found->second.array;
  llvm::Expected<const SafetensorsFile *> file = holderOf(name);
  return file ? (*file)->read(name) : file.takeError();
}

llvm::Expected<HostArray> TensorStore::readBox(llvm::StringRef name,
                                               const Box &box) const {
  if (held.contains(name)) {
    auto part =
        HostArray::allocate(held.find(name)->second.array.type(), box.size);
    if (!part)
      return part;
    if (llvm::Error error = readBoxInto(name, box, part->mutableBytes()))
      return error;
    return part;
  }
  llvm::Expected<const SafetensorsFile *> file = holderOf(name);
  return file ? (*file)->readBox(name, box) : file.takeError();
}

/// Copies the elements of a box, as many bytes as `target` has.
static llvm::Error copyBox(const HostArray &array, const Box &box,
                           llvm::MutableArrayRef<char> target) {
  if (llvm::Error error = checkWithin(box, array.shape()))
    return error;
  int64_t width = elementBytes(array.type());
  if (target.size() != static_cast<uint64_t>(box.count() * width))
    return fail("expected memory for " + llvm::Twine(box.count() * width) +
                " bytes, found " + llvm::Twine(target.size()));
  return forEachRun(
      box, array.shape(), [&](int64_t from, int64_t to, int64_t count) {
        llvm::copy(array.bytes().slice(from * width, count * width),
                   target.begin() + to * width);
        return llvm::Error::success();
      });
}

llvm::Error TensorStore::readBoxInto(llvm::StringRef name, const Box &box,
                                     llvm::MutableArrayRef<char> target) const {
  if (auto found = held.find(name); found != held.end())
    return within("tensor '" + name + "' of '" + source + "'",
                  copyBox(found->second.array, box, target));
  llvm::Expected<const SafetensorsFile *> file = holderOf(name);
  return file ? (*file)->readBoxInto(name, box, target) : file.takeError();
}

llvm::Expected<HostArray> TensorStore::borrow(llvm::StringRef name) const {
  if (held.contains(name))
    return read(name);
  llvm::Expected<const SafetensorsFile *> file = holderOf(name);
  return file ? (*file)->borrow(name) : file.takeError();
}
