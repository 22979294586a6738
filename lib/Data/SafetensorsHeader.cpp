#include "SafetensorsHeader.h"
#include "Errors.h"
#include "mpc/Data/StrictJSON.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace mpc::data;
using nlohmann::json;

namespace {
struct DtypeRow {
  const char *name;
  int64_t bits;
  std::optional<ElementType> type;
};
} // namespace

static constexpr size_t largestRank = 32;
static constexpr JSONLimits headerLimits = {4, 8'000'000, 4096};
static constexpr const char *metadataKey = "__metadata__";

static const DtypeRow dtypeRows[] = {
    {"F64", 64, ElementType::F64},    {"F32", 32, ElementType::F32},
    {"F16", 16, ElementType::F16},    {"BF16", 16, ElementType::BF16},
    {"I64", 64, ElementType::I64},    {"I32", 32, ElementType::I32},
    {"I16", 16, ElementType::I16},    {"I8", 8, ElementType::I8},
    {"U64", 64, ElementType::U64},    {"U32", 32, ElementType::U32},
    {"U16", 16, ElementType::U16},    {"U8", 8, ElementType::U8},
    {"BOOL", 8, ElementType::I1},     {"C64", 64, std::nullopt},
    {"F8_E5M2", 8, std::nullopt},     {"F8_E4M3", 8, std::nullopt},
    {"F8_E8M0", 8, std::nullopt},     {"F8_E5M2FNUZ", 8, std::nullopt},
    {"F8_E4M3FNUZ", 8, std::nullopt}, {"F6_E2M3", 6, std::nullopt},
    {"F6_E3M2", 6, std::nullopt},     {"F4", 4, std::nullopt}};

llvm::StringRef mpc::data::safetensorsDtype(ElementType type) {
  return llvm::find_if(dtypeRows,
                       [&](const DtypeRow &row) { return row.type == type; })
      ->name;
}

static llvm::Expected<Shape> parseShape(const json &value) {
  if (!value.is_array() || value.size() > largestRank)
    return fail("'shape' must be a list of at most " +
                llvm::Twine(largestRank) + " extents");
  Shape shape;
  for (const json &extent : value) {
    llvm::Expected<int64_t> checked = strictUnsigned(extent, "an extent");
    if (!checked)
      return checked.takeError();
    shape.push_back(*checked);
  }
  return shape;
}

/// Bytes of a tensor, from its shape and the bits of an element.
static llvm::Expected<uint64_t> tensorBytes(llvm::ArrayRef<int64_t> shape,
                                            int64_t bits) {
  llvm::Expected<int64_t> count = elementCount(shape);
  if (!count)
    return count.takeError();
  int64_t total = 0;
  if (llvm::MulOverflow(*count, bits, total))
    return fail("shape " + shapeText(shape) + " is too large");
  if (total % 8 != 0)
    return fail("shape " + shapeText(shape) + " does not fill whole bytes");
  return static_cast<uint64_t>(total / 8);
}

static llvm::Error parseOffsets(const json &value, TensorEntry &entry) {
  if (!value.is_array() || value.size() != 2)
    return fail("'data_offsets' must be [begin, end]");
  llvm::Expected<int64_t> begin = strictUnsigned(value[0], "'data_offsets'");
  if (!begin)
    return begin.takeError();
  llvm::Expected<int64_t> end = strictUnsigned(value[1], "'data_offsets'");
  if (!end)
    return end.takeError();
  if (*end < *begin)
    return fail("'data_offsets' end at " + llvm::Twine(*end) +
                ", before they begin at " + llvm::Twine(*begin));
  entry.begin = *begin;
  entry.end = *end;
  return llvm::Error::success();
}

static llvm::Error parseEntry(const json &value, TensorEntry &entry) {
  if (!value.is_object() || value.size() != 3 || !value.contains("dtype") ||
      !value.contains("shape") || !value.contains("data_offsets"))
    return fail("expected an object of 'dtype', 'shape' and 'data_offsets'");
  if (!value["dtype"].is_string())
    return fail("'dtype' must be a string");
  entry.dtype = value["dtype"].get<std::string>();
  const auto *row = llvm::find_if(dtypeRows, [&](const DtypeRow &candidate) {
    return entry.dtype == candidate.name;
  });
  if (row == std::end(dtypeRows))
    return fail("unknown dtype '" + entry.dtype + "'");
  entry.type = row->type;

  llvm::Expected<Shape> shape = parseShape(value["shape"]);
  if (!shape)
    return shape.takeError();
  entry.shape = std::move(*shape);
  llvm::Expected<uint64_t> bytes = tensorBytes(entry.shape, row->bits);
  if (!bytes)
    return bytes.takeError();
  if (llvm::Error error = parseOffsets(value["data_offsets"], entry))
    return error;
  if (entry.end - entry.begin != *bytes)
    return fail("shape " + shapeText(entry.shape) + " of " + entry.dtype +
                " takes " + llvm::Twine(*bytes) +
                " bytes, 'data_offsets' give " +
                llvm::Twine(entry.end - entry.begin));
  return llvm::Error::success();
}

