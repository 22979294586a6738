//===- MinPlus.h - The inner loops of every solver part ---------*- C++ -*-===//
//
// Compiled once for each class of processor and chosen at start-up.
//
//===----------------------------------------------------------------------===//
#ifndef MPC_LIB_PLANNER_MINPLUS_H
#define MPC_LIB_PLANNER_MINPLUS_H

#include <cstddef>

namespace mpc {

/// out[y] = min over x of table[x * columns + y] - subtract[x].
void minPlusColumns(const double *table, const double *subtract, int rows,
                    int columns, double *out);

/// A table over an eliminated variable (major) and some of the dimensions that
/// it leaves behind.
struct MinPlusTerm {
  const double *table;
  std::size_t slice;  ///< Entries for one value of the eliminated variable.
  bool inner;         ///< Whether it has the last dimension, at stride 1.
  std::size_t offset; ///< Of the current outer index; starts and ends at 0.
  const std::size_t *stride; ///< By outer dimension; 0 where it is absent.
};

/// out[n] = min over x < domain of unary[x] + sum of terms(x, n), for every n
/// in the box \p sizes of \p dimensions >= 1. Scratch `index` has as many
/// entries, all zero.
void minPlusEliminate(const double *unary, int domain, MinPlusTerm *terms,
                      int count, const int *sizes, int dimensions, int *index,
                      double *out);

} // namespace mpc

#endif // MPC_LIB_PLANNER_MINPLUS_H
