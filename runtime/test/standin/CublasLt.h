//===- CublasLt.h - What the stand-in's cuBLASLt can ------------*- C++ -*-===//
#ifndef MPCRT_TEST_STANDIN_CUBLASLT_H
#define MPCRT_TEST_STANDIN_CUBLASLT_H

namespace mpcrt::standin {

/// Whether there are algorithms for products with gelu inside. There are, unless
/// somebody says otherwise.
void setGelu(bool exists);

} // namespace mpcrt::standin

#endif // MPCRT_TEST_STANDIN_CUBLASLT_H
