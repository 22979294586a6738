//===- Executor.cpp - Interprets one device's action list -----------------===//
#include "Executor.h"
#include "../comm/Waiting.h"
#include "LaunchRunner.h"
#include <algorithm>
#include <bit>

namespace mpcrt {

static bool awaits(const Body &body) {
  return std::any_of(body.launches.begin(), body.launches.end(),
                     [](const Launch &launch) {
                       return std::holds_alternative<AwaitLaunch>(launch);
                     });
}

/// Whether an action of the device, in any program, is like that.
template <typename Predicate>
static bool hasAction(const Manifest &manifest, Index device,
                      const Predicate &predicate) {
  return std::any_of(
      manifest.programs.begin(), manifest.programs.end(),
      [&](const Program &program) {
        const std::vector<Action> &list = program.devices[device];
        return std::any_of(list.begin(), list.end(), [&](const Action &action) {
          return predicate(program, action);
        });
      });
}

Executor::Executor(const ExecutorConfig &config)
    : manifest(config.manifest), index(config.index), device(config.device),
      communicator(config.communicator), gate(config.gate),
      countsOf(config.manifest.programs.size()) {
  size_t mostBuffers = 0, mostScalars = 0, mostActions = 0, mostLaunches = 0;
  for (const Program &program : manifest.programs) {
    mostActions = std::max(mostActions, program.devices[index].size());
    for (const Body &body : program.bodies) {
      mostLaunches = std::max(mostLaunches, body.launches.size());
      for (const Launch &launch : body.launches)
        if (auto *kernel = std::get_if<KernelLaunch>(&launch)) {
          mostBuffers = std::max(mostBuffers, kernel->buffers.size());
          mostScalars = std::max(mostScalars, kernel->scalars.size());
        }
    }
  }
  buffers.resize(mostBuffers);
  scalars.resize(mostScalars);
  tickets.resize(mostLaunches);
  receives.reserve(mostActions);
  if (config.trace) {
    trace.reserve(mostActions);
    stamps = device.createStamps(2 * mostActions);
  }
  auto start = [&](std::optional<CommunicationThread> &thread, Lane lane) {
    thread.emplace(index, device, lane, communicator, config.spin,
                   [this, failed = config.failed](std::exception_ptr error) {
                     failed(withAction(error));
                   });
  };
  if (hasAction(manifest, index, [](const Program &program, const Action &a) {
        return a.body >= 0 && awaits(program.bodies[a.body]);
      }))
    start(collectives, Lane::Collectives);
  if (hasAction(manifest, index,
                [](const Program &, const Action &a) { return a.isBeside; }))
    start(messages, Lane::Messages);
}

/// Communicates here and now, after all that has been started before.
void Executor::communicate(std::optional<CommunicationThread> &before,
                           const CommunicationThread::Job &job) {
  if (before)
    before->waitForAll();
  CommunicationThread::perform({index, &device, job.action}, communicator, job);
}

void Executor::receive(const Action &action) {
  CommunicationThread::Job job;
  job.action = &action;
  job.dst = device.address(action.offset);
  job.stamps = stamps.get();
  job.slot = 2 * current;
  CommunicationThread::Ticket ticket = 0; // what has ended needs no wait
  if (action.isBeside)
    ticket = messages->start(job);
  else
    communicate(messages, job);
  receives.push_back(ticket);
}

void Executor::perform(const Program &program, const Run &run,
                       const Action &action) {
  Caller caller{index, &device, &action};
  switch (action.kind) {
  case ActionKind::Send: {
    WorkScope scope(device, action, Work::Message);
    communicator.send(caller, device.address(action.offset));
    ++counts.sends;
    counts.send_bytes += action.bytes;
    return;
  }
  case ActionKind::Recv:
    receive(action);
    ++counts.receives;
    counts.receive_bytes += action.bytes;
    return;
  case ActionKind::WaitSend: {
    WorkScope scope(device, action, Work::Message);
    return communicator.waitSend(caller);
  }
  default:
    WorkScope scope(device, action, Work::Compute);
    const std::vector<Launch> &launches = program.bodies[action.body].launches;
    for (size_t i = 0; i < launches.size(); ++i)
      std::visit(LaunchRunner{*this, program, run, action, i}, launches[i]);
  }
}

const Stamps *Executor::beginTrace(const Stamps *leader) {
  if (!stamps)
    return leader;
  stamps->begin(leader);
  return leader ? leader : stamps.get();
}

void Executor::collectTrace(Index program) {
  const std::vector<Action> &list = manifest.programs[program].devices[index];
  for (size_t i = 0; i < list.size(); ++i)
    trace.push_back(
        {program, index, list[i].id, stamps->at(2 * i), stamps->at(2 * i + 1)});
}

void Executor::runActions(const Run &run, const std::atomic<bool> &cancelled) {
  const Program &program = manifest.programs[run.program];
  const std::vector<Action> &list = program.devices[index];
  actions = &list;
  for (current = 0; current < list.size(); ++current) {
    const Action &action = list[current];
    if (cancelled.load(std::memory_order_relaxed))
      throw Cancelled();
    // A receive happens where it runs, and notes its times there.
    bool isHere = action.kind != ActionKind::Recv;
    if (stamps && isHere)
      stamps->put(2 * current);
    if (action.receivesBefore)
      if (auto ticket = receives[action.receivesBefore - 1])
        messages->wait(ticket);
    perform(program, run, action);
    if (stamps && isHere)
      stamps->put(2 * current + 1);
    device.endAction(current);
    ++counts.actions;
  }
  for (auto *thread : {&collectives, &messages})
    if (*thread)
      (*thread)->waitForAll();
  if (!list.empty())
    communicator.finish({index, &device, &list.back()});
  device.synchronize();
  if (stamps)
    collectTrace(run.program);
}

/// Adds the action to a device's error. The device may be behind, and fail for
/// what it was asked for earlier.
std::exception_ptr Executor::withAction(const std::exception_ptr &error) const {
  try {
    std::rethrow_exception(error);
  } catch (const DeviceError &e) {
    const std::vector<Action> &list = *actions.load();
    size_t failed = std::min(device.endedActions(list.size()), current.load());
    if (failed >= list.size())
      return error;
    return std::make_exception_ptr(
        Error(e.code,
              text("device ", index, ", ", describeAction(list[failed]), ": ",
                   e.message),
              e.where));
  } catch (...) {
    return error;
  }
}

/// a + factor b, field by field.
static mpcrt_counters sum(const mpcrt_counters &a, const mpcrt_counters &b,
                          int64_t factor) {
  using Fields = std::array<int64_t, sizeof(mpcrt_counters) / sizeof(int64_t)>;
  auto fields = std::bit_cast<Fields>(a), more = std::bit_cast<Fields>(b);
  for (size_t i = 0; i < fields.size(); ++i)
    fields[i] += factor * more[i];
  return std::bit_cast<mpcrt_counters>(fields);
}

void Executor::transfer(const Run &run) {
  const Program &program = manifest.programs[run.program];
  for (const Action &action : program.devices[index]) {
    if (action.body < 0)
      continue;
    for (const Launch &launch : program.bodies[action.body].launches) {
      LaunchRunner runner{*this, program, run, action, 0};
      if (auto *feed = std::get_if<FeedLaunch>(&launch))
        runner(*feed);
      else if (auto *fetch = std::get_if<FetchLaunch>(&launch))
        runner(*fetch);
    }
  }
}

void Executor::repeat(const Run &run) {
  transfer(run);
  counts = sum(counts, countsOf[run.program], 1);
}

void Executor::run(const Run &run, const std::atomic<bool> &cancelled) {
  trace.clear();
  receives.clear();
  mpcrt_counters before = counts;
  try {
    runActions(run, cancelled);
    countsOf[run.program] = sum(counts, before, -1);
  } catch (const DeviceError &) {
    std::rethrow_exception(withAction(std::current_exception()));
  }
}

} // namespace mpcrt
