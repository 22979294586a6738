#include "MinPlus.h"

using namespace mpc;

// Sanitizers cannot instrument the resolvers that pick a clone.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MPC_CLONES
#endif
#endif
#if !defined(MPC_CLONES) && defined(__x86_64__) && defined(__ELF__)
#define MPC_CLONES                                                             \
  __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#elif !defined(MPC_CLONES)
#define MPC_CLONES
#endif

MPC_CLONES
void mpc::minPlusColumns(const double *__restrict table,
                         const double *__restrict subtract, int rows,
                         int columns, double *__restrict out) {
  for (int y = 0; y < columns; ++y)
    out[y] = table[y] - subtract[0];
  for (int x = 1; x < rows; ++x) {
    const double *row = table + std::size_t(x) * columns;
    double less = subtract[x];
    for (int y = 0; y < columns; ++y) {
      double candidate = row[y] - less;
      out[y] = candidate < out[y] ? candidate : out[y];
    }
  }
}

MPC_CLONES
void mpc::minPlusEliminate(const double *__restrict unary, int domain,
                           MinPlusTerm *__restrict terms, int count,
                           const int *__restrict sizes, int dimensions,
                           int *__restrict index, double *__restrict out) {
  const int width = sizes[dimensions - 1];
  // Terms with the inner dimension come first.
  int inner = 0;
  for (int t = 0; t < count; ++t)
    if (terms[t].inner) {
      MinPlusTerm moved = terms[t];
      terms[t] = terms[inner];
      terms[inner++] = moved;
    }
  while (true) {
    for (int y = 0; y < width; ++y)
      out[y] = 1e300;
    for (int x = 0; x < domain; ++x) {
      double sum = unary[x];
      for (int t = inner; t < count; ++t)
        sum += terms[t].table[terms[t].offset + x * terms[t].slice];
      auto row = [&](int t) {
        return terms[t].table + terms[t].offset + x * terms[t].slice;
      };
      if (inner == 1) {
        const double *a = row(0);
        for (int y = 0; y < width; ++y) {
          double c = sum + a[y];
          out[y] = c < out[y] ? c : out[y];
        }
      } else if (inner == 2) {
        const double *a = row(0), *b = row(1);
        for (int y = 0; y < width; ++y) {
          double c = sum + a[y] + b[y];
          out[y] = c < out[y] ? c : out[y];
        }
      } else if (inner == 3) {
        const double *a = row(0), *b = row(1), *d = row(2);
        for (int y = 0; y < width; ++y) {
          double c = sum + a[y] + b[y] + d[y];
          out[y] = c < out[y] ? c : out[y];
        }
      } else {
        for (int y = 0; y < width; ++y) {
          double c = sum;
          for (int t = 0; t < inner; ++t)
            c += row(t)[y];
          out[y] = c < out[y] ? c : out[y];
        }
      }
    }
    out += width;
    int d = dimensions - 2;
    for (; d >= 0; --d) {
      for (int t = 0; t < count; ++t)
        terms[t].offset += terms[t].stride[d];
      if (++index[d] < sizes[d])
        break;
      for (int t = 0; t < count; ++t)
        terms[t].offset -= std::size_t(sizes[d]) * terms[t].stride[d];
      index[d] = 0;
    }
    if (d < 0)
      return;
  }
}
