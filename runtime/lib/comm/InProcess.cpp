//===- InProcess.cpp - Devices of one process -----------------------------===//
#include "InProcess.h"
#include "Group.h"
#include "MessageQueue.h"

namespace mpcrt {

namespace {
class InProcess final : public Communicator {
public:
  explicit InProcess(const CommunicatorConfig &config)
      : context{config.timeout, config.spin, config.gate} {
    for (const std::vector<Index> &members : *config.groups)
      groups.push_back(std::make_unique<Group>(
          static_cast<Index>(groups.size()), members, config.devices, context));
    for (const Channel &channel : *config.channels)
      queues.push_back(std::make_unique<MessageQueue>(
          static_cast<Index>(queues.size()), channel, config.devices, context));
  }

  bool asksDevicesOnly() const override { return true; }

  void beginRun(const Program &) override {
    for (auto &queue : queues)
      queue->reset();
  }

  void collective(const Caller &caller, const CollectiveLaunch &launch,
                  Index group, const char *src, char *dst) override {
    groups[group]->run(caller, launch, src, dst);
  }

  void send(const Caller &caller, const char *data) override {
    queues[caller.action->channel]->send(caller, data);
  }
  void receive(const Caller &caller, char *data) override {
    queues[caller.action->channel]->receive(caller, data);
  }
  void waitSend(const Caller &caller) override {
    queues[caller.action->channel]->waitSend(caller);
  }

  void abort() override {
    context.aborted.store(true);
    for (auto &group : groups)
      group->wake();
    for (auto &queue : queues)
      queue->wake();
  }

private:
  WaitContext context;
  std::vector<std::unique_ptr<Group>> groups;
  std::vector<std::unique_ptr<MessageQueue>> queues;
};
} // namespace

const CommunicatorDriver &inProcessDriver() {
  static const CommunicatorDriver driver = {
      "in-process",
      [](const CommunicatorConfig &config) -> std::unique_ptr<Communicator> {
        return std::make_unique<InProcess>(config);
      }};
  return driver;
}

} // namespace mpcrt
