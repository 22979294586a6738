//===- Inputs.cpp - the static shapes of a graph's inputs -----------------===//

#include "Inputs.h"
#include "llvm/ADT/StringExtras.h"
#include <set>

using namespace mpc;
using namespace mpc::onnx_import;
using data::Shape;

/// The size that the options or the fed array give dim `index`; 0 for none.
static int64_t getGivenSize(const onnx::ValueInfoProto &input, size_t index,
                            const std::string &name, const ONNXOptions &options,
                            const Shape &fed) {
  const auto &type = input.type().tensor_type();
  if (auto found = options.dims.find(name);
      !name.empty() && found != options.dims.end())
    return found->second;
  bool isTokens = type.elem_type() == onnx::TensorProto::INT64 ||
                  type.elem_type() == onnx::TensorProto::INT32;
  if (index == 0 && options.batch > 0)
    return options.batch;
  if (index == 1 && isTokens && options.sequence > 0)
    return options.sequence;
  return index < fed.size() ? fed[index] : 0;
}

static llvm::Error reportOpen(const onnx::ValueInfoProto &input, size_t index,
                              const std::string &name) {
  std::string way = name.empty() ? "" : "--dim " + name + "=N";
  if (index < 2)
    way = std::string(index == 0 ? "--batch=N" : "--sequence=N") +
          (way.empty() ? "" : " or " + way);
  return llvm::createStringError(
      "input '" + input.name() + "' leaves dim " + llvm::Twine(index) +
      (name.empty() ? "" : " ('" + name + "')") + " open; " +
      (way.empty() ? "export the model with a size for it"
                   : "give it a size by " + way));
}

static llvm::Expected<Shape> getInputShape(const onnx::ValueInfoProto &input,
                                           const ONNXOptions &options,
                                           const Shape &fed) {
  if (!input.type().has_tensor_type() ||
      !input.type().tensor_type().has_shape())
    return llvm::createStringError("input '" + input.name() +
                                   "' is no tensor with a rank");
  Shape shape;
  const auto &dims = input.type().tensor_type().shape().dim();
  for (auto [index, dim] : llvm::enumerate(dims)) {
    int64_t size =
        dim.has_dim_value() && dim.dim_value() != 0
            ? dim.dim_value()
            : getGivenSize(input, index, dim.dim_param(), options, fed);
    if (size == 0)
      return reportOpen(input, index, dim.dim_param());
    if (size < 0)
      return llvm::createStringError("input '" + input.name() + "': dim " +
                                     llvm::Twine(index) + " has size " +
                                     llvm::Twine(size));
    shape.push_back(size);
  }
  return shape;
}

using Inputs = llvm::ArrayRef<const onnx::ValueInfoProto *>;

static llvm::Error checkDims(Inputs inputs, const ONNXOptions &options) {
  std::set<std::string> names;
  for (const onnx::ValueInfoProto *input : inputs)
    for (const auto &dim : input->type().tensor_type().shape().dim())
      if (!dim.dim_param().empty())
        names.insert(dim.dim_param());
  for (const auto &[name, size] : options.dims)
    if (!names.count(name))
      return llvm::createStringError(
          "--dim: no input has a dim '" + name + "', the model's are " +
          (names.empty() ? "none" : llvm::join(names, ", ")));
  return llvm::Error::success();
}

/// The shape of the array that will be fed to input `index`; empty for none.
static Shape getFedShape(Inputs inputs, size_t index,
                         const ONNXOptions &options) {
  const auto &fed = options.inputShapes;
  auto isFor = [](const onnx::ValueInfoProto *input) {
    return [input](const auto &entry) { return entry.first == input->name(); };
  };
  auto found = llvm::find_if(fed, isFor(inputs[index]));
  if (found != fed.end())
    return found->second;
  bool anyMatches =
      llvm::any_of(inputs, [&](const onnx::ValueInfoProto *input) {
        return llvm::any_of(fed, isFor(input));
      });
  return !anyMatches && index < fed.size() ? fed[index].second : Shape();
}

llvm::Expected<std::vector<Shape>>
onnx_import::getInputShapes(Inputs inputs, const ONNXOptions &options) {
  if (llvm::Error error = checkDims(inputs, options))
    return error;
  std::vector<Shape> shapes;
  for (size_t index = 0; index < inputs.size(); ++index) {
    auto shape = getInputShape(*inputs[index], options,
                               getFedShape(inputs, index, options));
    if (!shape)
      return shape.takeError();
    shapes.push_back(std::move(*shape));
  }
  return shapes;
}

llvm::Expected<std::map<std::string, int64_t>>
mpc::parseDims(llvm::ArrayRef<std::string> entries) {
  std::map<std::string, int64_t> dims;
  for (llvm::StringRef entry : entries) {
    auto [name, text] = entry.split('=');
    int64_t size = 0;
    if (name.empty() || text.getAsInteger(10, size) || size < 1)
      return llvm::createStringError("--dim: expected NAME=N, found '" + entry +
                                     "'");
    dims[name.str()] = size;
  }
  return dims;
}
