//===- Constant.cpp - numbers that are known at import --------------------===//

#include "Constant.h"
#include "llvm/ADT/APFloat.h"
#include <cmath>

using namespace mpc;
using namespace mpc::onnx_import;
using data::ElementType;
using data::HostArray;
using data::Shape;

/// 256 MB of memory: masks of 5792 x 5792.
static constexpr int64_t kLargestConstant = int64_t(1) << 25;

llvm::Expected<int64_t> onnx_import::checkSize(llvm::ArrayRef<int64_t> shape) {
  auto count = data::elementCount(shape);
  if (count && *count > kLargestConstant)
    return llvm::createStringError("a constant of shape " +
                                   data::shapeText(shape) +
                                   " is too large to be computed at import");
  return count;
}

Constant Constant::of(llvm::ArrayRef<int64_t> values) {
  return {ElementType::I64, {int64_t(values.size())}, {}, values.vec()};
}

Constant Constant::zeros(ElementType type, llvm::ArrayRef<int64_t> shape) {
  Constant constant{type, Shape(shape.begin(), shape.end()), {}, {}};
  int64_t count = llvm::cantFail(data::elementCount(shape));
  if (constant.isFloat())
    constant.reals.resize(count);
  else
    constant.integers.resize(count);
  return constant;
}

static char *getBytes(Constant &constant) {
  return constant.isFloat()
             ? reinterpret_cast<char *>(constant.reals.data())
             : reinterpret_cast<char *>(constant.integers.data());
}

static ElementType getWideType(const Constant &constant) {
  return constant.isFloat() ? ElementType::F64 : ElementType::I64;
}

llvm::Expected<Constant> Constant::from(const HostArray &array) {
  if (auto count = checkSize(array.shape()); !count)
    return count.takeError();
  Constant constant = zeros(array.type(), array.shape());
  if (llvm::Error error = data::convertElements(
          array.type(), array.bytes().data(), getWideType(constant),
          getBytes(constant), array.count()))
    return error;
  return constant;
}

llvm::Expected<HostArray> Constant::toArray() const {
  auto array = HostArray::allocate(type, shape);
  if (!array)
    return array.takeError();
  if (llvm::Error error = data::convertElements(
          getWideType(*this), getBytes(const_cast<Constant &>(*this)), type,
          array->mutableBytes().data(), count()))
    return error;
  return array;
}

/// As f16 or bf16 hold it.
static double round(double value, const llvm::fltSemantics &semantics) {
  llvm::APFloat rounded(value);
  bool isExact = false;
  rounded.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &isExact);
  rounded.convert(llvm::APFloat::IEEEdouble(),
                  llvm::APFloat::rmNearestTiesToEven, &isExact);
  return rounded.convertToDouble();
}

void Constant::store(int64_t i, double value) {
  if (type == ElementType::F64)
    reals[i] = value;
  else if (type == ElementType::F16)
    reals[i] = ::round(value, llvm::APFloat::IEEEhalf());
  else if (type == ElementType::BF16)
    reals[i] = ::round(value, llvm::APFloat::BFloat());
  else if (isFloat())
    reals[i] = static_cast<float>(value);
  else if (type == ElementType::I1)
    integers[i] = value != 0;
  else // out of range is undefined in ONNX too
    store(i, std::isfinite(value) && std::abs(value) < 0x1p63
                 ? static_cast<int64_t>(value)
                 : int64_t(0));
}

void Constant::store(int64_t i, int64_t value) {
  if (isFloat())
    return store(i, static_cast<double>(value));
  switch (type) {
  case ElementType::I32:
    value = static_cast<int32_t>(value);
    break;
  case ElementType::I16:
    value = static_cast<int16_t>(value);
    break;
  case ElementType::I8:
    value = static_cast<int8_t>(value);
    break;
  case ElementType::U32:
    value = static_cast<uint32_t>(value);
    break;
  case ElementType::U16:
    value = static_cast<uint16_t>(value);
    break;
  case ElementType::U8:
    value = static_cast<uint8_t>(value);
    break;
  case ElementType::I1:
    value = value != 0;
    break;
  default:
    break;
  }
  integers[i] = value;
}

bool Constant::areEqual(int64_t i, int64_t j) const {
  if (!isFloat())
    return integers[i] == integers[j];
  return reals[i] == reals[j] || (std::isnan(reals[i]) && std::isnan(reals[j]));
}

bool Constant::isSplat() const {
  for (int64_t i = 1; i < count(); ++i)
    if (!areEqual(i, 0))
      return false;
  return count() > 0;
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

Shape onnx_import::getStrides(llvm::ArrayRef<int64_t> shape) {
  Shape strides(shape.size());
  int64_t stride = 1;
  for (size_t dim = shape.size(); dim-- > 0; stride *= shape[dim])
    strides[dim] = stride;
  return strides;
}

llvm::Expected<Shape> onnx_import::broadcastShapes(llvm::ArrayRef<int64_t> a,
                                                   llvm::ArrayRef<int64_t> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  Shape shape(a.begin(), a.end());
  size_t added = a.size() - b.size();
  for (auto [i, size] : llvm::enumerate(b)) {
    int64_t &common = shape[added + i];
    if (common != size && common != 1 && size != 1)
      return llvm::createStringError("shapes " + data::shapeText(a) + " and " +
                                     data::shapeText(b) + " do not broadcast");
    common = common == 1 ? size : common;
  }
  return shape;
}

Shape onnx_import::getBroadcastStrides(llvm::ArrayRef<int64_t> shape,
                                       llvm::ArrayRef<int64_t> target) {
  Shape own = getStrides(shape), strides(target.size());
  size_t added = target.size() - shape.size();
  for (size_t i = 0; i < shape.size(); ++i)
    strides[added + i] = shape[i] == 1 ? 0 : own[i];
  return strides;
}

/// Is every slice along `dim` equal to the first?
static bool repeats(const Constant &constant, size_t dim) {
  int64_t stride = getStrides(constant.shape)[dim];
  int64_t size = constant.shape[dim];
  for (int64_t i = 0; i < constant.count(); ++i)
    if (!constant.areEqual(i, i - i / stride % size * stride))
      return false;
  return true;
}

Constant onnx_import::dropRepeats(Constant constant) {
  for (size_t dim = 0; dim < constant.shape.size(); ++dim) {
    if (constant.shape[dim] < 2 || !repeats(constant, dim))
      continue;
    Shape shape = constant.shape;
    shape[dim] = 1;
    Constant smaller = Constant::zeros(constant.type, shape);
    Shape strides = getStrides(constant.shape);
    for (int64_t i = 0; i < smaller.count(); ++i)
      smaller.set(i, constant, getOffset(i, shape, strides));
    constant = std::move(smaller);
  }
  return constant;
}
