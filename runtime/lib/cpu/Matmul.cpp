//===- Matmul.cpp - Matrix products by oneDNN -----------------------------===//
#include "Matmul.h"
#include "../core/DType.h"
#include "../core/Error.h"
#include "MatmulShape.h"
#include <algorithm>
#include <dnnl.hpp>
#include <numeric>
#include <optional>
#include <string_view>

namespace mpcrt {

using dnnl::memory;

static const dnnl::engine &cpuEngine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

static memory::data_type libraryType(int32_t dtype) {
  if (dtype == MPCRT_F32)
    return memory::data_type::f32;
  if (dtype == MPCRT_BF16)
    return memory::data_type::bf16;
  fail(MPCRT_UNSUPPORTED, text("the CPU has no matmul of ", dtypeName(dtype),
                               "; expected f32 or bf16"));
}

static memory::desc describe(const MatmulOperand &operand, int32_t dtype) {
  return memory::desc(operand.dims, libraryType(dtype), operand.strides);
}

static dnnl::primitive_attr userScratchpad() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

namespace {
constexpr void *noData = nullptr;

/// A primitive with its arguments, whose addresses are set before each call.
class Step {
public:
  Step() = default;
  Step(dnnl::primitive primitive, const memory::desc &scratchpad)
      : primitive(std::move(primitive)),
        scratchpadBytes(scratchpad.get_size()) {
    add(DNNL_ARG_SCRATCHPAD, scratchpad);
  }
  void add(int name, const memory::desc &desc) {
    memories.emplace_back(desc, cpuEngine(), noData);
    arguments.push_back({name, memories.back().get()});
  }
  /// `addresses` in the order of the add() calls.
  void run(const dnnl::stream &stream, char *scratchpad,
           std::initializer_list<char *> addresses) {
    memories[0].set_data_handle(scratchpad);
    size_t next = 1;
    for (char *address : addresses)
      if (next < memories.size())
        memories[next++].set_data_handle(address);
    // The C call takes the arguments as they are; the C++ one allocates.
    dnnl_status_t status = dnnl_primitive_execute(
        primitive.get(), stream.get(), static_cast<int>(arguments.size()),
        arguments.data());
    if (status != dnnl_success)
      fail(MPCRT_INTERNAL, text("oneDNN returned status ", int(status)));
  }

  explicit operator bool() const { return !memories.empty(); }
  size_t scratchpad() const { return scratchpadBytes; }

private:
  dnnl::primitive primitive;
  size_t scratchpadBytes = 0;
  std::vector<memory> memories;
  std::vector<dnnl_exec_arg_t> arguments;
};

/// A copy of an operand in another layout, in the workspace.
struct Packed {
  int64_t offset = 0;
  Step in, out; // to the copy and, for C, back
};
} // namespace

static Step reorder(const memory::desc &from, const memory::desc &to) {
  dnnl::reorder::primitive_desc desc(cpuEngine(), from, cpuEngine(), to,
                                     userScratchpad());
  Step step(dnnl::reorder(desc), desc.scratchpad_desc());
  step.add(DNNL_ARG_FROM, from);
  step.add(DNNL_ARG_TO, to);
  return step;
}

struct MatmulPlan::Parts {
  explicit Parts(const mpcrt_matmul_desc &desc);

  dnnl::matmul::primitive_desc choose(const mpcrt_matmul_desc &desc,
                                      const MatmulShape &shape) const;
  int64_t reserve(size_t bytes);
  std::optional<Packed> packInput(const MatmulOperand &operand, int32_t dtype,
                                  const memory::desc &wanted);

