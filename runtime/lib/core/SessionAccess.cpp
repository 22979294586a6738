//===- SessionAccess.cpp - Variables of a session, and reports ------------===//
#include "../comm/World.h"
#include "DType.h"
#include "Error.h"
#include "Session.h"
#include "VariableBox.h"
#include <algorithm>

namespace mpcrt {

void Session::write(std::string_view name, const int64_t *begin,
                    const int64_t *size, const void *data, size_t bytes) {
  checkUsable();
  VariableBox box(executable->manifest, name, begin, size, bytes);
  GateScope scope(gate.get());
  for (const VariableBox::Part &part : box.parts(/*replicas=*/true)) {
    if (!placement.isMine(part.device))
      continue;
    Device &device = *devices[part.device];
    device.upload(part.toDevice,
                  static_cast<const char *>(data) + part.hostOffset,
                  device.address(part.deviceOffset));
    device.synchronize();
  }
}

void Session::read(std::string_view name, const int64_t *begin,
                   const int64_t *size, void *data, size_t bytes) {
  checkUsable();
  VariableBox box(executable->manifest, name, begin, size, bytes);
  if (placement.world)
    collectBox(box, static_cast<char *>(data));
  else
    readHere(name, begin, size, data, bytes);
}

void Session::readHere(std::string_view name, const int64_t *begin,
                       const int64_t *size, void *data, size_t bytes) {
  checkUsable();
  VariableBox box(executable->manifest, name, begin, size, bytes);
  GateScope scope(gate.get());
  for (const VariableBox::Part &part : box.parts(/*replicas=*/false)) {
    if (!placement.isMine(part.device))
      fail(MPCRT_INVALID_ARGUMENT,
           text("a part of the box of '", name, "' is on device ", part.device,
                " of rank ", placement.rankOf(part.device)));
    Device &device = *devices[part.device];
    device.download(part.toHost, device.address(part.deviceOffset),
                    static_cast<char *>(data) + part.hostOffset);
    device.synchronize();
  }
}

/// Part after part travels to rank 0.
void Session::collectBox(const VariableBox &box, char *data) {
  World &world = *placement.world;
  std::vector<char> dense;
  for (const VariableBox::Part &part : box.parts(/*replicas=*/false)) {
    Index owner = placement.rankOf(part.device);
    dense.resize(part.toHost.bytes());
    if (owner == placement.rank) {
      Device &device = *devices[part.device];
      device.download(part.toDense, device.address(part.deviceOffset),
                      dense.data());
      device.synchronize();
    }
    world.bring("the value of a variable", owner, dense.data(), dense.size());
    if (placement.rank == 0)
      part.fromDense.run(dense.data(), data + part.hostOffset);
  }
}

void Session::markRows(Index number, Index input,
                       std::span<uint8_t> rows) const {
  const auto &programs = executable->manifest.programs;
  if (number < 0 || number >= static_cast<Index>(programs.size()))
    fail(MPCRT_INVALID_ARGUMENT, text("there is no program ", number));
  const Program &program = programs[number];
  if (input < 0 || input >= static_cast<Index>(program.inputs.size()))
    fail(MPCRT_INVALID_ARGUMENT, text("there is no input ", input));
  const std::vector<int64_t> &shape = program.inputs[input].shape;
  if (shape.empty() || rows.size() != static_cast<size_t>(shape[0]))
    fail(MPCRT_INVALID_ARGUMENT,
         text("input '", program.inputs[input].name, "' does not have ",
              rows.size(), " rows"));
  for (size_t d = 0; d < devices.size(); ++d)
    for (const Action &action : program.devices[d])
      if (devices[d] && action.body >= 0)
        for (const Launch &launch : program.bodies[action.body].launches)
          if (auto *feed = std::get_if<FeedLaunch>(&launch);
              feed && feed->box.tensor == input)
            std::fill_n(rows.begin() + action.scalars[feed->box.begin[0]],
                        feed->box.size[0], 1);
}

bool Session::shard(std::string_view name, Index index,
                    mpcrt_shard &out) const {
  const Shard *found = findDistinctShard(executable->manifest, name, index);
  if (!found)
    return false;
  out = {found->begin.data(), found->size.data(), found->device,
         placement.isMine(found->device)};
  return true;
}

void Session::checkDevice(Index device) const {
  if (device < 0 || device >= static_cast<Index>(devices.size()))
    fail(MPCRT_INVALID_ARGUMENT, text("there is no device ", device));
  if (!devices[device])
    fail(MPCRT_INVALID_ARGUMENT, text("device ", device, " belongs to rank ",
                                      placement.rankOf(device)));
}

mpcrt_memory Session::memory(Index device) const {
  checkDevice(device);
  return {executable->manifest.arenas[device].bytes,
          devices[device]->allocatedBytes()};
}

const mpcrt_counters &Session::counters(Index device) const {
  checkDevice(device);
  return executors[device]->counters();
}

size_t Session::trace(mpcrt_trace_event *events, size_t capacity) const {
  size_t count = 0;
  for (const auto &executor : executors) {
    if (!executor)
      continue;
    for (const mpcrt_trace_event &event : executor->events()) {
      if (count < capacity)
        events[count] = event;
      ++count;
    }
  }
  return count;
}

} // namespace mpcrt
