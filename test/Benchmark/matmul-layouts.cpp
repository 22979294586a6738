//===- matmul-layouts.cpp - oneDNN's speed by the layout of B -------------===//
//
// C = A B for the products of GPT-2, in f32, with weights that are not in a
// cache: B as it lies in rows, transposed, copied to oneDNN's own layout, and
// as the A of the product turned round (C^T = B^T A^T, C turned back). This is
// what runtime/lib/cpu/Matmul.cpp chooses from. Threads: OMP_NUM_THREADS.
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <benchmark/benchmark.h>
#include <dnnl.hpp>
#include <vector>

using dnnl::memory;

namespace {

const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
// So many copies of B in turn find none of it in a second-level cache.
constexpr int64_t copies = 4;

struct Shape {
  int64_t m, n, k;
};

memory::desc rows(int64_t rows, int64_t columns) {
  return {{rows, columns}, memory::data_type::f32, memory::dims{columns, 1}};
}

memory::desc transposed(int64_t rows, int64_t columns) {
  return {{rows, columns}, memory::data_type::f32, memory::dims{1, rows}};
}

/// Memory that has been written: pages that were not are all one of zeros.
memory filled(const memory::desc &desc) {
  memory result(desc, engine);
  auto *values = static_cast<float *>(result.get_data_handle());
  std::fill_n(values, desc.get_size() / sizeof(float), 0.5f);
  return result;
}

/// A product of tensors with these layouts, and B in `copies` buffers.
class Product {
public:
  Product(const memory::desc &a, const memory::desc &b, const memory::desc &c)
      : desc(dnnl::matmul::desc(a, b, c), engine), product(desc),
        a(filled(desc.src_desc())), c(filled(desc.dst_desc())) {
    for (int64_t i = 0; i < copies; ++i)
      bs.push_back(filled(desc.weights_desc()));
  }

  void run() { runWith(bs[next++ % copies]); }
  void runWith(memory &b) {
    product.execute(
        stream, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}});
  }

  dnnl::stream stream{engine};
  dnnl::matmul::primitive_desc desc;
  dnnl::matmul product;
  memory a, c;
  std::vector<memory> bs;
  int64_t next = 0;
};

void finish(benchmark::State &state, const Shape &s) {
  double flops =
      2.0 * s.m * s.n * s.k * static_cast<double>(state.iterations());
  state.counters["GFLOP/s"] =
      benchmark::Counter(flops * 1e-9, benchmark::Counter::kIsRate);
}

Shape shapeOf(const benchmark::State &state) {
  return {state.range(0), state.range(1), state.range(2)};
}

void timeProduct(benchmark::State &state,
                 memory::desc (*layoutOfB)(int64_t rows, int64_t columns)) {
  Shape s = shapeOf(state);
  Product product(rows(s.m, s.k), layoutOfB(s.k, s.n), rows(s.m, s.n));
  for (auto _ : state)
    product.run();
  finish(state, s);
}

void inRows(benchmark::State &state) { timeProduct(state, rows); }

void asTransposed(benchmark::State &state) { timeProduct(state, transposed); }

void inOwnLayout(benchmark::State &state) {
  Shape s = shapeOf(state);
  memory::desc own({s.k, s.n}, memory::data_type::f32, memory::format_tag::any);
  Product product(rows(s.m, s.k), own, rows(s.m, s.n));
  std::vector<memory> given;
  for (int64_t i = 0; i < copies; ++i)
    given.push_back(filled(rows(s.k, s.n)));
  dnnl::reorder reorder(given[0], product.bs[0]);
  int64_t next = 0;
  for (auto _ : state) {
    reorder.execute(product.stream, given[next++ % copies], product.bs[0]);
    product.runWith(product.bs[0]);
  }
  finish(state, s);
}

void turned(benchmark::State &state) {
  Shape s = shapeOf(state);
  // B [k, n] in rows is the transposed of the first operand [n, k].
  Product product(transposed(s.n, s.k), transposed(s.k, s.m), rows(s.n, s.m));
  // The first operand is the one that is large.
  std::vector<memory> bs;
  for (int64_t i = 0; i < copies; ++i)
    bs.push_back(filled(product.desc.src_desc()));
  memory result = filled(transposed(s.n, s.m));
  dnnl::reorder back(product.c, result);
  int64_t next = 0;
  for (auto _ : state) {
    product.a = bs[next++ % copies];
    product.run();
    back.execute(product.stream, product.c, result);
  }
  finish(state, s);
}

void shapes(benchmark::internal::Benchmark *benchmark) {
  for (int64_t m : {64, 256})
    for (auto [n, k] : {std::pair<int64_t, int64_t>{2304, 768},
                        {3072, 768},
                        {768, 3072},
                        {768, 50257}})
      benchmark->Args({m, n, k});
  benchmark->ArgNames({"m", "n", "k"})->Unit(benchmark::kMillisecond);
  benchmark->UseRealTime();
}

} // namespace

BENCHMARK(inRows)->Apply(shapes);
BENCHMARK(asTransposed)->Apply(shapes);
BENCHMARK(inOwnLayout)->Apply(shapes);
BENCHMARK(turned)->Apply(shapes);
BENCHMARK_MAIN();
