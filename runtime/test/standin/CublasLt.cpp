//===- CublasLt.cpp - Matrix products of the stand-in ---------------------===//
#include "CublasLt.h"
#include "Memory.h"
#include "Queue.h"
#include "Standin.h"
#include "core/HalfFloat.h"
#include "cuda/Types.h"
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <map>

namespace mpcrt::cuda {
extern "C" {
#define MPCRT_CUBLASLT(name, parameters)                                       \
  __attribute__((visibility("default"))) int name parameters;
#include "cuda/Symbols.def"
__attribute__((visibility("default"))) size_t cublasLtGetVersion();
}
} // namespace mpcrt::cuda

using namespace mpcrt;
using namespace mpcrt::cuda;

namespace {

constexpr int invalidValue = 7, executionFailed = 13, notSupported = 15;

std::atomic<bool> hasGelu = true;

struct Attributes {
  std::map<int, int64_t> values;

  int set(int attribute, const void *value, size_t bytes) {
    int64_t stored = 0;
    if (bytes > sizeof stored)
      return invalidValue;
    std::memcpy(&stored, value, bytes);
    values[attribute] = stored;
    return Success;
  }
  int64_t get(int attribute, int64_t otherwise) const {
    auto found = values.find(attribute);
    return found == values.end() ? otherwise : found->second;
  }
};

/// A column-major matrix, or a batch of them.
struct Layout : Attributes {
  int type;
  int64_t rows, columns, stride;

  float read(const char *data, int64_t row, int64_t column) const {
    const char *at = data + (row + column * stride) * bytes();
    if (type == LtTypeF32) {
      float value;
      std::memcpy(&value, at, sizeof value);
      return value;
    }
    BF16 value;
    std::memcpy(&value, at, sizeof value);
    return value.toFloat();
  }
  void write(char *data, int64_t row, int64_t column, float value) const {
    char *at = data + (row + column * stride) * bytes();
    if (type == LtTypeF32) {
      std::memcpy(at, &value, sizeof value);
      return;
    }
    BF16 stored = BF16::fromFloat(value);
    std::memcpy(at, &stored, sizeof stored);
  }
  int64_t bytes() const { return type == LtTypeF32 ? 4 : 2; }
  /// From one matrix of a batch to the next.
  int64_t bytesOfMatrix() const {
    return get(LtLayoutBatchStride, 0) * bytes();
  }
};

template <typename T, typename Handle> T &as(Handle handle) {
  return *reinterpret_cast<T *>(handle);
}

float gelu(float x) {
  float inner = std::sqrt(2 / float(M_PI)) * (x + 0.044715f * x * x * x);
  return 0.5f * x * (1 + std::tanh(inner));
}
float geluSlope(float x) {
  float factor = std::sqrt(2 / float(M_PI));
  float h = std::tanh(factor * (x + 0.044715f * x * x * x));
  return 0.5f * (1 + h) +
         0.5f * x * (1 - h * h) * factor * (1 + 3 * 0.044715f * x * x);
}

/// What becomes of a product's sums.
class Epilogue {
public:
  Epilogue(const Attributes &desc, const Layout &c)
      : kind(desc.get(LtDescEpilogue, LtEpilogueDefault)), bias(c), aux(c),
        biasData(address(desc, LtDescBiasPointer)),
        auxData(address(desc, LtDescAuxPointer)), biasGradient(c.rows, 0.0f) {
    bias.type = static_cast<int>(desc.get(LtDescBiasType, c.type));
    aux.stride = desc.get(LtDescAuxStride, 0);
    aux.values[LtLayoutBatchStride] = desc.get(LtDescAuxBatchStride, 0);
  }

  /// The rules, which the library checks when it looks for algorithms; `isRun`:
  /// the pointers too.
  bool isValid(bool isRun) const {
    constexpr int64_t kinds[] = {
        LtEpilogueDefault,
        LtEpilogueRelu,
        LtEpilogueBias,
        LtEpilogueRelu | LtEpilogueBias,
        LtEpilogueGelu,
        LtEpilogueGelu | LtEpilogueBias,
        LtEpilogueGelu | LtEpilogueAux,
        LtEpilogueGelu | LtEpilogueAux | LtEpilogueBias,
        LtEpilogueGeluGradient,
        LtEpilogueGeluGradient | LtEpilogueBiasGradient};
    constexpr int64_t unit = 8;
    bool isKnown = std::count(std::begin(kinds), std::end(kinds), kind) == 1;
    bool isBatch = aux.get(LtLayoutBatchCount, 1) > 1;
    bool hasPlace = !has(LtEpilogueAux) ||
                    (aux.stride >= aux.rows && aux.stride % unit == 0 &&
                     aux.get(LtLayoutBatchStride, 0) % unit == 0);
    bool isOne = !has(LtEpilogueBiasGradient) || !isBatch;
    bool hasPointers =
        (!has(LtEpilogueAux) || auxData) && (!usesBias() || biasData);
    return isKnown && hasPlace && isOne && (hasPointers || !isRun);
  }

