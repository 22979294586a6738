#include "Errors.h"
#include "SafetensorsHeader.h"
#include "mpc/Data/Safetensors.h"

using namespace mpc::data;

llvm::Expected<SafetensorsWriter>
SafetensorsWriter::begin(llvm::StringRef path, llvm::ArrayRef<TensorSpec> specs,
                         const StringTable &metadata, bool isOwner) {
  llvm::Expected<HeaderLayout> layout =
      layOutSafetensorsHeader(specs, metadata);
  if (!layout)
    return within("cannot write '" + path + "'", layout.takeError());
  llvm::Expected<AtomicFile> file =
      isOwner ? AtomicFile::create(path) : AtomicFile::join(path);
  if (!file)
    return file.takeError();
  if (isOwner)
    if (llvm::Error error = file->append(layout->bytes))
      return error;
  SafetensorsWriter writer(std::move(*file));
  for (size_t i = 0; i < layout->specs.size(); ++i) {
    Target &target = writer.targets[layout->specs[i].name];
    target.spec = layout->specs[i];
    target.begin = layout->begins[i];
    target.elements = llvm::cantFail(elementCount(target.spec.shape));
  }
  return writer;
}

llvm::Expected<SafetensorsWriter>
SafetensorsWriter::create(llvm::StringRef path,
                          llvm::ArrayRef<TensorSpec> specs,
                          const StringTable &metadata) {
  return begin(path, specs, metadata, /*isOwner=*/true);
}

llvm::Expected<SafetensorsWriter>
SafetensorsWriter::join(llvm::StringRef path, llvm::ArrayRef<TensorSpec> specs,
                        const StringTable &metadata) {
  return begin(path, specs, metadata, /*isOwner=*/false);
}

llvm::Error SafetensorsWriter::write(llvm::StringRef name,
                                     llvm::ArrayRef<char> bytes) {
  auto found = targets.find(name);
  Box box;
  if (found != targets.end())
    box = Box::whole(found->second.spec.boxShape());
  return writeBox(name, box, bytes);
}

/// The tensor of a box that nobody has written before, and that `bytes`, where
/// given, fill.
llvm::Expected<SafetensorsWriter::Target *>
SafetensorsWriter::claim(llvm::StringRef name, const Box &box,
                         std::optional<llvm::ArrayRef<char>> bytes) {
  auto found = targets.find(name);
  if (found == targets.end())
    return fail("'" + file.path() + "' was given no tensor '" + name + "'");
  Target &target = found->second;
  std::string place = ("tensor '" + name + "' for '" + file.path() + "'").str();
  if (llvm::Error error = checkWithin(box, target.spec.boxShape()))
    return within(place, std::move(error));
  int64_t size = box.count() * elementBytes(target.spec.type);
  if (bytes && bytes->size() != static_cast<uint64_t>(size))
    return fail(place + ": expected " + llvm::Twine(size) + " bytes, found " +
                llvm::Twine(bytes->size()));
  if (size == 0)
    return &target;
  for (const Box &earlier : target.written)
    if (intersect(earlier, box))
      return fail(place + ": box " + shapeText(box.begin) + " + " +
                  shapeText(box.size) + " overlaps one written before");
  target.written.push_back(box);
  return &target;
}

llvm::Error SafetensorsWriter::expectBox(llvm::StringRef name, const Box &box) {
  return claim(name, box, std::nullopt).takeError();
}

llvm::Error SafetensorsWriter::writeBox(llvm::StringRef name, const Box &box,
                                        llvm::ArrayRef<char> bytes) {
  llvm::Expected<Target *> claimed = claim(name, box, bytes);
  if (!claimed)
    return claimed.takeError();
  Target &target = **claimed;
  int64_t width = elementBytes(target.spec.type);
  return forEachRun(box, target.spec.boxShape(),
                    [&](int64_t to, int64_t from, int64_t count) {
                      return file.writeAt(
                          target.begin + to * width,
                          bytes.slice(from * width, count * width));
                    });
}

llvm::Error SafetensorsWriter::commit() {
  for (const auto &entry : targets) {
    const Target &target = entry.second;
    int64_t written = 0;
    for (const Box &box : target.written)
      written += box.count();
    if (written == target.elements)
      continue;
    file.discard();
    return fail("cannot write '" + file.path() + "': tensor '" + entry.first() +
                "' has " + llvm::Twine(written) + " of its " +
                llvm::Twine(target.elements) + " elements");
  }
  return file.commit();
}

llvm::Error mpc::data::writeSafetensors(llvm::StringRef path,
                                        llvm::ArrayRef<NamedArray> arrays,
                                        const StringTable &metadata) {
  std::vector<TensorSpec> specs;
  for (const auto &[name, array] : arrays)
    specs.push_back({name, array.type(),
                     Shape(array.shape().begin(), array.shape().end())});
  llvm::Expected<SafetensorsWriter> writer =
      SafetensorsWriter::create(path, specs, metadata);
  if (!writer)
    return writer.takeError();
  for (const auto &[name, array] : arrays)
    if (llvm::Error error = writer->write(name, array.bytes()))
      return error;
  return writer->commit();
}
