#include "mpc/Data/Feed.h"
#include "Errors.h"
#include "llvm/ADT/STLExtras.h"

using namespace mpc::data;

static constexpr llvm::StringLiteral labelName("label");

static std::string fieldNames(const Dataset &dataset) {
  std::string names;
  for (const Field &field : dataset.fields())
    names += (names.empty() ? "'" : ", '") + field.name + "'";
  return names;
}

static std::optional<size_t> fieldNamed(const Dataset &dataset,
                                        llvm::StringRef name) {
  for (const auto &[index, field] : llvm::enumerate(dataset.fields()))
    if (field.name == name)
      return index;
  return std::nullopt;
}

/// Fields that are no labels, in order.
static std::vector<size_t> inputFields(const Dataset &dataset) {
  std::vector<size_t> indices;
  for (const auto &[index, field] : llvm::enumerate(dataset.fields()))
    if (field.name != labelName)
      indices.push_back(index);
  return indices;
}

static llvm::Error checkSampleShape(const FeedInput &input,
                                    const Field &field) {
  llvm::Expected<int64_t> wanted = elementCount(input.shape);
  if (!wanted)
    return within("input '" + input.name + "'", wanted.takeError());
  if (*wanted == llvm::cantFail(elementCount(field.shape)))
    return llvm::Error::success();
  return fail("input '" + input.name + "' takes samples of shape " +
              shapeText(input.shape) + ", the data's '" + field.name +
              "' has shape " + shapeText(field.shape));
}

llvm::Error Feed::matchFields() {
  bool anyByName = llvm::any_of(inputs, [&](const FeedInput &input) {
    return input.name != labelName && fieldNamed(*source, input.name);
  });
  std::vector<size_t> byPosition = inputFields(*source);
  size_t position = 0;
  for (const FeedInput &input : inputs) {
    std::optional<size_t> field = fieldNamed(*source, input.name);
    if (!field && !anyByName && input.name != labelName &&
        position < byPosition.size())
      field = byPosition[position++];
    if (!field)
      return fail("the data have nothing for input '" + input.name +
                  "', expected one of " + fieldNames(*source));
    if (llvm::Error error = checkSampleShape(input, source->fields()[*field]))
      return error;
    fieldOf.push_back(*field);
  }
  return llvm::Error::success();
}

llvm::Expected<Feed> Feed::create(std::shared_ptr<const Dataset> dataset,
                                  std::vector<FeedInput> inputs) {
  Feed feed(std::move(dataset), std::move(inputs));
  if (llvm::Error error = feed.matchFields())
    return error;
  return feed;
}

static Shape batchShape(int64_t samples, llvm::ArrayRef<int64_t> sample) {
  Shape shape = {samples};
  shape.append(sample.begin(), sample.end());
  return shape;
}

/// Values of an input with a limit, whatever its type.
static llvm::Error checkLimit(const FeedInput &input, const HostArray &array,
                              llvm::ArrayRef<int64_t> indices) {
  if (!input.limit || indices.empty())
    return llvm::Error::success();
  llvm::Expected<HostArray> wide = array.convertedTo(ElementType::I64);
  if (!wide)
    return wide.takeError();
  llvm::ArrayRef<int64_t> values = std::as_const(*wide).as<int64_t>();
  for (const auto &[index, value] : llvm::enumerate(values)) {
    if ((value >= 0 && value < *input.limit) || value == input.ignored)
      continue;
    size_t perSample = values.size() / indices.size();
    return fail("sample " + llvm::Twine(indices[index / perSample]) +
                " has the value " + llvm::Twine(value) + " at element " +
                llvm::Twine(index % perSample) + ", expected 0 to " +
                llvm::Twine(*input.limit - 1));
  }
  return llvm::Error::success();
}

llvm::Error Feed::fetchInput(size_t number, llvm::ArrayRef<int64_t> indices,
                             HostArray &target) const {
  const FeedInput &input = inputs[number];
  const Field &field = source->fields()[fieldOf[number]];
  if (field.type == input.type) {
    if (llvm::Error error =
            source->gather(fieldOf[number], indices, target.mutableBytes()))
      return error;
    return checkLimit(input, target, indices);
  }
  llvm::Expected<HostArray> raw =
      HostArray::allocate(field.type, batchShape(indices.size(), field.shape));
  if (!raw)
    return raw.takeError();
  if (llvm::Error error =
          source->gather(fieldOf[number], indices, raw->mutableBytes()))
    return error;
  if (llvm::Error error = checkLimit(input, *raw, indices))
    return error;
  return convertElements(field.type, raw->bytes().data(), input.type,
                         target.mutableBytes().data(), raw->count());
}

llvm::Error Feed::fetchRows(size_t number, llvm::ArrayRef<int64_t> indices,
                            HostArray &target, RowRange rows) const {
  size_t rowBytes = target.bytes().size() / indices.size();
  size_t count = rows.end - rows.begin;
  llvm::Expected<HostArray> part = HostArray::borrow(
      target.type(), batchShape(count, inputs[number].shape),
      target.mutableBytes().slice(rows.begin * rowBytes, count * rowBytes));
  if (!part)
    return part.takeError();
  return fetchInput(number, indices.slice(rows.begin, count), *part);
}

llvm::Error Feed::checkIndices(llvm::ArrayRef<int64_t> indices) const {
  for (int64_t index : indices)
    if (index < 0 || index >= source->numSamples())
      return fail("sample " + llvm::Twine(index) +
                  " does not exist, there are " +
                  llvm::Twine(source->numSamples()));
  return llvm::Error::success();
}

llvm::Error Feed::fetch(llvm::ArrayRef<int64_t> indices,
                        llvm::MutableArrayRef<HostArray> arrays) const {
  RowRanges all;
  if (!indices.empty())
    all.push_back({0, static_cast<int64_t>(indices.size())});
  return fetch(indices, arrays, std::vector<RowRanges>(inputs.size(), all));
}

llvm::Error Feed::fetch(llvm::ArrayRef<int64_t> indices,
                        llvm::MutableArrayRef<HostArray> arrays,
                        llvm::ArrayRef<RowRanges> rows) const {
  if (llvm::Error error = checkIndices(indices))
    return error;
  if (arrays.size() != inputs.size())
    return fail("there are " + llvm::Twine(inputs.size()) + " inputs and " +
                llvm::Twine(arrays.size()) + " arrays");
  for (const auto &[number, array] : llvm::enumerate(arrays)) {
    const FeedInput &input = inputs[number];
    if (array.type() != input.type ||
        array.shape() !=
            llvm::ArrayRef<int64_t>(batchShape(indices.size(), input.shape)))
      return fail("the array for input '" + input.name + "' has shape " +
                  shapeText(array.shape()));
    for (RowRange range : rows[number])
      if (llvm::Error error = fetchRows(number, indices, array, range))
        return within("input '" + input.name + "'", std::move(error));
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<HostArray>>
Feed::fetch(llvm::ArrayRef<int64_t> indices) const {
  std::vector<HostArray> arrays;
  for (const FeedInput &input : inputs) {
    llvm::Expected<HostArray> array = HostArray::allocate(
        input.type, batchShape(indices.size(), input.shape));
    if (!array)
      return array.takeError();
    arrays.push_back(std::move(*array));
  }
  if (llvm::Error error = fetch(indices, arrays))
    return error;
  return arrays;
}
