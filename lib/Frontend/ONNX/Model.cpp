//===- Model.cpp - a parsed ONNX file -------------------------------------===//

#include "Model.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"
#include <google/protobuf/io/coded_stream.h>

using namespace mpc;
using namespace mpc::onnx_import;
using data::ElementType;
using data::HostArray;

static constexpr int64_t kFirstOpset = 13, kLastOpset = 25;

llvm::Expected<Model> Model::parse(llvm::ArrayRef<char> bytes,
                                   llvm::StringRef directory) {
  if (bytes.size() > INT_MAX)
    return llvm::createStringError(
        "the file is above 2 GiB, which protobuf cannot read; export it with "
        "external data");
  auto proto = std::make_shared<onnx::ModelProto>();
  google::protobuf::io::CodedInputStream stream(
      reinterpret_cast<const uint8_t *>(bytes.data()),
      static_cast<int>(bytes.size()));
  if (!proto->ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage())
    return llvm::createStringError("the file is damaged or no ONNX model");
  if (!proto->has_graph())
    return llvm::createStringError("the file has no graph");
  Model model;
  model.proto = std::move(proto);
  model.directory = directory.str();
  if (llvm::Error error = model.findOpset())
    return error;
  return model;
}

llvm::Error Model::findOpset() {
  for (const auto &entry : proto->opset_import())
    if (entry.domain().empty() || entry.domain() == "ai.onnx")
      version = entry.version();
  if (version == 0)
    return llvm::createStringError("the file names no opset");
  if (version < kFirstOpset || version > kLastOpset)
    return llvm::createStringError(
        "opset " + llvm::Twine(version) + " is not supported, expected " +
        llvm::Twine(kFirstOpset) + " to " + llvm::Twine(kLastOpset) +
        "; export the model again with another opset_version");
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

llvm::Expected<ElementType> onnx_import::getElementType(int32_t dataType) {
  using Proto = onnx::TensorProto;
  switch (dataType) {
  case Proto::FLOAT:
    return ElementType::F32;
  case Proto::DOUBLE:
    return ElementType::F64;
  case Proto::FLOAT16:
    return ElementType::F16;
  case Proto::BFLOAT16:
    return ElementType::BF16;
  case Proto::INT64:
    return ElementType::I64;
  case Proto::INT32:
    return ElementType::I32;
  case Proto::INT16:
    return ElementType::I16;
  case Proto::INT8:
    return ElementType::I8;
  case Proto::UINT64:
    return ElementType::U64;
  case Proto::UINT32:
    return ElementType::U32;
  case Proto::UINT16:
    return ElementType::U16;
  case Proto::UINT8:
    return ElementType::U8;
  case Proto::BOOL:
    return ElementType::I1;
  default:
    return llvm::createStringError("element type " + llvm::Twine(dataType) +
                                   " of ONNX is not supported");
  }
}

/// Copies numbers that the file holds one by one, as `Stored`.
template <typename Stored, typename Field>
static llvm::Expected<HostArray> readField(const Field &field, ElementType type,
                                           llvm::ArrayRef<int64_t> shape) {
  auto array = HostArray::allocate(type, shape);
  if (!array)
    return array.takeError();
  if (field.size() != array->count())
    return llvm::createStringError(
        "it has " + llvm::Twine(field.size()) + " elements, shape " +
        data::shapeText(shape) + " needs " + llvm::Twine(array->count()));
  llvm::MutableArrayRef<Stored> target = array->as<Stored>();
  for (auto [element, value] : llvm::zip_equal(target, field))
    element = static_cast<Stored>(value);
  return array;
}

/// The fields that hold each type are those of onnx.proto.
static llvm::Expected<HostArray> readFields(const onnx::TensorProto &tensor,
                                            ElementType type,
                                            llvm::ArrayRef<int64_t> shape) {
  switch (type) {
  case ElementType::F32:
    return readField<float>(tensor.float_data(), type, shape);
  case ElementType::F64:
    return readField<double>(tensor.double_data(), type, shape);
  case ElementType::I64:
    return readField<int64_t>(tensor.int64_data(), type, shape);
  case ElementType::U64:
    return readField<uint64_t>(tensor.uint64_data(), type, shape);
  case ElementType::U32:
    return readField<uint32_t>(tensor.uint64_data(), type, shape);
  case ElementType::I32:
    return readField<int32_t>(tensor.int32_data(), type, shape);
  case ElementType::I16:
  case ElementType::U16:
  case ElementType::F16:
  case ElementType::BF16:
    return readField<uint16_t>(tensor.int32_data(), type, shape);
  case ElementType::I8:
  case ElementType::U8:
    return readField<uint8_t>(tensor.int32_data(), type, shape);
  case ElementType::I1: {
    auto array = readField<uint8_t>(tensor.int32_data(), type, shape);
    if (array)
      for (uint8_t &flag : array->as<uint8_t>())
        flag = flag != 0;
    return array;
  }
  }
  llvm_unreachable("an element type without a field");
}

/// A byte other than 0 and 1 is no truth value.
static llvm::Error checkFlags(const HostArray &array) {
  if (array.type() == ElementType::I1 &&
      llvm::any_of(array.bytes(), [](char flag) { return flag & ~1; }))
    return llvm::createStringError("it has truth values other than 0 and 1");
  return llvm::Error::success();
}

llvm::Expected<HostArray> Model::read(const onnx::TensorProto &tensor) {
  auto type = getElementType(tensor.data_type());
  if (!type)
    return type.takeError();
  data::Shape shape(tensor.dims().begin(), tensor.dims().end());
  auto bytes = data::denseBytes(*type, shape);
  if (!bytes)
    return bytes.takeError();
  llvm::Expected<HostArray> array =
      tensor.data_location() == onnx::TensorProto::EXTERNAL
          ? readExternal(tensor, *type, shape)
      : tensor.has_raw_data()
          ? HostArray::borrow(*type, shape, llvm::StringRef(tensor.raw_data()),
                              proto)
          : readFields(tensor, *type, shape);
  if (!array)
    return array.takeError();
  if (llvm::Error error = checkFlags(*array))
    return error;
  return array;
}

//===----------------------------------------------------------------------===//
// External data
//===----------------------------------------------------------------------===//

namespace {
/// Where a tensor lies in another file.
struct Place {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
};
} // namespace

static llvm::Expected<Place> getPlace(const onnx::TensorProto &tensor) {
  Place place;
  for (const auto &entry : tensor.external_data()) {
    llvm::StringRef value = entry.value();
    uint64_t number = 0;
    if (entry.key() == "location")
      place.location = value.str();
    else if (entry.key() != "offset" && entry.key() != "length")
      continue;
    else if (value.getAsInteger(10, number))
      return llvm::createStringError("external data: " + entry.key() + " '" +
                                     value + "' is no number");
    else if (entry.key() == "offset")
      place.offset = number;
    else
      place.length = number;
  }
  return place;
}

/// Names in a model are data: they must not lead out of its directory.
static bool staysInside(llvm::StringRef location) {
  return !location.empty() && !location.contains('\0') &&
         !location.contains('\\') && !llvm::sys::path::is_absolute(location) &&
         llvm::all_of(llvm::make_range(llvm::sys::path::begin(location),
                                       llvm::sys::path::end(location)),
                      [](llvm::StringRef part) { return part != ".."; });
}

llvm::Expected<data::File::Mapping> Model::map(llvm::StringRef location) {
  auto [entry, isNew] = mapped.try_emplace(location);
  if (!isNew)
    return entry->second;
  llvm::SmallString<128> path(directory);
  llvm::sys::path::append(path, location);
  auto file = data::File::open(path);
  if (!file)
    return file.takeError();
  auto mapping = file->map();
  if (mapping)
    entry->second = *mapping;
  return mapping;
}

llvm::Expected<HostArray> Model::readExternal(const onnx::TensorProto &tensor,
                                              ElementType type,
                                              llvm::ArrayRef<int64_t> shape) {
  auto place = getPlace(tensor);
  if (!place)
    return place.takeError();
  if (!staysInside(place->location))
    return llvm::createStringError("external data: location '" +
                                   place->location +
                                   "' is no file beside the model");
  auto mapping = map(place->location);
  if (!mapping)
    return mapping.takeError();
  llvm::ArrayRef<char> bytes = mapping->bytes;
  uint64_t needed = static_cast<uint64_t>(*data::denseBytes(type, shape));
  if (place->length && *place->length != needed)
    return llvm::createStringError(
        "external data: length " + llvm::Twine(*place->length) + ", shape " +
        data::shapeText(shape) + " needs " + llvm::Twine(needed));
  if (place->offset > bytes.size() || needed > bytes.size() - place->offset)
    return llvm::createStringError(
        "external data: bytes " + llvm::Twine(place->offset) + " to " +
        llvm::Twine(place->offset) + " + " + llvm::Twine(needed) +
        " are beyond the end of '" + place->location + "'");
  return HostArray::borrow(type, shape, bytes.slice(place->offset, needed),
                           mapping->keepAlive);
}
