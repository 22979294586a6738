//===- Results.cpp - Outputs of several processes come together -----------===//
#include "Results.h"
#include "../comm/World.h"
#include "DType.h"
#include "Error.h"
#include <algorithm>

namespace mpcrt {

Results::Results(const Manifest &manifest, const Placement &placement)
    : placement(placement), buffers(placement.world->size()) {
  tag = placement.world->reserveTags(1);
  for (const Program &program : manifest.programs) {
    Messages messages(placement.world->size());
    addBoxes(program, messages);
    addContributions(program, messages);
    for (size_t rank = 0; rank < messages.size(); ++rank) {
      bool used =
          placement.rank == 0 || placement.rank == static_cast<Index>(rank);
      int64_t bytes = used ? messages[rank].bytes : 0;
      if (static_cast<int64_t>(buffers[rank].size()) < bytes)
        buffers[rank].resize(bytes);
    }
    programs.push_back(std::move(messages));
  }
}

void Results::addBoxes(const Program &program, Messages &messages) const {
  auto add = [&](Index device, const Action &action, const FetchLaunch &fetch) {
    const TensorInfo &tensor = program.outputs[fetch.box.tensor];
    std::vector<int64_t> begin;
    for (Index scalar : fetch.box.begin)
      begin.push_back(action.scalars[scalar]);
    int64_t elem = dtypeBytes(tensor.dtype);
    Strides host = denseStrides(tensor.shape),
            box = denseStrides(fetch.box.size);
    Message &message = messages[placement.rankOf(device)];
    message.parts.push_back({fetch.box.tensor,
                             elem * denseOffset(tensor.shape, begin),
                             StridedCopy(elem, fetch.box.size, host, box),
                             StridedCopy(elem, fetch.box.size, box, host)});
    message.bytes += message.parts.back().pack.bytes();
  };
  for (size_t device = 0; device < program.devices.size(); ++device)
    for (const Action &action : program.devices[device]) {
      if (action.body < 0)
        continue;
      for (const Launch &launch : program.bodies[action.body].launches) {
        auto *fetch = std::get_if<FetchLaunch>(&launch);
        if (fetch && fetch->accumulation < 0 &&
            (fetch->condition < 0 || action.scalars[fetch->condition] != 0))
          add(static_cast<Index>(device), action, *fetch);
      }
    }
}

void Results::addContributions(const Program &program,
                               Messages &messages) const {
  for (const Contribution &c : program.contributions) {
    if (!c.active)
      continue;
    std::array<int64_t, 1> unit = {1};
    std::array<int64_t, 1> bytes = {
        elementCount(c.size) * dtypeBytes(program.outputs[c.output].dtype)};
    StridedCopy copy(1, bytes, unit, unit);
    Message &message = messages[placement.rankOf(c.device)];
    message.parts.push_back({-1, c.stagingOffset, copy, copy});
    message.bytes += bytes[0];
  }
}

namespace {
struct ResultsPlace final : WaitPlace {
  ResultsPlace(const Transfers &transfers, const World &world)
      : WaitPlace(transfers), world(world) {}
  std::string text(std::chrono::milliseconds waited) const override {
    std::string missing;
    for (const Peer &peer : transfers.missing())
      missing += mpcrt::text(missing.empty() ? "" : ", ", peer.rank);
    return mpcrt::text("rank ", world.rank(), " waited ", waited.count(),
                       " ms at the end of the run, where its outputs are "
                       "collected",
                       world.describeLastAction(), "; missing: rank ", missing);
  }
  const World &world;
};
} // namespace

void Results::exchange(Messages &messages) {
  World &world = *placement.world;
  Transfers transfers(world);
  for (Index rank = 1; rank < world.size(); ++rank) {
    int64_t bytes = messages[rank].bytes;
    if (placement.rank == 0)
      transfers.receive({rank, rank}, tag, buffers[rank].data(), bytes);
    else if (placement.rank == rank)
      transfers.send({0, 0}, tag, buffers[rank].data(), bytes);
  }
  world.wait(transfers, ResultsPlace(transfers, world), {world.timeout()});
}

void Results::collect(Index program, const mpcrt_buffer *outputs,
                      char *staging) {
  Messages &messages = programs[program];
  auto host = [&](const Part &part) {
    char *base = part.output < 0
                     ? staging
                     : static_cast<char *>(outputs[part.output].data);
    return base + part.hostOffset;
  };
  if (placement.rank != 0) {
    char *to = buffers[placement.rank].data();
    for (const Part &part : messages[placement.rank].parts) {
      part.pack.run(host(part), to);
      to += part.pack.bytes();
    }
  }
  exchange(messages);
  if (placement.rank != 0)
    return;
  for (Index rank = 1; rank < placement.world->size(); ++rank) {
    const char *from = buffers[rank].data();
    for (const Part &part : messages[rank].parts) {
      part.unpack.run(from, host(part));
      from += part.unpack.bytes();
    }
  }
}

} // namespace mpcrt
