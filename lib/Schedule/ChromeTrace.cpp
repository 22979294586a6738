#include "mpc/Schedule/ChromeTrace.h"
#include <nlohmann/json.hpp>

using namespace mpc::schedule;

// Chrome's processes are groups of tracks.
static constexpr int listTracks = 0, receiveTracks = 1;

static nlohmann::json nameOf(const char *what, int group, int64_t track,
                             const std::string &name) {
  return {{"name", what},
          {"ph", "M"},
          {"pid", group},
          {"tid", track},
          {"args", {{"name", name}}}};
}

void mpc::schedule::appendTracks(nlohmann::json &events, int64_t devices) {
  for (auto [group, name] : {std::pair(listTracks, "actions"),
                             std::pair(receiveTracks, "receives")}) {
    events.push_back(nameOf("process_name", group, 0, name));
    for (int64_t device = 0; device < devices; ++device)
      events.push_back(nameOf("thread_name", group, device,
                              "device " + std::to_string(device)));
  }
}

nlohmann::json mpc::schedule::makeSlice(const Action &action, int64_t device,
                                        double start, double duration,
                                        nlohmann::json args) {
  return {{"name", toText(action)},
          {"cat", kindName(action.kind).str()},
          {"ph", "X"},
          {"pid", action.kind == ActionKind::Recv ? receiveTracks : listTracks},
          {"tid", device},
          {"ts", start},
          {"dur", duration},
          {"args", std::move(args)}};
}
