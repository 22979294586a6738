//===- Matmul.h - Matrix products by cuBLASLt -------------------*- C++ -*-===//
//
// cuBLASLt thinks in columns: a row-major C = A B is computed as C^T = B^T A^T,
// so its first operand is our B. f32 is computed in f32 (no TF32), bf16 with
// sums in f32, and partial sums are added up in one order: results repeat.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_CUDA_MATMUL_H
#define MPCRT_CUDA_MATMUL_H

#include "../core/Device.h"
#include "Code.h"
#include "MatmulOperands.h"
#include "Scratch.h"

namespace mpcrt::cuda {

/// One matmul, ready to be launched.
class MatmulPlan {
public:
  /// Alignments are those of the operands' first elements. Fails with
  /// MPCRT_UNSUPPORTED where operands have to be copied first and the scratch
  /// is too small.
  MatmulPlan(const MatmulLaunch &launch, const Scratch &scratch,
             LtHandle handle);
  ~MatmulPlan();
  MatmulPlan(const MatmulPlan &) = delete;
  MatmulPlan &operator=(const MatmulPlan &) = delete;

  /// Candidates, the library's favourite first.
  std::vector<LtHeuristic> candidates(int most) const;
  void choose(const LtHeuristic &choice) { chosen = choice; }
  /// Names the problem and the limits, for the cache.
  const std::string &key() const { return problem; }
  int64_t libraryWorkspace() const { return scratch.bytes - packedBytes; }

  void run(const Code &code, const MatmulAddresses &at, Stream stream) const;

private:
  /// An operand as the library gets it: [batch..., rows, columns] with one of
  /// the last two dense.
  struct Side {
    MatmulOperand operand;
    StridedCopy pack, unpack; // when it is copied
    int64_t offset = -1;      // in the scratch; -1: it is used where it lies
    int64_t elementBytes = 0;
    int64_t alignment = 1;
    LtLayout layout = nullptr;
    bool isRowMajor() const { return operand.strides.back() == 1; }
  };

  void makeSide(Side &side, const MatmulOperand &operand, int32_t dtype,
                int64_t byteOffset, bool mustBeRowMajor);
  void makeLayout(Side &side, int32_t dtype);
  void makeDesc(const mpcrt_matmul_desc &desc);
  void setPointers(char *bias, char *aux) const;
  int64_t batchOffset(const Side &side, int64_t number) const;

  Scratch scratch;
  LtHandle handle;
  bool swapped, accumulates, usesBias, usesAux, usesGelu;
  int64_t packedBytes = 0;
  std::vector<int64_t> outerBatch; // what the library does not loop over
  int64_t innerBatch = 1;
  Side a, b, c;
  LtMatmulDesc desc = nullptr;
  LtHeuristic chosen = {};
  std::string problem;
};

/// All matmuls of a device.
class Matmuls {
public:
  Matmuls();
  ~Matmuls();
  Matmuls(const Matmuls &) = delete;
  Matmuls &operator=(const Matmuls &) = delete;

  /// Plans a launch and picks its algorithm: from the cache, else by timing the
  /// candidates. Runs it once, so that all it needs is there; both in `arena`,
  /// whose contents are lost.
  void prepare(const MatmulLaunch &launch, const Scratch &scratch,
               const Code &code, const PrimaryContext &gpu, char *arena,
               Stream stream);
  void run(const MatmulLaunch &launch, const Code &code,
           const MatmulAddresses &at, Stream stream) const;

private:
  LtHandle handle = nullptr;
  std::map<std::string, std::unique_ptr<MatmulPlan>> plans; // by key
  std::vector<MatmulPlan *> planOf; // by MatmulLaunch::number
};

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_MATMUL_H
