//===- CudnnPluginTest.cpp - libmpcrt-cudnn.so without cuDNN --------------===//
//
// Built where the plugin is.
//
//===----------------------------------------------------------------------===//
#include "cuda/AttentionPlugin.h"
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <link.h>
#include <string>

using namespace mpcrt::cuda;

namespace {

struct Plugin {
#define MPCRT_FIELD(name, parameters) int(*name) parameters;
  MPCRT_ATTENTION_FUNCTIONS(MPCRT_FIELD)
#undef MPCRT_FIELD
};

Plugin load() {
  Plugin plugin = {};
  void *handle = dlopen(MPCRT_TEST_CUDNN_PLUGIN, RTLD_NOW | RTLD_LOCAL);
  EXPECT_TRUE(handle) << dlerror();
#define MPCRT_FIND(name, parameters)                                           \
  plugin.name = reinterpret_cast<decltype(plugin.name)>(dlsym(handle, #name)); \
  EXPECT_TRUE(plugin.name) << #name;
  MPCRT_ATTENTION_FUNCTIONS(MPCRT_FIND)
#undef MPCRT_FIND
  return plugin;
}

TEST(CudnnPlugin, bringsNoneOfNVIDIAsLibraries) {
  load();
  auto look = [](dl_phdr_info *info, size_t, void *) {
    for (const char *library : {"libcuda", "libcudnn.", "libnvrtc"})
      EXPECT_EQ(std::string(info->dlpi_name).find(library), std::string::npos)
          << info->dlpi_name;
    return 0;
  };
  dl_iterate_phdr(look, nullptr);
}

TEST(CudnnPlugin, refusesAnotherVersion) {
  AttentionLibrary library = nullptr;
  AttentionError error = {};
  EXPECT_EQ(load().mpcrt_attention_open(attentionPluginVersion + 1, nullptr,
                                        &library, &error),
            AttentionFailed);
  EXPECT_STREQ(error.text, "it is of another version of mpc; install the one "
                           "that was built with it");
  EXPECT_EQ(library, nullptr);
}

TEST(CudnnPlugin, saysWhatACudnnLacks) {
  AttentionLibrary library = nullptr;
  AttentionError error = {};
  void *other = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
  EXPECT_EQ(load().mpcrt_attention_open(attentionPluginVersion, other, &library,
                                        &error),
            AttentionFailed);
  EXPECT_STREQ(error.text, "Unable to find symbol cudnnCreate");
  EXPECT_EQ(library, nullptr);
}

} // namespace
