// Datasets that stay on disk: rows of safetensors, windows of token files.
#include "Datasets.h"
#include "Errors.h"
#include "mpc/Data/Safetensors.h"
#include "mpc/Data/Tokens.h"

using namespace mpc::data;

namespace {
class SafetensorsDataset : public Dataset {
public:
  SafetensorsDataset(SafetensorsFile file, std::vector<Field> described,
                     int64_t samples)
      : file(std::move(file)), described(std::move(described)),
        samples(samples) {}

  llvm::ArrayRef<Field> fields() const override { return described; }
  int64_t numSamples() const override { return samples; }
  llvm::Error gather(size_t field, llvm::ArrayRef<int64_t> indices,
                     llvm::MutableArrayRef<char> target) const override;

private:
  SafetensorsFile file;
  std::vector<Field> described;
  int64_t samples;
};

class TokenDataset : public Dataset {
public:
  TokenDataset(TokenFile file, int64_t sequence)
      : file(std::move(file)), sequence(sequence),
        described{{"x", this->file.type(), {sequence}},
                  {"label", this->file.type(), {sequence}}} {}

  llvm::ArrayRef<Field> fields() const override { return described; }
  int64_t numSamples() const override { return (file.size() - 1) / sequence; }
  llvm::Error gather(size_t field, llvm::ArrayRef<int64_t> indices,
                     llvm::MutableArrayRef<char> target) const override;

private:
  TokenFile file;
  int64_t sequence;
  std::vector<Field> described;
};
} // namespace

llvm::Error
SafetensorsDataset::gather(size_t field, llvm::ArrayRef<int64_t> indices,
                           llvm::MutableArrayRef<char> target) const {
  const TensorEntry *entry = file.find(described[field].name);
  size_t sample = (entry->end - entry->begin) / samples;
  Box row = Box::whole(entry->shape);
  row.size[0] = 1;
  for (int64_t index : indices) {
    row.begin[0] = index;
    if (llvm::Error error =
            file.readBoxInto(entry->name, row, target.take_front(sample)))
      return error;
    target = target.drop_front(sample);
  }
  return llvm::Error::success();
}

/// Every tensor has a type that mpc reads, and as many samples as the first.
static llvm::Error checkEntry(const TensorEntry &entry,
                              const TensorEntry &first) {
  if (!entry.type)
    return fail("tensor '" + entry.name + "' has dtype " + entry.dtype +
                ", which mpc does not support");
  if (entry.shape.empty() || entry.shape[0] == 0)
    return fail("tensor '" + entry.name + "' of shape " +
                shapeText(entry.shape) + " has no samples");
  if (entry.shape[0] != first.shape[0])
    return fail("tensor '" + entry.name + "' has " +
                llvm::Twine(entry.shape[0]) + " samples, '" + first.name +
                "' has " + llvm::Twine(first.shape[0]));
  return llvm::Error::success();
}

DatasetOr mpc::data::openSafetensorsDataset(llvm::StringRef path) {
  llvm::Expected<SafetensorsFile> file = SafetensorsFile::open(path);
  if (!file)
    return file.takeError();
  if (file->tensors().empty())
    return fail("'" + path + "' has no tensors");
  const TensorEntry &first = file->tensors().front();
  std::vector<Field> described;
  for (const TensorEntry &entry : file->tensors()) {
    if (llvm::Error error = checkEntry(entry, first))
      return within("'" + path + "'", std::move(error));
    described.push_back({entry.name, *entry.type,
                         Shape(entry.shape.begin() + 1, entry.shape.end())});
  }
  int64_t samples = first.shape[0];
  return std::make_shared<SafetensorsDataset>(std::move(*file),
                                              std::move(described), samples);
}

llvm::Error TokenDataset::gather(size_t field, llvm::ArrayRef<int64_t> indices,
                                 llvm::MutableArrayRef<char> target) const {
  size_t window = sequence * elementBytes(file.type());
  for (int64_t index : indices) {
    int64_t begin = index * sequence + static_cast<int64_t>(field);
    if (llvm::Error error = file.read(begin, target.take_front(window)))
      return error;
    target = target.drop_front(window);
  }
  return llvm::Error::success();
}

DatasetOr mpc::data::openTokens(llvm::StringRef path, ElementType type,
                                int64_t sequence) {
  if (sequence < 1)
    return fail("token file '" + path +
                "' needs a window's length, give "
                "--sequence=N");
  llvm::Expected<TokenFile> file = TokenFile::open(path, type);
  if (!file)
    return file.takeError();
  if (file->size() <= sequence)
    return fail("token file '" + path + "' has " + llvm::Twine(file->size()) +
                " tokens, expected more than the sequence of " +
                llvm::Twine(sequence));
  return std::make_shared<TokenDataset>(std::move(*file), sequence);
}
