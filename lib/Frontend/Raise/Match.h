//===- Match.h - recognising formulas ---------------------------*- C++ -*-===//
//
// Exporters order and group products as they like: 0.5 x (1 + erf(x / sqrt 2))
// comes in half a dozen forms. So a product is taken apart first:
//
//   Product p(op.getResult());   // 0.5, {x, 1 + erf(..)}, {}
//
// and a pattern asks for its factors in any order.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_FRONTEND_RAISE_MATCH_H
#define MPC_LIB_FRONTEND_RAISE_MATCH_H

#include "mlir/IR/PatternMatch.h"
#include "mpc/IR/TensorBuilder.h"

namespace mpc::raise {

/// The number that every element of `value` is.
std::optional<double> getNumber(mlir::Value value);

/// Equal but for what rounding to f32, or a few digits in a file, leaves.
bool isNear(double a, double b);

/// A product of products and quotients.
struct Product {
  explicit Product(mlir::Value value);
  /// Takes out one factor that `matches`, if there is one.
  template <typename Match> mlir::Value take(Match matches) {
    for (mlir::Value &factor : factors)
      if (matches(factor)) {
        mlir::Value taken = factor;
        factors.erase(&factor);
        return taken;
      }
    return {};
  }
  bool takeValue(mlir::Value wanted) {
    return bool(take([&](mlir::Value factor) { return factor == wanted; }));
  }
  bool isEmpty() const { return factors.empty() && divisors.empty(); }

  double scale = 1;
  llvm::SmallVector<mlir::Value> factors, divisors;

private:
  void multiply(mlir::Value value, unsigned depth);
};

/// a + b with a number on either side: the other side and the number.
struct Sum {
  mlir::Value value;
  double number = 0;
};
std::optional<Sum> matchAddNumber(mlir::Value value);

/// mean(x) over the last dim, which stays: x.
mlir::Value matchMean(mlir::Value value);

// Patterns, one function for each file.
void addShapePatterns(mlir::RewritePatternSet &patterns);
void addActivationPatterns(mlir::RewritePatternSet &patterns);
void addNormPatterns(mlir::RewritePatternSet &patterns);
void addAttentionPatterns(mlir::RewritePatternSet &patterns);
/// Views of weights whose columns or rows are heads.
void viewHeads(mlir::ModuleOp module);

} // namespace mpc::raise

#endif
