//===- RuntimeKernels.cpp - The runtime's own code for GPUs ---------------===//
#include "RuntimeKernels.h"
#include "../core/DType.h"
#include "../core/Error.h"

namespace mpcrt::cuda {

static const char *reduceName(Reduce reduce) {
  switch (reduce) {
  case Reduce::Sum:
    return "sum";
  case Reduce::Max:
    return "max";
  case Reduce::Min:
    return "min";
  }
  return "";
}

std::string copyKernelName(int64_t width) { return text("mpcrt_copy_", width); }

std::string reduceKernelName(int32_t dtype, Reduce reduce) {
  return text("mpcrt_reduce_", dtypeName(dtype), "_", reduceName(reduce));
}

/// %i = number of this thread, %step = threads of the grid; leaves at %n.
static constexpr const char *loopBegin = R"(
  mov.u32 %r0, %ctaid.x;
  mov.u32 %r1, %ntid.x;
  mov.u32 %r2, %tid.x;
  mul.wide.u32 %i, %r0, %r1;
  cvt.u64.u32 %x, %r2;
  add.u64 %i, %i, %x;
  mov.u32 %r3, %nctaid.x;
  mul.wide.u32 %step, %r3, %r1;
next:
  setp.ge.u64 %p0, %i, %n;
  @%p0 bra done;
)";

static constexpr const char *loopEnd = R"(
  add.u64 %i, %i, %step;
  bra next;
done:
  ret;
}
)";

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// The element's index is taken apart from the innermost dimension outwards.
static constexpr const char *findElement = R"(
  ld.param.u64 %s, [src];
  ld.param.u64 %d, [dst];
  mov.u64 %rest, %i;
  ld.param.u64 %dim, [box];
dims:
  setp.eq.u64 %p1, %dim, 0;
  @%p1 bra move;
  sub.u64 %dim, %dim, 1;
  mad.lo.u64 %at, %dim, 24, %base;
  ld.param.u64 %size, [%at+8];
  div.u64 %q, %rest, %size;
  mul.lo.u64 %x, %q, %size;
  sub.u64 %x, %rest, %x;
  ld.param.u64 %stride, [%at+16];
  mad.lo.u64 %s, %x, %stride, %s;
  ld.param.u64 %stride, [%at+24];
  mad.lo.u64 %d, %x, %stride, %d;
  mov.u64 %rest, %q;
  bra dims;
move:
)";

