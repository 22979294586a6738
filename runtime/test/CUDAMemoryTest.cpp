//===- CUDAMemoryTest.cpp - Too little memory is said before a step -------===//
#include "CUDARing.h"
#include <gtest/gtest.h>

using namespace mpcrt;
using namespace mpcrt::test;

namespace {

class CUDAMemory : public testing::Test {
protected:
  void SetUp() override { standin::reset(0); }
  void TearDown() override { standin::reset(0); }

  /// Of a session of two devices with arenas of 64 KiB and matmuls.
  static Outcome createSession() {
    std::string source = forStandin(ring(2), ringKernels).dump();
    mpcrt_executable *exe = nullptr;
    EXPECT_TRUE(Outcome(mpcrt_executable_load(source.data(), source.size(),
                                              nullptr, nullptr, &exe))
                    .ok());
    mpcrt_session *session = nullptr;
    Outcome outcome(mpcrt_session_create(exe, nullptr, &session));
    mpcrt_session_destroy(session);
    mpcrt_executable_destroy(exe);
    return outcome;
  }
  static void expectTooLittle(const std::string &message) {
    Outcome outcome = createSession();
    EXPECT_EQ(outcome.code, MPCRT_OUT_OF_MEMORY);
    EXPECT_NE(outcome.message.find(message), std::string::npos)
        << outcome.message;
  }
};

TEST_F(CUDAMemory, ofAnArena) {
  standin::setMemory(100 << 10);
  expectTooLittle(
      "device 1 needs 64 KiB, but GPU 0 (stand-in) has 36 KiB free of "
      "100 KiB; plan with more devices, more micro-batches or a smaller "
      "memory budget, or end what else uses this GPU");
}

TEST_F(CUDAMemory, ofCode) {
  standin::setMemory(200 << 10);
  standin::setModuleBytes(20 << 10); // the runtime's and the executable's
  expectTooLittle(
      "device 1 has its arena, but no memory for what comes with it: cannot "
      "load modules[0]: cuModuleLoadDataEx: out of memory "
      "(CUDA_ERROR_OUT_OF_MEMORY, 2); GPU 0 (stand-in) has 32 KiB free of 200 "
      "KiB; plan with a smaller memory budget, or end what else uses this "
      "GPU");
}

// Libraries load their kernels when they are used, by either device: also where
// the algorithm comes from the cache, as in the second session.
TEST_F(CUDAMemory, ofLibraries) {
  EXPECT_EQ(createSession().message, "");
  standin::setMemory(130 << 10);
  standin::setLibraryBytes(20 << 10);
  expectTooLittle(
      " has its arena, but no memory for what comes with it: "
      "cublasLtMatmul: cuBLAS status 3 (out of memory); GPU 0 (stand-in) has "
      "2 KiB free of 130 KiB; plan with a smaller memory budget, or end what "
      "else uses this GPU");
}

TEST_F(CUDAMemory, ofTheHost) {
  standin::setPinnableBytes(100 << 10);
  expectTooLittle("the host has no 1 MiB of memory to pin for a GPU's copies; "
                  "end what else uses it");
}

} // namespace
