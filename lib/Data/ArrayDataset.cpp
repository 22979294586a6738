// Datasets in memory: arrays as they are, and images scaled when fetched.
#include "Datasets.h"
#include "Errors.h"
#include "mpc/Data/IDX.h"
#include <array>

using namespace mpc::data;

namespace {
class ArrayDataset : public Dataset {
public:
  ArrayDataset(std::vector<NamedArray> arrays, bool scaleBytes);

  llvm::ArrayRef<Field> fields() const override { return described; }
  int64_t numSamples() const override { return arrays[0].array.shape()[0]; }
  llvm::Error gather(size_t field, llvm::ArrayRef<int64_t> indices,
                     llvm::MutableArrayRef<char> target) const override;

private:
  bool isScaled(size_t field) const {
    return described[field].type != arrays[field].array.type();
  }

  std::vector<NamedArray> arrays;
  std::vector<Field> described;
};
} // namespace

/// v / 255 for every byte v.
static const std::array<float, 256> unitInterval = [] {
  std::array<float, 256> values;
  for (int v = 0; v < 256; ++v)
    values[v] = static_cast<float>(v) / 255.0f;
  return values;
}();

ArrayDataset::ArrayDataset(std::vector<NamedArray> given, bool scaleBytes)
    : arrays(std::move(given)) {
  for (const auto &[name, array] : arrays) {
    bool scaled = scaleBytes && name != "label";
    llvm::ArrayRef<int64_t> sample = array.shape().drop_front();
    described.push_back({name, scaled ? ElementType::F32 : array.type(),
                         Shape(sample.begin(), sample.end())});
  }
}

llvm::Error ArrayDataset::gather(size_t field, llvm::ArrayRef<int64_t> indices,
                                 llvm::MutableArrayRef<char> target) const {
  llvm::ArrayRef<char> bytes = arrays[field].array.bytes();
  size_t sample = bytes.size() / numSamples();
  char *out = target.data();
  for (int64_t index : indices) {
    llvm::ArrayRef<char> row = bytes.slice(index * sample, sample);
    if (!isScaled(field)) {
      std::memcpy(out, row.data(), sample);
      out += sample;
      continue;
    }
    for (char byte : row) {
      std::memcpy(out, &unitInterval[static_cast<uint8_t>(byte)],
                  sizeof(float));
      out += sizeof(float);
    }
  }
  return llvm::Error::success();
}

static llvm::Error checkSamples(llvm::ArrayRef<NamedArray> arrays) {
  if (arrays.empty())
    return fail("there are no arrays");
  for (const auto &[name, array] : arrays) {
    if (array.shape().empty() || array.shape()[0] == 0)
      return fail("array '" + name + "' of shape " + shapeText(array.shape()) +
                  " has no samples");
    if (array.shape()[0] != arrays[0].array.shape()[0])
      return fail("array '" + name + "' has " + llvm::Twine(array.shape()[0]) +
                  " samples, '" + arrays[0].name + "' has " +
                  llvm::Twine(arrays[0].array.shape()[0]));
  }
  return llvm::Error::success();
}

DatasetOr mpc::data::makeArrayDataset(std::vector<NamedArray> arrays) {
  if (llvm::Error error = checkSamples(arrays))
    return error;
  return std::make_shared<ArrayDataset>(std::move(arrays), false);
}

DatasetOr mpc::data::openImages(llvm::StringRef imagesPath,
                                llvm::StringRef labelsPath) {
  llvm::Expected<HostArray> images = readIDX(imagesPath);
  if (!images)
    return images.takeError();
  llvm::Expected<HostArray> labels = readIDX(labelsPath);
  if (!labels)
    return labels.takeError();
  if (images->type() != ElementType::U8 || images->shape().size() < 2)
    return fail("'" + imagesPath + "' holds " +
                elementTypeName(images->type()) + " of shape " +
                shapeText(images->shape()) + ", expected u8 images");
  if (labels->shape().size() != 1 || isFloat(labels->type()))
    return fail("'" + labelsPath + "' holds " +
                elementTypeName(labels->type()) + " of shape " +
                shapeText(labels->shape()) + ", expected one integer a sample");
  std::vector<NamedArray> arrays = {{"x", *images}, {"label", *labels}};
  if (llvm::Error error = checkSamples(arrays))
    return within("'" + imagesPath + "' and '" + labelsPath + "'",
                  std::move(error));
  return std::make_shared<ArrayDataset>(std::move(arrays), true);
}
