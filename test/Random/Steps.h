//===- Steps.h - what a random network may do next --------------*- C++ -*-===//

#ifndef MPC_TEST_RANDOM_STEPS_H
#define MPC_TEST_RANDOM_STEPS_H

#include "Random.h"
#include "mpc/IR/TensorBuilder.h"
#include "mpc/JIT/ModelBuilder.h"

namespace mpc::test {

/// The network so far.
class Network {
public:
  using Value = mlir::Value;

  Network(ModelBuilder &m, int64_t batch, int64_t sequence, int64_t width,
          int64_t vocabulary, int64_t headMultiple)
      : m(m), batch(batch), sequence(sequence), width(width),
        vocabulary(vocabulary), headMultiple(headMultiple) {}

  /// A value of the pool, younger ones more often; of one rank, if given. Null
  /// where there is none.
  Value pick(Random &random, std::optional<size_t> rank = std::nullopt);
  void add(Value value) { pool.push_back(value); }
  llvm::ArrayRef<Value> getPool() const { return pool; }

  /// A parameter of the shape: now and then one that is there already.
  Value weight(Random &random, llvm::ArrayRef<int64_t> shape, double stddev);
  /// Integer ids [batch, sequence]; made when first asked for.
  Value getIds();
  /// The number of the step, for dropout.
  Value getStep();

  Value scale(Value value, double factor) {
    return m.mul(value, m.scalar(factor));
  }
  mlir::NamedAttribute named(llvm::StringRef name, mlir::Attribute value) {
    return m.getBuilder().getNamedAttr(name, value);
  }
  mlir::NamedAttribute integer(llvm::StringRef name, int64_t value) {
    return named(name, m.getBuilder().getI64IntegerAttr(value));
  }
  mlir::NamedAttribute list(llvm::StringRef name,
                            llvm::ArrayRef<int64_t> values) {
    return named(name, m.getBuilder().getDenseI64ArrayAttr(values));
  }

  ModelBuilder &m;
  const int64_t batch, sequence, width, vocabulary, headMultiple;

private:
  llvm::SmallVector<Value> pool;
  std::vector<std::pair<llvm::SmallVector<int64_t>, Value>> weights;
  Value ids, step;
};

/// Applies one step; null where the drawn values do not allow it.
using Step = mlir::Value (*)(Network &, Random &);

llvm::ArrayRef<Step> getPointwiseSteps();
llvm::ArrayRef<Step> getShapeSteps();
llvm::ArrayRef<Step> getLayerSteps();

} // namespace mpc::test

#endif
