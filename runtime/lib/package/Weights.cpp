//===- Weights.cpp - Weights files ----------------------------------------===//
#include "Model.h"
#include "core/JsonNode.h"

namespace mpcrt {

/// safetensors: the size of a JSON text in 8 bytes, the text, the data.
static constexpr uint64_t largestHeader = 100 << 20;

static ElementType parseDtype(const JsonNode &node) {
  std::string name = node.string();
  if (name == "BOOL")
    return ElementType::I1;
  for (char &c : name)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  auto type = typeNamed(name);
  if (!type)
    node.error("dtype '" + name + "' is not supported");
  return *type;
}

static Array readTensor(const InputFile &file, uint64_t dataBegin,
                        const std::string &name, const JsonNode &node) {
  Array array{name, parseDtype(node["dtype"]), node["shape"].integers(), {}};
  JsonNode offsets = node["data_offsets"];
  std::vector<int64_t> range = offsets.integers();
  auto count = countElements(array.shape);
  int64_t room = static_cast<int64_t>(file.size() - dataBegin), bytes = 0;
  if (range.size() != 2 || range[0] > range[1] || range[1] > room)
    offsets.error("they leave the file (is it cut short?)");
  if (!count ||
      __builtin_mul_overflow(*count, elementBytes(array.type), &bytes) ||
      bytes != range[1] - range[0])
    node.error("its shape does not fit its data");
  array.bytes.resize(static_cast<size_t>(bytes));
  file.read(dataBegin + static_cast<uint64_t>(range[0]), array.bytes.data(),
            array.bytes.size());
  return array;
}

static std::vector<Array> readSafetensors(const std::string &path) {
  InputFile file(path);
  uint64_t length = 0;
  if (file.size() >= 8)
    file.read(0, reinterpret_cast<char *>(&length), 8);
  if (length == 0 || length > largestHeader || length > file.size() - 8)
    throw FileError("it has no header, or is cut short");
  std::string text(length, '\0');
  file.read(8, text.data(), length);
  nlohmann::json document = nlohmann::json::parse(text);
  JsonNode root(document);
  std::vector<Array> arrays;
  for (const std::string &name : root.keys())
    if (name != "__metadata__")
      arrays.push_back(readTensor(file, 8 + length, name, root[name.c_str()]));
  return arrays;
}

std::vector<Array> readWeights(const std::string &path) {
  if (path.ends_with(".npz"))
    return readArrays(path);
  try {
    return readSafetensors(path);
  } catch (const std::exception &error) {
    throw FileError("weights '" + path + "': " + error.what());
  }
}

} // namespace mpcrt
