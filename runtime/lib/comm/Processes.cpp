//===- Processes.cpp - Devices of several processes -----------------------===//
#include "Processes.h"
#include "Group.h"
#include "MessageQueue.h"
#include "ProcessChannel.h"
#include "ProcessGroup.h"
#include <algorithm>

namespace mpcrt {

namespace {
class Processes final : public Communicator {
public:
  explicit Processes(const CommunicatorConfig &config)
      : context{config.timeout, config.spin, config.gate} {
    const Placement &placement = config.placement;
    if (!placement.world)
      fail(MPCRT_INVALID_ARGUMENT,
           "communicator 'processes' needs a world of processes");
    if (config.gate)
      fail(MPCRT_UNSUPPORTED,
           "the isolation mode needs all devices in one process");
    for (const std::vector<Index> &members : *config.groups)
      addGroup(members, config);
    for (const Channel &channel : *config.channels)
      addChannel(channel, config);
  }

  void beginRun(const Program &) override {
    for (auto &queue : queues)
      if (queue)
        queue->reset();
    for (auto &channel : channels)
      if (channel)
        channel->reset();
  }

  void collective(const Caller &caller, const CollectiveLaunch &launch,
                  Index group, const char *src, char *dst) override {
    if (groups[group])
      groups[group]->run(caller, launch, src, dst);
    else
      processGroups[group]->run(caller, launch, src, dst);
  }

  void send(const Caller &caller, const char *data) override {
    Index number = caller.action->channel;
    if (queues[number])
      queues[number]->send(caller, data);
    else
      channels[number]->send(caller, data);
  }
  void receive(const Caller &caller, char *data) override {
    Index number = caller.action->channel;
    if (queues[number])
      queues[number]->receive(caller, data);
    else
      channels[number]->receive(caller, data);
  }
  void waitSend(const Caller &caller) override {
    Index number = caller.action->channel;
    if (queues[number])
      queues[number]->waitSend(caller);
    else
      channels[number]->waitSend(caller);
  }

  /// Nobody moves messages on for a process that has left the run.
  void finish(const Caller &caller) override {
    for (auto &channel : channels)
      if (channel)
        channel->finish(caller);
  }

  void abort() override {
    context.aborted.store(true);
    for (auto &group : groups)
      if (group)
        group->wake();
    for (auto &queue : queues)
      if (queue)
        queue->wake();
  }

private:
  /// All processes count the tags, whoever uses them.
  void addGroup(const std::vector<Index> &members,
                const CommunicatorConfig &config) {
    const Placement &placement = config.placement;
    auto number = static_cast<Index>(groups.size());
    Index rank = placement.rankOf(members.front());
    bool together =
        std::all_of(members.begin(), members.end(), [&](Index device) {
          return placement.rankOf(device) == rank;
        });
    groups.push_back(
        together && rank == placement.rank
            ? std::make_unique<Group>(number, members, config.devices, context)
            : nullptr);
    processGroups.push_back(nullptr);
    if (together)
      return;
    int32_t tag =
        placement.world->reserveTags(ProcessGroup::countTags(members));
    if (std::any_of(members.begin(), members.end(),
                    [&](Index device) { return placement.isMine(device); }))
      processGroups.back() = std::make_unique<ProcessGroup>(
          number, members, placement, context, tag);
  }

  void addChannel(const Channel &channel, const CommunicatorConfig &config) {
    const Placement &placement = config.placement;
    auto number = static_cast<Index>(queues.size());
    bool fromHere = placement.isMine(channel.from),
         toHere = placement.isMine(channel.to);
    bool together =
        placement.rankOf(channel.from) == placement.rankOf(channel.to);
    queues.push_back(together && fromHere
                         ? std::make_unique<MessageQueue>(
                               number, channel, config.devices, context)
                         : nullptr);
    channels.push_back(nullptr);
    if (together)
      return;
    int32_t tag = placement.world->reserveTags(1);
    if (fromHere || toHere)
      channels.back() = std::make_unique<ProcessChannel>(
          number, channel, placement, context, tag);
  }

  WaitContext context;
  // By number: one of each pair, or neither where no member is here.
  std::vector<std::unique_ptr<Group>> groups;
  std::vector<std::unique_ptr<ProcessGroup>> processGroups;
  std::vector<std::unique_ptr<MessageQueue>> queues;
  std::vector<std::unique_ptr<ProcessChannel>> channels;
};
} // namespace

const CommunicatorDriver &processesDriver() {
  static const CommunicatorDriver driver = {
      "processes",
      [](const CommunicatorConfig &config) -> std::unique_ptr<Communicator> {
        return std::make_unique<Processes>(config);
      }};
  return driver;
}

} // namespace mpcrt
