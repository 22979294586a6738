//===- InitialValues.h - The first values of variables ----------*- C++ -*-===//
//
// The compiler and the runner of packages draw the same numbers because they
// draw them here.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_PACKAGE_INITIALVALUES_H
#define MPCRT_PACKAGE_INITIALVALUES_H

#include "mpcrt/files/ElementType.h"
#include <span>

namespace mpcrt {

enum class DistributionKind { Constant, Normal, Uniform };

struct Distribution {
  DistributionKind kind = DistributionKind::Constant;
  double a = 0; ///< the constant; the mean; the lower end
  double b = 0; ///< the standard deviation; the upper end
};

/// Fills `values`, all of a variable's elements in row-major order. A number
/// depends on the seed, the variable's name and its global index only.
void drawInitialValues(const Distribution &distribution, uint64_t seed,
                       std::string_view name, std::span<float> values);

/// Made-up data for input number `input` of a program: floats are normal,
/// integers uniform in [0, limit), i1 is 0 or 1. The same for a seed, an input
/// and a step. Returns false for types that no data are made for.
bool drawInput(ElementType type, uint64_t limit, uint64_t seed, int64_t step,
               unsigned input, std::span<char> bytes);

} // namespace mpcrt

#endif // MPCRT_PACKAGE_INITIALVALUES_H
