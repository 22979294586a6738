//===- AllocationTest.cpp - A step allocates nothing ----------------------===//
//
// Replaces the allocation functions of the whole process, libgomp and oneDNN
// included, by counting ones.
//
//===----------------------------------------------------------------------===//
#include "TestSession.h"
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" {
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
}

namespace {

std::atomic<bool> counting{false};
std::atomic<int64_t> calls{0};
std::atomic<size_t> largest{0};

void note(size_t size) {
  if (!counting.load(std::memory_order_relaxed))
    return;
  ++calls;
  size_t seen = largest.load();
  while (size > seen && !largest.compare_exchange_weak(seen, size)) {
  }
}

} // namespace

extern "C" {
void *malloc(size_t size) {
  note(size);
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  note(count * size);
  return __libc_calloc(count, size);
}
void *realloc(void *old, size_t size) {
  note(size);
  return __libc_realloc(old, size);
}
void *memalign(size_t alignment, size_t size) {
  note(size);
  return __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  note(size);
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **out, size_t alignment, size_t size) {
  note(size);
  *out = __libc_memalign(alignment, size);
  return *out ? 0 : 12; // ENOMEM
}
void *mmap(void *address, size_t length, int protection, int flags, int file,
           off_t offset) {
  note(length);
  return reinterpret_cast<void *>(
      syscall(SYS_mmap, address, length, protection, flags, file, offset));
}
}

using namespace mpcrt::test;

namespace {

void addOne(char *const *buffers, const int64_t *, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i)
    reinterpret_cast<float *>(buffers[0])[i] += 1;
}

const Kernels kernels = {{"add", addOne}};

struct Count {
  int64_t calls;
  size_t largest;
};

/// Allocations of ten runs after two that warm up.
Count countRuns(const json &manifest, mpcrt_options options, size_t inputs,
                size_t outputs) {
  TestSession session(manifest, kernels, options);
  std::vector<float> x(inputs), y(outputs);
  std::vector<mpcrt_buffer> in = {bufferOf(x)}, out = {bufferOf(y)};
  auto run = [&] {
    mpcrt_status *status =
        mpcrt_session_run(session.get(), 0, in.data(), 1, out.data(), 1);
    if (status)
      throw std::runtime_error(mpcrt_status_message(status));
  };
  run();
  run();
  calls = 0;
  largest = 0;
  counting = true;
  for (int i = 0; i < 10; ++i)
    run();
  counting = false;
  return {calls.load(), largest.load()};
}

json everything() {
  ManifestBuilder b(3, 1 << 18);
  b.kernel("add").group({0, 1, 2}).channel(0, 1).channel(1, 2);
  b.input("x", "f32", {3, 20000}).output("y", "f32", {20000});
  json add = fetch(0, 0, {0}, {20000});
  add["accumulate"] = true;
  json gather = {{"op", "all_gather"}, {"group", 0}, {"dtype", "f32"},
                 {"src", 0},           {"dst", 1},   {"shape", {30, 2}},
                 {"dim", 1},           {"block", 1}};
  gather["shape"] = {30, 3};
  json copy = {{"op", "copy"},
               {"src", 0},
               {"dst", 1},
               {"elem", 4},
               {"shape", {100, 200}},
               {"src_offset", 0},
               {"dst_offset", 0},
               {"src_strides", {1, 100}},
               {"dst_strides", {200, 1}}};
  int body = b.body({80000, 80000},
                    {feed(0, 0, {1, 0}, {1, 20000}),
                     kernelLaunch(0, {0}, {}, 20000, 64), copy, gather,
                     allReduce(0, 0, 20000), allReduce(0, 0, 100), add});
  for (int d = 0; d < 3; ++d)
    b.act(d, body, {0, 80000}, {0, d});
  b.message(0, "send", 0, 1, 0, 64).message(1, "recv", 0, 1, 163840, 64);
  b.message(0, "wait_send", 0, 1);
  b.message(1, "send", 1, 1, 0, 64).message(2, "recv", 1, 1, 163840, 64);
  return b.manifest;
}

TEST(Allocation, aStepAllocatesNothing) {
  for (int threads : {1, 2}) {
    mpcrt_options options = {};
    options.threads_per_device = threads;
    options.trace = 1;
    EXPECT_EQ(countRuns(everything(), options, 60000, 20000).calls, 0)
        << threads << " threads a device";
  }
}

json matmulStep(int64_t size, int64_t workspace, int64_t rowStride) {
  int64_t bytes = size * rowStride * 4, room = (bytes + 63) / 64 * 64;
  ManifestBuilder b(1, 3 * room + workspace, workspace);
  b.input("x", "f32", {size, size}).output("y", "f32", {size, size});
  json matmul = {{"op", "matmul"},
                 {"dtype", "f32"},
                 {"a", 0},
                 {"b", 1},
                 {"c", 2},
                 {"batch", json::array()},
                 {"m", size},
                 {"n", size},
                 {"k", size},
                 {"a_batch", json::array()},
                 {"a_m", 1},
                 {"a_k", rowStride},
                 {"b_batch", json::array()},
                 {"b_k", rowStride},
                 {"b_n", 1},
                 {"c_batch", json::array()},
                 {"c_m", rowStride},
                 {"c_n", 1},
                 {"accumulate", true}};
  int body =
      b.body({bytes, bytes, bytes}, {matmul, feed(0, 0, {0, 0}, {size, size}),
                                     fetch(0, 2, {0, 0}, {size, size})});
  b.act(0, body, {0, room, 2 * room}, {0});
  return b.manifest;
}

// oneDNN 2.6 makes a table of the arguments, a few hundred bytes, in every
// call; all that grows with the matmul must be in the workspace.
TEST(Allocation, matmulsAllocateNoBuffers) {
  for (int64_t padding : {0, 16}) {
    constexpr int64_t size = 384;
    mpcrt_matmul_desc desc = {};
    desc.accumulate = 1;
    desc.m = desc.n = desc.k = size;
    desc.a_m = desc.b_n = desc.c_n = 1;
    desc.a_k = desc.b_k = desc.c_m = size + padding;
    mpcrt_options options = {};
    options.threads_per_device = 2;
    int64_t workspace = 0;
    ASSERT_TRUE(Outcome(mpcrt_matmul_workspace(&desc, 2, &workspace)).ok());
    Count count = countRuns(matmulStep(size, workspace, size + padding),
                            options, size * size, size * size);
    EXPECT_LE(count.largest, 1024u) << "padding " << padding;
    EXPECT_LE(count.calls, 10 * 20) << "padding " << padding;
  }
}

} // namespace
