//===- CUDAMissingTest.cpp - Machines without what CUDA needs -------------===//
#include "AttentionRunner.h"
#include "CUDAStandin.h"
#include "Loopback.h"
#include "Setting.h"
#include "TestSession.h"
#include <gtest/gtest.h>

using namespace mpcrt;
using namespace mpcrt::test;

namespace {

/// What a user reads who asks for CUDA.
Outcome createSession(const json &manifest, mpcrt_options options) {
  options.struct_size = sizeof options;
  std::string source = forStandin(manifest, {}).dump();
  mpcrt_executable *exe = nullptr;
  Outcome loaded(mpcrt_executable_load(source.data(), source.size(), nullptr,
                                       nullptr, &exe));
  EXPECT_EQ(loaded.message, "");
  mpcrt_session *session = nullptr;
  Outcome outcome(mpcrt_session_create(exe, &options, &session));
  mpcrt_session_destroy(session);
  mpcrt_executable_destroy(exe);
  return outcome;
}

Outcome createSession(mpcrt_options options = {}) {
  return createSession(ManifestBuilder(1).manifest, options);
}

// One after the other, as what has been loaded stays.
TEST(CUDAMissing, isSaidWithWhatToDo) {
  {
    Setting plugin("MPCRT_CUDA_PLUGIN", "/nowhere/libmpcrt-cuda.so");
    Outcome outcome = createSession();
    EXPECT_EQ(outcome.code, MPCRT_UNSUPPORTED);
    EXPECT_NE(outcome.message.find("cannot load the CUDA back end: /nowhere/"),
              std::string::npos)
        << outcome.message;
    EXPECT_EQ(Outcome(mpcrt_target_check("cuda")).message, outcome.message);
  }
  {
    Setting library("MPCRT_CUDA_LIBRARY", "/nowhere/libcuda.so.1");
    Outcome outcome = createSession();
    EXPECT_EQ(outcome.code, MPCRT_UNSUPPORTED);
    EXPECT_EQ(outcome.message,
              "target 'cuda' needs NVIDIA's driver: /nowhere/libcuda.so.1: "
              "cannot open shared object file: No such file or directory; "
              "install a driver for CUDA 12.0 or later and look with "
              "nvidia-smi, compile with --target=cpu, or set "
              "MPCRT_CUDA_LIBRARY to the library's path");
    EXPECT_EQ(Outcome(mpcrt_target_check("cuda")).message, outcome.message);
  }
  {
    Setting library("MPCRT_CUDA_LIBRARY", "libdl.so.2");
    Outcome outcome = createSession();
    EXPECT_NE(outcome.message.find("this one is too old, it lacks cuInit, "),
              std::string::npos)
        << outcome.message;
  }
  EXPECT_EQ(createSession().message, "");
  EXPECT_EQ(Outcome(mpcrt_target_check("cuda")).message, "");
}

TEST(CUDAMissing, isNotOfOtherTargets) {
  EXPECT_EQ(Outcome(mpcrt_target_check("cpu")).message, "");
  Outcome unknown(mpcrt_target_check("abacus"));
  EXPECT_EQ(unknown.code, MPCRT_UNSUPPORTED);
  EXPECT_EQ(unknown.message,
            "this build has no target 'abacus'; it has 'cpu', 'cuda'");
}

// Only several processes need it.
TEST(CUDAMissing, ncclIsSaidWithWhatToDo) {
  auto inAWorld = [] {
    std::string message;
    onRanks(1, std::chrono::seconds(20), [&](int, mpcrt_world *world) {
      message = createSession(inWorld(world)).message;
    });
    return message;
  };
  {
    Setting library("MPCRT_NCCL_LIBRARY", "/nowhere/libnccl.so.2");
    EXPECT_EQ(createSession().message, "");
    EXPECT_EQ(inAWorld(),
              "target 'cuda' in several processes needs NCCL: "
              "/nowhere/libnccl.so.2: cannot open shared object file: No such "
              "file or directory; install NCCL 2.14 or later where the loader "
              "finds it (LD_LIBRARY_PATH), start one process, or set "
              "MPCRT_NCCL_LIBRARY to the library's path");
  }
  {
    Setting library("MPCRT_NCCL_LIBRARY", "libdl.so.2");
    std::string message = inAWorld();
    EXPECT_NE(message.find("this one is too old, it lacks ncclGetUniqueId, "),
              std::string::npos)
        << message;
    EXPECT_EQ(message.find("ncclCommSplit"), std::string::npos) << message;
  }
  EXPECT_EQ(inAWorld(), "");
}

// Only executables with attention need it.
TEST(CUDAMissing, cudnnIsSaidWithWhatToDo) {
  AttentionProblem problem =
      AttentionProblem::dense({1, 4, 4, 2, 2, 8, 8}, /*isCausal=*/true);
  const json manifest = AttentionRunner(problem, {problem.launch()}).manifest;
  auto message = [&] { return createSession(manifest, {}).message; };
  {
    Setting plugin("MPCRT_CUDNN_PLUGIN", "/nowhere/libmpcrt-cudnn.so");
    EXPECT_EQ(createSession().message, "");
    EXPECT_EQ(message(),
              "cannot load the plugin for attention by cuDNN: "
              "/nowhere/libmpcrt-cudnn.so: cannot open shared object file: No "
              "such file or directory; build mpc where CMake finds the headers "
              "of cuDNN and of its frontend, compile with --attention=matmuls, "
              "or set MPCRT_CUDNN_PLUGIN to the plugin's path");
  }
  {
    Setting plugin("MPCRT_CUDNN_PLUGIN", "libdl.so.2");
    EXPECT_EQ(message(), "the plugin for attention by cuDNN has no symbol "
                         "'mpcrt_attention_open'");
  }
  {
    Setting library("MPCRT_CUDNN_LIBRARY", "/nowhere/libcudnn.so.9");
    EXPECT_EQ(message(),
              "attention on target 'cuda' needs cuDNN 9: "
              "/nowhere/libcudnn.so.9: cannot open shared object file: No such "
              "file or directory; install it where the loader finds it "
              "(LD_LIBRARY_PATH), compile with --attention=matmuls, or set "
              "MPCRT_CUDNN_LIBRARY to the library's path");
  }
  {
    Setting library("MPCRT_CUDNN_LIBRARY", "libdl.so.2");
    EXPECT_NE(message().find("this one is too old, it lacks cudnnGetVersion"),
              std::string::npos);
  }
  EXPECT_EQ(message(), "");
}

} // namespace
