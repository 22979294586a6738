//===- Feed.cpp - Data for a program's inputs -----------------------------===//
#include "Feed.h"
#include <algorithm>
#include <cstring>

namespace mpcrt {

static constexpr std::string_view labelName = "label";

static const Array *findArray(const std::vector<Array> &arrays,
                              std::string_view name) {
  for (const Array &array : arrays)
    if (array.name == name)
      return &array;
  return nullptr;
}

/// The number-th array that is no label.
static const Array *findByPosition(const std::vector<Array> &arrays,
                                   size_t number) {
  for (const Array &array : arrays)
    if (array.name != labelName && number-- == 0)
      return &array;
  return nullptr;
}

static std::string listNames(const std::vector<Array> &arrays) {
  std::string text;
  for (const Array &array : arrays)
    text += (text.empty() ? "'" : ", '") + array.name + "'";
  return text.empty() ? "nothing" : text;
}

/// Kernels index memory with these values.
static void checkLimit(const Array &array, const PackagedInput &limit) {
  if (!limit.below)
    return;
  size_t count = array.bytes.size() / elementBytes(array.type);
  std::vector<int64_t> values(count);
  convert(array.type, array.bytes.data(), ElementType::I64,
          reinterpret_cast<char *>(values.data()), static_cast<int64_t>(count));
  for (size_t i = 0; i < count; ++i)
    if ((values[i] < 0 || values[i] >= *limit.below) &&
        values[i] != limit.ignored)
      throw FileError("element " + std::to_string(i) + " is " +
                      std::to_string(values[i]) + ", expected 0 to " +
                      std::to_string(*limit.below - 1));
}

static Array prepare(const Array &source, const Array &input,
                     const std::vector<PackagedInput> &limits) {
  for (const PackagedInput &limit : limits)
    if (limit.name == input.name)
      checkLimit(source, limit);
  Array array{input.name, input.type, source.shape, {}};
  size_t count = source.bytes.size() / elementBytes(source.type);
  array.bytes.resize(count * elementBytes(input.type));
  convert(source.type, source.bytes.data(), input.type, array.bytes.data(),
          static_cast<int64_t>(count));
  return array;
}

std::vector<Array> matchArrays(const std::vector<Array *> &inputs,
                               const std::vector<Array> &arrays,
                               const std::vector<PackagedInput> &limits,
                               const std::string &file) {
  bool anyByName =
      std::any_of(inputs.begin(), inputs.end(), [&](const Array *input) {
        return input->name != labelName && findArray(arrays, input->name);
      });
  size_t position = 0;
  std::vector<Array> matched;
  for (const Array *input : inputs) {
    const Array *found = findArray(arrays, input->name);
    if (!found && !anyByName && input->name != labelName)
      found = findByPosition(arrays, position++);
    if (!found)
      throw FileError("'" + file + "': there is no array for input '" +
                      input->name + "', the file has " + listNames(arrays));
    try {
      matched.push_back(prepare(*found, *input, limits));
    } catch (const FileError &error) {
      throw FileError("'" + file + "': input '" + input->name +
                      "': " + error.what());
    }
  }
  return matched;
}

SampleFeed::SampleFeed(ProgramRun &program, const std::string &path,
                       const std::vector<PackagedInput> &limits) {
  std::vector<Array *> inputs = program.getDataInputs();
  arrays = matchArrays(inputs, readArrays(path), limits, path);
  for (size_t i = 0; i < arrays.size(); ++i) {
    std::span<const int64_t> own = inputs[i]->shape, given = arrays[i].shape;
    if (own.empty())
      throw FileError("input '" + inputs[i]->name +
                      "' has no batch dimension, data cannot give it");
    if (given.empty() ||
        countElements(own.subspan(1)) != countElements(given.subspan(1)))
      throw FileError("'" + path + "': input '" + inputs[i]->name +
                      "' takes samples of shape " + printShape(own.subspan(1)) +
                      ", the array has shape " + printShape(given));
    if (i > 0 && (given[0] != samples || own[0] != batch))
      throw FileError("'" + path + "': '" + arrays[i].name + "' has " +
                      std::to_string(given[0]) + " samples, '" +
                      arrays[0].name + "' has " + std::to_string(samples));
    samples = given[0];
    batch = own[0];
  }
  if (samples == 0)
    throw FileError("'" + path + "': there are no samples");
}

void SampleFeed::fetch(std::span<const int64_t> indices,
                       ProgramRun &program) const {
  std::vector<Array *> inputs = program.getDataInputs();
  for (size_t i = 0; i < arrays.size(); ++i) {
    size_t bytes = arrays[i].bytes.size() / static_cast<size_t>(samples);
    if (bytes * indices.size() != inputs[i]->bytes.size())
      throw FileError("input '" + inputs[i]->name + "' takes no " +
                      std::to_string(indices.size()) + " samples");
    char *target = inputs[i]->bytes.data();
    for (int64_t index : indices) {
      std::memcpy(target, arrays[i].bytes.data() + index * bytes, bytes);
      target += bytes;
    }
  }
}

} // namespace mpcrt