  dnnl::stream stream{cpuEngine()};
  bool swapped = false;
  std::optional<Packed> a, b, c;
  Step multiply;
  int64_t packedBytes = 0;
  size_t scratchpadBytes = 0;
};

static dnnl::primitive_attr attributes(const mpcrt_matmul_desc &desc) {
  dnnl::primitive_attr attr = userScratchpad();
  dnnl::post_ops after;
  if (desc.accumulate)
    after.append_sum(1.0f);
  if (desc.activation == MPCRT_RELU)
    after.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
  attr.set_post_ops(after);
  return attr;
}

static memory::desc biasDesc(const mpcrt_matmul_desc &desc, size_t rank) {
  memory::dims dims(rank, 1), strides(rank, desc.n);
  dims.back() = desc.n;
  strides.back() = 1;
  return memory::desc(dims, libraryType(desc.c_dtype), strides);
}

static dnnl::matmul::primitive_desc
describeMatmul(const mpcrt_matmul_desc &desc, const memory::desc &a,
               const memory::desc &b, const memory::desc &c) {
  dnnl::primitive_attr attr = attributes(desc);
  if (!desc.has_bias)
    return {dnnl::matmul::desc(a, b, c), attr, cpuEngine()};
  auto rank = static_cast<size_t>(c.dims().size());
  return {dnnl::matmul::desc(a, b, biasDesc(desc, rank), c), attr, cpuEngine()};
}

//===----------------------------------------------------------------------===//
// The choice of layouts
//===----------------------------------------------------------------------===//

/// oneDNN's best kernels (brgemm) keep their buffers in the scratchpad. "gemm"
/// ones allocate in every call, "ref" ones are a thousand times slower.
enum class Quality { Reference, Allocating, Best };

static Quality qualityOf(const dnnl::matmul::primitive_desc &desc) {
  std::string_view name = desc.impl_info_str();
  if (name.starts_with("ref"))
    return Quality::Reference;
  return name.starts_with("brg") ? Quality::Best : Quality::Allocating;
}

static int64_t elementsOf(const MatmulOperand &operand) {
  int64_t count = 1;
  for (int64_t size : operand.dims)
    count *= size;
  return count;
}

/// Which operands to copy to dense ones; few elements first.
static std::vector<unsigned> packings(const MatmulShape &shape) {
  std::vector<unsigned> masks(8);
  auto cost = [&](unsigned mask) {
    int64_t elements = (mask & 1 ? elementsOf(shape.a) : 0) +
                       (mask & 2 ? elementsOf(shape.b) : 0) +
                       (mask & 4 ? 2 * elementsOf(shape.c) : 0);
    return std::pair(elements, mask);
  };
  std::iota(masks.begin(), masks.end(), 0u);
  std::sort(masks.begin(), masks.end(),
            [&](unsigned x, unsigned y) { return cost(x) < cost(y); });
  return masks;
}

/// The kernels of bf16 (AMX) copy both operands to tiles as they go: no other
/// layout of B pays for a reorder.
static bool dependsOnLayout(int32_t dtype) { return dtype == MPCRT_F32; }

/// Rows of B a multiple of 4 KiB apart fall in the same cache sets and cost up
/// to half the speed.
static bool hasConflicts(const MatmulShape &shape, int32_t dtype) {
  int64_t rowBytes =
      shape.b.strides[shape.b.strides.size() - 2] * dtypeBytes(dtype);
  return shape.b.isRowMajor() && rowBytes % 4096 == 0 &&
         shape.b.dims.size() == 2;
}

/// oneDNN reads a row-major B where it lies, a row at a time, but copies what
/// it needs of a transposed A to a dense block. So a B of many rows is faster
/// as the A of the product turned round, if C, which then has to be turned
/// back, is much smaller. Measured by test/Benchmark/matmul-layouts.
static bool wantsTurn(const MatmulShape &shape, const mpcrt_matmul_desc &desc) {
  if (!dependsOnLayout(desc.dtype) || !shape.b.isRowMajor() ||
      shape.b.dims.size() != 2 || desc.has_bias)
    return false;
  int64_t copied = elementsOf(shape.c) * (desc.accumulate ? 2 : 1);
  bool isTall = shape.b.dims[0] >= 2 * shape.b.dims[1];
  if (hasConflicts(shape, desc.dtype))
    return 2 * copied <= elementsOf(shape.b);
  return isTall && 4 * copied <= elementsOf(shape.b);
}

/// If B is used often enough, a copy in oneDNN's own layout pays.
static bool wantsOwnLayout(const MatmulShape &shape, int32_t dtype) {
  int64_t uses = shape.a.dims[shape.a.dims.size() - 2];
  return dependsOnLayout(dtype) && hasConflicts(shape, dtype) && uses >= 128;
}

dnnl::matmul::primitive_desc
MatmulPlan::Parts::choose(const mpcrt_matmul_desc &desc,
                          const MatmulShape &shape) const {
  auto build = [&](unsigned mask, bool own) {
    auto layout = [&](const MatmulOperand &operand, unsigned bit) {
      return describe(mask & bit ? operand.dense() : operand,
                      bit == 4 ? desc.c_dtype : desc.dtype);
    };
    memory::desc b = own ? memory::desc(shape.b.dims, libraryType(desc.dtype),
                                        memory::format_tag::any)
                         : layout(shape.b, 2);
    return describeMatmul(desc, layout(shape.a, 1), b, layout(shape.c, 4));
  };
  bool own = wantsOwnLayout(shape, desc.dtype);
  dnnl::matmul::primitive_desc best = build(0, own);
  for (unsigned mask : packings(shape)) {
    if (qualityOf(best) == Quality::Best)
      break;
    dnnl::matmul::primitive_desc next = build(mask, false);
    if (qualityOf(next) > qualityOf(best))
      best = next;
  }
  return best;
}

int64_t MatmulPlan::Parts::reserve(size_t bytes) {
  int64_t offset = packedBytes;
  packedBytes += static_cast<int64_t>((bytes + 63) / 64 * 64);
  return offset;
}

std::optional<Packed> MatmulPlan::Parts::packInput(const MatmulOperand &operand,
                                                   int32_t dtype,
                                                   const memory::desc &wanted) {
  memory::desc given = describe(operand, dtype);
  if (given == wanted)
    return std::nullopt;
  Packed packed{reserve(wanted.get_size()), reorder(given, wanted), Step()};
  scratchpadBytes = std::max(scratchpadBytes, packed.in.scratchpad());
  return packed;
}

MatmulPlan::Parts::Parts(const mpcrt_matmul_desc &desc) {
  MatmulShape shape = MatmulShape::normalize(desc);
  if (wantsTurn(shape, desc))
    shape = shape.turned();
  swapped = shape.swapped;
  mpcrt_matmul_desc used = desc;
  if (swapped)
    std::swap(used.m, used.n);
  dnnl::matmul::primitive_desc chosen = choose(used, shape);
  a = packInput(shape.a, desc.dtype, chosen.src_desc());
  b = packInput(shape.b, desc.dtype, chosen.weights_desc());
  c = packInput(shape.c, desc.c_dtype, chosen.dst_desc());
  if (c) {
    c->out = reorder(chosen.dst_desc(), describe(shape.c, desc.c_dtype));
    scratchpadBytes = std::max(scratchpadBytes, c->out.scratchpad());
    if (!desc.accumulate)
      c->in = Step();
  }
  multiply = Step(dnnl::matmul(chosen), chosen.scratchpad_desc());
  multiply.add(DNNL_ARG_SRC, chosen.src_desc());
  multiply.add(DNNL_ARG_WEIGHTS, chosen.weights_desc());
  multiply.add(DNNL_ARG_DST, chosen.dst_desc());
  if (desc.has_bias)
    multiply.add(DNNL_ARG_BIAS,
                 biasDesc(used, chosen.dst_desc().dims().size()));
  scratchpadBytes = std::max(scratchpadBytes, multiply.scratchpad());
}

static bool tryMatmul(int32_t dtype) {
  constexpr int64_t size = 16;
  memory::dims dims{size, size}, strides{size, 1};
  try {
    memory::desc square(dims, libraryType(dtype), strides);
    dnnl::matmul::primitive_desc(dnnl::matmul::desc(square, square, square),
                                 cpuEngine());
    return true;
  } catch (const dnnl::error &) {
    return false;
  }
}

bool hasMatmul(int32_t dtype) {
  static const bool narrow = tryMatmul(MPCRT_BF16);
  return dtype == MPCRT_F32 || (dtype == MPCRT_BF16 && narrow);
}

/// The kernels around a product compute a gelu as fast.
static bool hasActivation(int32_t activation) {
  return activation == MPCRT_NO_ACTIVATION || activation == MPCRT_RELU;
}

bool hasFastEpilogue(const mpcrt_matmul_desc &desc) {
  if (!hasActivation(desc.activation))
    return false;
  mpcrt_matmul_desc product = desc;
  product.has_bias = 0;
  MatmulShape shape = MatmulShape::normalize(product);
  if (shape.swapped || wantsTurn(shape, product))
    return false;
  try {
    return qualityOf(describeMatmul(desc, describe(shape.a, desc.dtype),
                                    describe(shape.b, desc.dtype),
                                    describe(shape.c, desc.c_dtype))) ==
           Quality::Best;
  } catch (const dnnl::error &) {
    return false; // what it cannot multiply is reported elsewhere
  }
}

MatmulPlan::MatmulPlan(const mpcrt_matmul_desc &desc) {
  if (!hasActivation(desc.activation))
    fail(MPCRT_UNSUPPORTED, "the CPU computes no gelu inside of matmuls; "
                            "compile the model for target 'cpu'");
  try {
    parts = std::make_unique<Parts>(desc);
  } catch (const dnnl::error &e) {
    fail(MPCRT_UNSUPPORTED,
         text("oneDNN cannot multiply ", dtypeName(desc.dtype), " [", desc.m,
              ", ", desc.k, "] x [", desc.k, ", ", desc.n, "]: ", e.what()));
  }
}

MatmulPlan::~MatmulPlan() = default;

int64_t MatmulPlan::workspaceBytes() const {
  return parts->packedBytes +
         static_cast<int64_t>((parts->scratchpadBytes + 63) / 64 * 64);
}

void MatmulPlan::run(char *a, char *b, char *c, char *bias, char *workspace) {
  Parts &p = *parts;
  char *scratchpad = workspace + p.packedBytes;
  if (p.swapped)
    std::swap(a, b);
  auto pack = [&](std::optional<Packed> &packed, char *address) {
    if (!packed)
      return address;
    char *copy = workspace + packed->offset;
    if (packed->in)
      packed->in.run(p.stream, scratchpad, {address, copy});
    return copy;
  };
  char *result = pack(p.c, c);
  p.multiply.run(p.stream, scratchpad,
                 {pack(p.a, a), pack(p.b, b), result, bias});
  if (p.c)
    p.c->out.run(p.stream, scratchpad, {result, c});
}

} // namespace mpcrt
