//===- DriverSymbols.h - What the stand-in's driver exports -----*- C++ -*-===//
#ifndef MPCRT_TEST_STANDIN_DRIVERSYMBOLS_H
#define MPCRT_TEST_STANDIN_DRIVERSYMBOLS_H

#include "cuda/Types.h"

namespace mpcrt::cuda {
extern "C" {
#define MPCRT_CUDA(name, parameters)                                           \
  __attribute__((visibility("default"))) int name parameters;
#include "cuda/Symbols.def"
}
} // namespace mpcrt::cuda

#endif // MPCRT_TEST_STANDIN_DRIVERSYMBOLS_H