static llvm::Error parseMetadata(const json &value, StringTable &table) {
  if (!value.is_object())
    return fail("'__metadata__' must be an object of strings");
  for (const auto &[key, text] : value.items()) {
    if (!text.is_string())
      return fail("'__metadata__' entry '" + key + "' must be a string");
    table[key] = text.get<std::string>();
  }
  return llvm::Error::success();
}

/// The tensors, by offset, cover the data exactly. Offsets become absolute.
static llvm::Error placeEntries(std::vector<TensorEntry> &entries,
                                uint64_t dataBegin, uint64_t fileSize) {
  llvm::sort(entries, [](const TensorEntry &a, const TensorEntry &b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  uint64_t covered = 0;
  for (TensorEntry &entry : entries) {
    if (entry.begin != covered)
      return fail("tensor '" + entry.name + "' begins at data byte " +
                  llvm::Twine(entry.begin) + ", expected " +
                  llvm::Twine(covered) + ": tensors must neither overlap nor " +
                  "leave holes");
    covered = entry.end;
    entry.begin += dataBegin;
    entry.end += dataBegin;
  }
  if (covered != fileSize - dataBegin)
    return fail("the header describes " + llvm::Twine(covered) +
                " bytes of data, the file has " +
                llvm::Twine(fileSize - dataBegin) +
                (covered > fileSize - dataBegin ? " (is it cut short?)" : ""));
  return llvm::Error::success();
}

llvm::Expected<ParsedHeader>
mpc::data::parseSafetensorsHeader(llvm::StringRef text, uint64_t dataBegin,
                                  uint64_t fileSize) {
  if (!text.starts_with("{"))
    return fail("the header does not begin with '{'");
  llvm::Expected<json> document = parseStrictJSON(text, headerLimits);
  if (!document)
    return within("header", document.takeError());
  ParsedHeader header;
  for (const auto &[name, value] : document->items()) {
    if (name == metadataKey) {
      if (llvm::Error error = parseMetadata(value, header.metadata))
        return error;
      continue;
    }
    TensorEntry &entry = header.tensors.emplace_back();
    entry.name = name;
    if (llvm::Error error = parseEntry(value, entry))
      return within("tensor '" + name + "'", std::move(error));
  }
  if (llvm::Error error = placeEntries(header.tensors, dataBegin, fileSize))
    return error;
  return header;
}

static llvm::Error checkText(llvm::StringRef text) {
  const llvm::UTF8 *begin = text.bytes_begin();
  if (llvm::isLegalUTF8String(&begin, text.bytes_end()))
    return llvm::Error::success();
  return fail("a name or metadata text is not valid UTF-8");
}

static llvm::Error checkSpecs(llvm::ArrayRef<TensorSpec> sorted) {
  llvm::StringSet<> names;
  for (const TensorSpec &spec : sorted) {
    if (llvm::Error error = checkText(spec.name))
      return error;
    if (spec.name == metadataKey || spec.name.size() > headerLimits.keyBytes)
      return fail("'" + llvm::StringRef(spec.name).take_front(80) +
                  "' cannot be a tensor's name");
    if (spec.shape.size() > largestRank)
      return fail("tensor '" + spec.name + "' has more than " +
                  llvm::Twine(largestRank) + " dims");
    if (!names.insert(spec.name).second)
      return fail("tensor '" + spec.name + "' is given twice");
  }
  return llvm::Error::success();
}

static std::string serializeHeader(const json &document) {
  std::string text = document.dump();
  text.resize(llvm::alignTo(text.size(), 8), ' ');
  std::string bytes(8, '\0');
  llvm::support::endian::write64le(bytes.data(), text.size());
  return bytes + text;
}

llvm::Expected<HeaderLayout>
mpc::data::layOutSafetensorsHeader(llvm::ArrayRef<TensorSpec> specs,
                                   const StringTable &metadata) {
  HeaderLayout layout;
  layout.specs = specs.vec();
  llvm::sort(layout.specs, [](const TensorSpec &a, const TensorSpec &b) {
    size_t left = elementBytes(a.type), right = elementBytes(b.type);
    return left != right ? left > right : a.name < b.name;
  });
  if (llvm::Error error = checkSpecs(layout.specs))
    return error;
  json document = json::object();
  for (const auto &[key, text] : metadata) {
    if (llvm::Error error = checkText(key + text))
      return error;
    document[metadataKey][key] = text;
  }
  uint64_t offset = 0;
  for (const TensorSpec &spec : layout.specs) {
    llvm::Expected<int64_t> bytes = denseBytes(spec.type, spec.shape);
    if (!bytes)
      return within("tensor '" + spec.name + "'", bytes.takeError());
    layout.begins.push_back(offset);
    uint64_t end = offset + static_cast<uint64_t>(*bytes);
    if (end > uint64_t{1} << 53)
      return fail("the tensors take more than 2^53 bytes");
    document[spec.name] = {
        {"dtype", safetensorsDtype(spec.type).str()},
        {"shape", std::vector<int64_t>(spec.shape.begin(), spec.shape.end())},
        {"data_offsets", {offset, end}}};
    offset = end;
  }
  layout.bytes = serializeHeader(document);
  if (layout.bytes.size() - 8 > largestSafetensorsHeader)
    return fail("the header takes more than " +
                llvm::Twine(largestSafetensorsHeader) + " bytes");
  for (uint64_t &begin : layout.begins)
    begin += layout.bytes.size();
  return layout;
}
