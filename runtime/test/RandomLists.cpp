//===- RandomLists.cpp - Random programs of several devices ---------------===//
#include "RandomLists.h"
#include "CUDARing.h"
#include <algorithm>
#include <numeric>
#include <random>

namespace mpcrt::test {

namespace {

constexpr int64_t count = 32, bytes = count * 4, room = 128;
// Offsets in the arenas.
constexpr int64_t value = 0, sum = room, other = 2 * room, boxes = 4096;

class Generator {
public:
  Generator(uint64_t seed, int devices)
      : random(seed), devices(devices), b(devices, 1 << 15), lists(devices) {
    b.kernel("twice_and_one").kernel("add_scaled");
    b.input("x", "f32", {devices, count}).output("y", "f32", {devices, count});
    for (int from = 0; from < devices; ++from)
      for (int to = 0; to < devices; ++to)
        if (from != to)
          b.channel(from, to);
    makeGroups();
    makeBodies();
    for (int d = 0; d < devices; ++d)
      act(d, feedBody, {value}, {d, 0});
    for (int i = 0; i < 20; ++i)
      draw(2) ? reduce() : send();
    for (int d = 0; d < devices; ++d)
      act(d, fetchBody, {value}, {d, 0});
  }

  json manifest() {
    int64_t id = 1;
    for (int d = 0; d < devices; ++d)
      for (json &action : lists[d]) {
        action["id"] = id++;
        b.manifest["programs"][0]["devices"][d]["actions"].push_back(action);
      }
    return b.manifest;
  }

private:
  int draw(int choices) { return static_cast<int>(random() % choices); }

  void makeGroups() {
    for (int i = 0; i < 4; ++i) {
      std::vector<int> members(devices);
      std::iota(members.begin(), members.end(), 0);
      std::shuffle(members.begin(), members.end(), random);
      members.resize(1 + draw(devices));
      groups.push_back(members);
      b.group(members);
    }
  }

  void makeBodies() {
    feedBody = b.body({bytes}, {feed(0, 0, {0, 1}, {1, count})});
    fetchBody = b.body({bytes}, {fetch(0, 0, {0, 1}, {1, count})});
    // to + from
    addBody = b.body({bytes, bytes}, {kernelLaunch(1, {0, 1, 0}, {0}, count)});
    // from + 0 * from
    copyBody = b.body({bytes, bytes}, {kernelLaunch(1, {0, 0, 1}, {0}, count)});
    reduceBody = b.body({bytes}, {allReduce(0, 0, count, "f32", "max")});
    // value, its sum over the group, beside it
    besideBody =
        b.body({bytes, bytes, bytes}, {allReduce(0, 1, count),
                                       kernelLaunch(0, {2, 2}, {}, count),
                                       {{"op", "await"}, {"launch", 0}},
                                       kernelLaunch(1, {2, 1, 0}, {1}, count)});
  }

  void act(int device, int body, std::vector<int64_t> offsets,
           std::vector<int64_t> scalars) {
    lists[device].push_back({{"kind", "forward"},
                             {"chunk", 0},
                             {"micro", -1},
                             {"body", body},
                             {"offsets", offsets},
                             {"scalars", scalars}});
  }

  void reduce() {
    int group = draw(static_cast<int>(groups.size()));
    bool isBeside = draw(2);
    for (int d : groups[group])
      if (isBeside)
        act(d, besideBody, {value, sum, other}, {group, 1});
      else
        act(d, reduceBody, {value}, {group});
  }

  json transfer(const char *kind, int channel) const {
    return {{"kind", kind},
            {"chunk", 0},
            {"micro", -1},
            {"channel", channel},
            {"tag", messages}};
  }

  /// Every message has its own place on both sides.
  void send() {
    int from = draw(devices), to = (from + 1 + draw(devices - 1)) % devices;
    int channel = from * (devices - 1) + to - (to > from);
    int64_t outbox = boxes + 2 * messages * room, inbox = outbox + room;
    act(from, copyBody, {value, outbox}, {0});
    json post = transfer("send", channel), take = transfer("recv", channel);
    post.update({{"offset", outbox}, {"bytes", bytes}});
    take.update({{"offset", inbox}, {"bytes", bytes}});
    lists[from].push_back(post);
    if (draw(2))
      lists[from].push_back(transfer("wait_send", channel));
    // Some actions earlier, but behind the receive of the channel before it.
    std::vector<json> &list = lists[to];
    size_t at = list.size();
    for (int early = draw(4); early > 0 && at > 0; --early, --at)
      if (list[at - 1]["kind"] == "recv" && list[at - 1]["channel"] == channel)
        break;
    list.insert(list.begin() + static_cast<int64_t>(at), take);
    act(to, addBody, {value, inbox}, {1});
    ++messages;
  }

  std::mt19937_64 random;
  int devices;
  ManifestBuilder b;
  std::vector<std::vector<json>> lists;
  std::vector<std::vector<int>> groups;
  int messages = 0;
  int feedBody = 0, fetchBody = 0, addBody = 0, copyBody = 0, reduceBody = 0,
      besideBody = 0;
};

} // namespace

json randomManifest(uint64_t seed, int devices) {
  return Generator(seed, devices).manifest();
}

RandomResults runRandom(const json &manifest, int devices,
                        mpcrt_options options) {
  RandomResults results = {std::vector<float>(devices * count), ""};
  std::vector<float> x(devices * count);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>(i * 13 % 17) - 8;
  TestSession session(manifest, ringKernels, options);
  results.error = session.run({bufferOf(x)}, {bufferOf(results.y)}).message;
  return results;
}

} // namespace mpcrt::test