  bool isGelu() const {
    return has(LtEpilogueGelu) || has(LtEpilogueGeluGradient);
  }

  /// One element of matrix `p`.
  float apply(int64_t p, int64_t i, int64_t j, float sum) {
    char *auxAt = auxData + (auxData ? p * aux.bytesOfMatrix() : 0);
    if (has(LtEpilogueBias))
      sum += bias.read(biasData, i, 0);
    if (has(LtEpilogueGeluGradient)) {
      sum *= geluSlope(aux.read(auxAt, i, j));
      biasGradient[i] += sum;
    } else if (has(LtEpilogueGelu)) {
      if (has(LtEpilogueAux))
        aux.write(auxAt, i, j, sum);
      sum = gelu(sum);
    } else if (has(LtEpilogueRelu)) {
      sum = sum > 0 ? sum : 0;
    }
    return sum;
  }

  void finish() const {
    if (has(LtEpilogueBiasGradient))
      for (int64_t i = 0; i < bias.rows; ++i)
        bias.write(biasData, i, 0, biasGradient[i]);
  }

private:
  static char *address(const Attributes &desc, int attribute) {
    int64_t value = desc.get(attribute, 0);
    return value ? standin::hostOf(reinterpret_cast<void *>(value)) : nullptr;
  }
  bool has(int64_t bits) const { return (kind & bits) == bits; }
  bool usesBias() const {
    return has(LtEpilogueBias) || has(LtEpilogueBiasGradient);
  }

  int64_t kind;
  Layout bias, aux;
  char *biasData, *auxData;
  std::vector<float> biasGradient;
};

/// One product, when its turn has come.
struct Product {
  Attributes desc;
  Layout a, b, c;
  const char *aData, *bData;
  char *cData;
  float alpha, beta;

  void run() const {
    bool aTurned = desc.get(LtDescTransA, 0),
         bTurned = desc.get(LtDescTransB, 0);
    int64_t k = aTurned ? a.rows : a.columns;
    Epilogue epilogue(desc, c);
    for (int64_t p = 0; p < c.get(LtLayoutBatchCount, 1); ++p) {
      const char *aAt = aData + p * a.bytesOfMatrix(),
                 *bAt = bData + p * b.bytesOfMatrix();
      char *cAt = cData + p * c.bytesOfMatrix();
      for (int64_t j = 0; j < c.columns; ++j)
        for (int64_t i = 0; i < c.rows; ++i) {
          float sum = 0;
          for (int64_t l = 0; l < k; ++l)
            sum += (aTurned ? a.read(aAt, l, i) : a.read(aAt, i, l)) *
                   (bTurned ? b.read(bAt, j, l) : b.read(bAt, l, j));
          sum *= alpha;
          if (beta != 0)
            sum += beta * c.read(cAt, i, j);
          c.write(cAt, i, j, epilogue.apply(p, i, j, sum));
        }
    }
    epilogue.finish();
  }
};

bool fits(const Attributes &desc, const Layout &a, const Layout &b,
          const Layout &c) {
  bool aTurned = desc.get(LtDescTransA, 0), bTurned = desc.get(LtDescTransB, 0);
  int64_t m = aTurned ? a.columns : a.rows, aK = aTurned ? a.rows : a.columns;
  int64_t n = bTurned ? b.rows : b.columns, bK = bTurned ? b.columns : b.rows;
  bool strides = a.stride >= a.rows && b.stride >= b.rows && c.stride >= c.rows;
  return m == c.rows && n == c.columns && aK == bK && strides;
}

} // namespace

void standin::setGelu(bool exists) { hasGelu = exists; }

