//===- Deviation.cpp - how two tensors differ -----------------------------===//

#include "Deviation.h"
#include <cmath>

using namespace mpc;
using data::ElementType;
using data::HostArray;
using llvm::ArrayRef;

template <typename T>
static Deviation compareNumbers(ArrayRef<T> a, ArrayRef<T> b, bool relativeL2,
                                const llvm::BitVector *leftOut) {
  auto add = [&](double &total, double value) {
    total = relativeL2 ? std::hypot(total, value) : std::max(total, value);
  };
  Deviation result;
  for (size_t index = 0; index < a.size(); ++index) {
    double difference = std::abs(static_cast<double>(a[index]) - b[index]);
    if (std::isnan(difference))
      return {INFINITY, 1};
    add(result.scale, std::abs(a[index]));
    if (!leftOut || !leftOut->test(index))
      add(result.difference, difference);
  }
  return result;
}

llvm::Expected<Deviation> mpc::getDeviation(const RecordedTensor &tensorA,
                                            const RecordedTensor &tensorB,
                                            const VerifyOptions &options,
                                            const llvm::BitVector *leftOut) {
  const HostArray &a = tensorA.array, &b = tensorB.array;
  bool relativeL2 = options.relativeL2 && !tensorA.isGradient();
  if (a.type() == ElementType::F64)
    return compareNumbers(a.as<double>(), b.as<double>(), relativeL2, leftOut);
  if (!data::isFloat(a.type()))
    return Deviation{a.bytes() == b.bytes() ? 0 : INFINITY, 1};
  auto wideA = a.convertedTo(ElementType::F32),
       wideB = b.convertedTo(ElementType::F32);
  if (!wideA || !wideB)
    return llvm::joinErrors(wideA.takeError(), wideB.takeError());
  return compareNumbers<float>(wideA->as<float>(), wideB->as<float>(),
                               relativeL2, leftOut);
}
