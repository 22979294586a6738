#include "mpc/Data/Dataset.h"
#include "Datasets.h"
#include "Errors.h"
#include "mpc/Data/NPZ.h"
#include "llvm/Support/FileSystem.h"

using namespace mpc::data;

Dataset::~Dataset() = default;

namespace {
/// A dataset in a directory of four IDX files.
struct Known {
  llvm::StringRef name;
  llvm::StringRef directory; ///< where Debian's package puts it, if any
  llvm::StringRef advice;
};
} // namespace

static constexpr Known knownSets[] = {
    {"fashion-mnist", "/usr/share/datasets/fashion-mnist",
     "install it with 'apt install dataset-fashion-mnist' or give "
     "--data-dir=DIR"},
    {"mnist", "", "give --data-dir=DIR, a directory with its four IDX files"}};

/// The file as distributed, or unpacked, or under the name that unpacking gives
/// on some sites.
static std::optional<std::string>
findIDX(llvm::StringRef directory, llvm::StringRef stem, llvm::StringRef kind) {
  for (llvm::StringRef separator : {"-", "."})
    for (llvm::StringRef suffix : {".gz", ""}) {
      std::string path =
          (directory + "/" + stem + separator + kind + suffix).str();
      if (llvm::sys::fs::exists(path))
        return path;
    }
  return std::nullopt;
}

static DatasetOr openKnown(const Known &known, Split split,
                           const DataOptions &options) {
  std::string directory =
      options.directory.empty() ? known.directory.str() : options.directory;
  if (directory.empty())
    return fail("data '" + known.name +
                "' have no usual place: " + known.advice);
  std::string stem = split == Split::Train ? "train" : "t10k";
  auto images = findIDX(directory, stem + "-images", "idx3-ubyte");
  auto labels = findIDX(directory, stem + "-labels", "idx1-ubyte");
  std::error_code code;
  llvm::sys::fs::directory_iterator(directory, code);
  if (code == std::errc::permission_denied)
    return fail("data '" + known.name + "': cannot open directory '" +
                directory + "': " + code.message());
  if (!images || !labels)
    return fail("data '" + known.name + "': '" + directory + "' has no '" +
                stem + (images ? "-labels-idx1" : "-images-idx3") +
                "-ubyte.gz': " + known.advice);
  return openImages(*images, *labels);
}

static DatasetOr openBinary(llvm::StringRef path, llvm::StringRef type,
                            int64_t sequence) {
  if (type == "uint16")
    return openTokens(path, ElementType::U16, sequence);
  if (type == "uint32")
    return openTokens(path, ElementType::U32, sequence);
  return fail("token file '" + path + "' needs its type, '" + path +
              ":uint16' or '" + path + ":uint32'");
}

static DatasetOr openArrays(llvm::StringRef path) {
  llvm::Expected<std::vector<NamedArray>> arrays = readNPZ(path);
  if (!arrays)
    return arrays.takeError();
  DatasetOr dataset = makeArrayDataset(std::move(*arrays));
  if (!dataset)
    return within("NPZ file '" + path + "'", dataset.takeError());
  return dataset;
}

DatasetOr mpc::data::openDataset(llvm::StringRef text,
                                 const DataOptions &options) {
  auto [head, tail] = text.rsplit(':');
  for (const Known &known : knownSets) {
    if (text == known.name)
      return openKnown(known, options.split, options);
    if (head == known.name && (tail == "test" || tail == "train"))
      return openKnown(known, tail == "test" ? Split::Test : Split::Train,
                       options);
  }
  if (text.ends_with(".npz"))
    return openArrays(text);
  if (text.ends_with(".safetensors"))
    return openSafetensorsDataset(text);
  if (text.ends_with(".txt"))
    return openTokens(text, ElementType::U8, options.sequence);
  if (head.ends_with(".bin"))
    return openBinary(head, tail, options.sequence);
  auto [images, labels] = text.split(',');
  if (!images.empty() && !labels.empty())
    return openImages(images, labels);
  return fail("unknown data '" + text +
              "', expected fashion-mnist, mnist, IMAGES.idx,LABELS.idx, F.npz, "
              "F.safetensors, F.bin:uint16, F.bin:uint32 or F.txt");
}