namespace mpcrt::cuda {
extern "C" {

size_t cublasLtGetVersion() { return 1; }
int cublasLtCreate(LtHandle *handle) {
  static char only;
  *handle = reinterpret_cast<LtHandle>(&only);
  return Success;
}
int cublasLtDestroy(LtHandle) { return Success; }

int cublasLtMatmulDescCreate(LtMatmulDesc *desc, int, int) {
  *desc = reinterpret_cast<LtMatmulDesc>(new Attributes);
  return Success;
}
int cublasLtMatmulDescDestroy(LtMatmulDesc desc) {
  delete &as<Attributes>(desc);
  return Success;
}
int cublasLtMatmulDescSetAttribute(LtMatmulDesc desc, int attribute,
                                   const void *value, size_t bytes) {
  return as<Attributes>(desc).set(attribute, value, bytes);
}
int cublasLtMatrixLayoutCreate(LtLayout *layout, int type, uint64_t rows,
                               uint64_t columns, int64_t stride) {
  auto *made = new Layout;
  made->type = type;
  made->rows = static_cast<int64_t>(rows);
  made->columns = static_cast<int64_t>(columns);
  made->stride = stride;
  *layout = reinterpret_cast<LtLayout>(made);
  return Success;
}
int cublasLtMatrixLayoutDestroy(LtLayout layout) {
  delete &as<Layout>(layout);
  return Success;
}
int cublasLtMatrixLayoutSetAttribute(LtLayout layout, int attribute,
                                     const void *value, size_t bytes) {
  return as<Layout>(layout).set(attribute, value, bytes);
}
int cublasLtMatmulPreferenceCreate(LtPreference *preference) {
  *preference = reinterpret_cast<LtPreference>(new Attributes);
  return Success;
}
int cublasLtMatmulPreferenceDestroy(LtPreference preference) {
  delete &as<Attributes>(preference);
  return Success;
}
int cublasLtMatmulPreferenceSetAttribute(LtPreference preference, int attribute,
                                         const void *value, size_t bytes) {
  return as<Attributes>(preference).set(attribute, value, bytes);
}

int cublasLtMatmulAlgoGetHeuristic(LtHandle, LtMatmulDesc desc, LtLayout a,
                                   LtLayout b, LtLayout c, LtLayout,
                                   LtPreference preference, int most,
                                   LtHeuristic *results, int *count) {
  Epilogue epilogue(as<Attributes>(desc), as<Layout>(c));
  if (!fits(as<Attributes>(desc), as<Layout>(a), as<Layout>(b),
            as<Layout>(c)) ||
      !epilogue.isValid(/*isRun=*/false))
    return invalidValue;
  if (epilogue.isGelu() && !hasGelu)
    return notSupported;
  auto limit = as<Attributes>(preference).get(LtPreferWorkspace, 0);
  *count = 0;
  for (int i = 0; i < 2 && i < most; ++i)
    results[(*count)++] = {{{static_cast<uint64_t>(i + 1)}},
                           static_cast<size_t>(i ? limit : 0),
                           0,
                           1,
                           {}};
  return Success;
}

int cublasLtMatmul(LtHandle, LtMatmulDesc desc, const void *alpha,
                   const void *a, LtLayout aLayout, const void *b,
                   LtLayout bLayout, const void *beta, const void *,
                   LtLayout cLayout, void *d, LtLayout,
                   const LtAlgorithm *algorithm, void *workspace, size_t bytes,
                   Stream stream) {
  if (!algorithm->data[0] ||
      !Epilogue(as<Attributes>(desc), as<Layout>(cLayout))
           .isValid(/*isRun=*/true))
    return invalidValue;
  if (!standin::canLoadLibrary())
    return LtAllocationFailed;
  Product product = {as<Attributes>(desc),
                     as<Layout>(aLayout),
                     as<Layout>(bLayout),
                     as<Layout>(cLayout),
                     standin::hostOf(a),
                     standin::hostOf(b),
                     standin::hostOf(d),
                     *static_cast<const float *>(alpha),
                     *static_cast<const float *>(beta)};
  char *scratch = standin::hostOf(workspace);
  standin::Queue::get().ask(
      reinterpret_cast<standin::StreamState *>(stream), [=] {
        std::memset(scratch, 0x5a, bytes); // it is the library's own
        product.run();
      });
  return standin::Queue::get().error() ? executionFailed : int(Success);
}

} // extern "C"
} // namespace mpcrt::cuda
