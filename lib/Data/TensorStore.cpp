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
  for (const auto &entry : fileOf)
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

const TensorEntry *TensorStore::find(llvm::StringRef name) const {
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
  llvm::Expected<const SafetensorsFile *> file = holderOf(name);
  return file ? (*file)->read(name) : file.takeError();
}

llvm::Expected<HostArray> TensorStore::readBox(llvm::StringRef name,
                                               const Box &box) const {
  llvm::Expected<const SafetensorsFile *> file = holderOf(name);
  return file ? (*file)->readBox(name, box) : file.takeError();
}

llvm::Error TensorStore::readBoxInto(llvm::StringRef name, const Box &box,
                                     llvm::MutableArrayRef<char> target) const {
  llvm::Expected<const SafetensorsFile *> file = holderOf(name);
  return file ? (*file)->readBoxInto(name, box, target) : file.takeError();
}

llvm::Expected<HostArray> TensorStore::borrow(llvm::StringRef name) const {
  llvm::Expected<const SafetensorsFile *> file = holderOf(name);
  return file ? (*file)->borrow(name) : file.takeError();
}
