//===- Registry.cpp - The kinds of devices and communicators --------------===//
#include "Registry.h"
#include "../comm/InProcess.h"
#include "../comm/Processes.h"
#include "../cpu/CPUDevice.h"
#include "Error.h"
#include "PluginFile.h"
#include <dlfcn.h>

namespace mpcrt {

Registry::Registry()
    : devices({&cpuDriver()}),
      communicators({&inProcessDriver(), &processesDriver()}) {}

const Registry &Registry::get() {
  static const Registry registry;
  return registry;
}

namespace {
/// A plugin, the target and the communicator that it offers.
struct PluginEntry {
  PluginFile file;
  const char *target, *communicator;
};
} // namespace

static constexpr PluginEntry pluginEntries[] = {
    {{"libmpcrt-cuda.so", "MPCRT_CUDA_PLUGIN", RTLD_NOW | RTLD_LOCAL,
      "the CUDA back end", "install it beside mpc's libraries"},
     "cuda",
     "nccl"}};

/// Loads it where it is not yet.
static const BackendPlugin &pluginOf(const PluginFile &file) {
  auto open = reinterpret_cast<BackendPluginOpener>(
      findInPlugin(file, loadPlugin(file), MPCRT_BACKEND_SYMBOL));
  const BackendPlugin &plugin = *open();
  const BackendPlugin own;
  if (plugin.version != own.version ||
      plugin.manifestBytes != own.manifestBytes ||
      plugin.configBytes != own.configBytes)
    fail(MPCRT_UNSUPPORTED, text(file.purpose, " (", file.name,
                                 ") is of another version of mpc; install the "
                                 "one that was built with it"));
  return plugin;
}

/// Adds "'name'" to a list of choices.
static void addChoice(std::string &choices, const char *name) {
  choices += text(choices.empty() ? "" : ", ", "'", name, "'");
}

[[noreturn]] static void failToFind(const char *kind, std::string_view name,
                                    const std::string &choices) {
  fail(MPCRT_UNSUPPORTED,
       text("this build has no ", kind, " '", name, "'; it has ", choices));
}

const DeviceDriver &Registry::device(std::string_view name) const {
  std::string choices;
  for (const DeviceDriver *driver : devices) {
    if (name == driver->name)
      return *driver;
    addChoice(choices, driver->name);
  }
  for (const PluginEntry &entry : pluginEntries) {
    if (name == entry.target)
      return *pluginOf(entry.file).device;
    addChoice(choices, entry.target);
  }
  failToFind("target", name, choices);
}

const CommunicatorDriver &Registry::communicator(std::string_view name) const {
  std::string choices;
  for (const CommunicatorDriver *driver : communicators) {
    if (name == driver->name)
      return *driver;
    addChoice(choices, driver->name);
  }
  for (const PluginEntry &entry : pluginEntries) {
    if (name == entry.communicator)
      return *pluginOf(entry.file).communicator;
    addChoice(choices, entry.communicator);
  }
  failToFind("communicator", name, choices);
}

} // namespace mpcrt
