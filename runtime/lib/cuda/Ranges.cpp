//===- Ranges.cpp - What NVIDIA's tools show of the host ------------------===//
#include "Ranges.h"
#include <array>
#include <charconv>
#include <nvtx3/nvToolsExt.h>

namespace mpcrt::cuda {

static constexpr std::array<const char *, 3> categories = {
    "compute", "collective", "message"}; // by Work; numbered from 1

/// Null where no tool watches.
static nvtxDomainHandle_t domain() {
  static const nvtxDomainHandle_t created = [] {
    nvtxDomainHandle_t handle = nvtxDomainCreateA("mpc");
    for (size_t i = 0; handle && i < categories.size(); ++i)
      nvtxDomainNameCategoryA(handle, static_cast<uint32_t>(i + 1),
                              categories[i]);
    return handle;
  }();
  return created;
}

void beginRange(const Action &action, Work work) {
  if (!domain())
    return;
  char name[24] = "";
  std::to_chars(name, name + sizeof name - 1, action.id);
  nvtxEventAttributes_t attributes = {};
  attributes.version = NVTX_VERSION;
  attributes.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
  attributes.category = static_cast<uint32_t>(work) + 1;
  attributes.messageType = NVTX_MESSAGE_TYPE_ASCII;
  attributes.message.ascii = name;
  nvtxDomainRangePushEx(domain(), &attributes);
}

void endRange() {
  if (domain())
    nvtxDomainRangePop(domain());
}

} // namespace mpcrt::cuda