static std::string copyKernel(int64_t width) {
  bool isWide = width == 16;
  std::string type = isWide ? "v2.b64" : text("b", width * 8);
  std::string value = isWide ? "{%v, %w}" : "%v";
  return text("\n.visible .entry ", copyKernelName(width),
              "(.param .u64 src, .param .u64 dst, .param .u64 count,\n"
              "    .param .align 8 .b8 box[",
              sizeof(CopyBox),
              "])\n{\n"
              "  .reg .pred %p<2>;\n"
              "  .reg .u32 %r<4>;\n"
              "  .reg .u64 %i, %n, %step, %s, %d, %rest, %q, %x, %size, "
              "%stride, %dim, %at, %base;\n"
              "  .reg .b",
              isWide ? 64 : std::max<int64_t>(width * 8, 16), " %v, %w;\n",
              "  ld.param.u64 %n, [count];\n  mov.u64 %base, box;\n", loopBegin,
              findElement, "  ld.global.", type, " ", value, ", [%s];\n",
              "  st.global.", type, " [%d], ", value, ";\n", loopEnd);
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

namespace {
/// How elements of a type are read, reduced and written: instructions over the
/// registers %a (so far), %b (the next) and %h (16 bits).
struct Element {
  int32_t dtype;
  const char *registers; ///< type of %a and %b
  const char *load;      ///< [%at] into %b
  const char *store;     ///< %a to [%at]
  const char *sum;
  const char *extreme; ///< "max" or "min" is put in front; a NaN wins
  const char *fixNaN;  ///< where `extreme` does not do that
};
} // namespace

// Subnormal results of f32 sums are zero, as everywhere in mpc.
static constexpr Element elements[] = {
    {MPCRT_F32, ".f32", "ld.global.f32 %b, [%at];", "st.global.f32 [%at], %a;",
     "add.rn.ftz.f32 %a, %a, %b;", ".NaN.f32 %a, %a, %b;", ""},
    {MPCRT_F64, ".f64", "ld.global.f64 %b, [%at];", "st.global.f64 [%at], %a;",
     "add.rn.f64 %a, %a, %b;", ".f64 %a, %a, %b;",
     "setp.nan.f64 %p2, %c, %b;\n  @%p2 add.rn.f64 %a, %c, %b;"},
    {MPCRT_I64, ".s64", "ld.global.s64 %b, [%at];", "st.global.s64 [%at], %a;",
     "add.s64 %a, %a, %b;", ".s64 %a, %a, %b;", ""},
    {MPCRT_I32, ".s32", "ld.global.s32 %b, [%at];", "st.global.s32 [%at], %a;",
     "add.s32 %a, %a, %b;", ".s32 %a, %a, %b;", ""},
    {MPCRT_BF16, ".f32",
     "ld.global.b16 %h, [%at];\n  mov.b16 %zero, 0;\n"
     "  mov.b32 %b, {%zero, %h};",
     "cvt.rn.bf16.f32 %h, %a;\n  st.global.b16 [%at], %h;",
     "add.rn.ftz.f32 %a, %a, %b;", ".NaN.f32 %a, %a, %b;", ""},
    {MPCRT_F16, ".f32", "ld.global.b16 %h, [%at];\n  cvt.f32.f16 %b, %h;",
     "cvt.rn.f16.f32 %h, %a;\n  st.global.b16 [%at], %h;",
     "add.rn.ftz.f32 %a, %a, %b;", ".NaN.f32 %a, %a, %b;", ""}};

static std::string combine(const Element &element, Reduce reduce) {
  if (reduce == Reduce::Sum)
    return element.sum;
  const char *keep = *element.fixNaN ? "mov.f64 %c, %a;\n  " : "";
  return text(keep, reduceName(reduce), element.extreme, "\n  ",
              element.fixNaN);
}

static std::string reduceKernel(const Element &element, Reduce reduce) {
  std::string address =
      text("  mad.lo.u64 %at, %k, 8, %base;\n  ld.param.u64 %at, [%at];\n"
           "  mad.lo.u64 %at, %i, ",
           dtypeBytes(element.dtype), ", %at;\n");
  return text(
      "\n.visible .entry ", reduceKernelName(element.dtype, reduce),
      "(.param .u64 count, .param .u64 sources, .param .u64 results,\n"
      "    .param .align 8 .b8 pointers[",
      sizeof(ReducePointers),
      "])\n{\n  .reg .pred %p<3>;\n  .reg .u32 %r<4>;\n"
      "  .reg .u64 %i, %n, %step, %x, %k, %at, %base, %sources, %all;\n"
      "  .reg ",
      element.registers,
      " %a, %b, %c;\n  .reg .b16 %h, %zero;\n"
      "  ld.param.u64 %n, [count];\n  ld.param.u64 %sources, [sources];\n"
      "  ld.param.u64 %all, [results];\n  add.u64 %all, %all, %sources;\n"
      "  mov.u64 %base, pointers;\n",
      loopBegin, "  mov.u64 %k, 0;\n", address, "  ", element.load, "\n  mov",
      element.registers,
      " %a, %b;\nmore:\n"
      "  add.u64 %k, %k, 1;\n  setp.ge.u64 %p1, %k, %sources;\n"
      "  @%p1 bra write;\n",
      address, "  ", element.load, "\n  ", combine(element, reduce),
      "\n  bra more;\nwrite:\n", address, "  ", element.store,
      "\n  add.u64 %k, %k, 1;\n"
      "  setp.lt.u64 %p1, %k, %all;\n  @%p1 bra write;\n",
      loopEnd);
}

std::string runtimeKernels() {
  std::string ptx = ".version 7.0\n.target sm_80\n.address_size 64\n";
  for (int64_t width : {1, 2, 4, 8, 16})
    ptx += copyKernel(width);
  for (const Element &element : elements)
    for (Reduce reduce : {Reduce::Sum, Reduce::Max, Reduce::Min})
      ptx += reduceKernel(element, reduce);
  return ptx;
}

} // namespace mpcrt::cuda
