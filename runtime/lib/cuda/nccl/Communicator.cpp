//===- Communicator.cpp - Processes with a GPU each -----------------------===//
#include "Communicator.h"
#include "Collectives.h"
#include "Watch.h"
#include <list>

namespace mpcrt::cuda {

namespace {
/// A collective comes in the stream of the thread that asks for it. These are
/// in the order of the list: the thread of collectives follows compute, and
/// compute waits for that thread before it asks for one itself. Messages have a
/// stream of their own, so that a send keeps nobody.
class NcclCommunicator final : public Communicator {
public:
  explicit NcclCommunicator(const CommunicatorConfig &given);
  ~NcclCommunicator() override;

  void beginRun(const Program &program) override;
  void collective(const Caller &caller, const CollectiveLaunch &launch,
                  Index group, const char *src, char *dst) override;
  void send(const Caller &caller, const char *data) override;
  void receive(const Caller &caller, char *data) override;
  void waitSend(const Caller &caller) override;
  void abort() override;

private:
  static const CommunicatorConfig &checked(const CommunicatorConfig &config);
  void checkSamePrograms() const;
  const Plan &planOf(const Program &program);
  void perform(size_t meeting);
  void performCollective(size_t meeting, const Turns::Call &call);
  void performMessages(size_t meeting);
  void awaitEnd(const Caller &caller, size_t meeting);

  CommunicatorConfig config;
  WaitContext context;
  Index self;
  CUDADevice &device;
  OwnedStream messages;
  std::list<Plan> plans;
  std::optional<DeviceMemory> scratch;
  int64_t scratchSize = 0;
  Connections connections;
  Turns turns;
  const Plan *current = nullptr;
  // Of the run, how many have been called.
  size_t collectives = 0, sends = 0, receives = 0;
  Watch watch; // last: its thread uses all the rest
};
} // namespace

//===----------------------------------------------------------------------===//
// Beginning
//===----------------------------------------------------------------------===//

const CommunicatorConfig &
NcclCommunicator::checked(const CommunicatorConfig &config) {
  const Placement &placement = config.placement;
  if (!placement.world)
    fail(MPCRT_INVALID_ARGUMENT,
         "communicator 'nccl' needs a world of processes");
  if (placement.perRank != 1)
    fail(MPCRT_UNSUPPORTED,
         text("target 'cuda' has one device a process where there are several: "
              "for ",
              config.devices.size(), " devices start ", config.devices.size(),
              " processes, or one"));
  nccl();
  return config;
}

// Priority as that of the device's own communication streams.
NcclCommunicator::NcclCommunicator(const CommunicatorConfig &given)
    : config(checked(given)), context{config.timeout, config.spin, config.gate},
      self(config.placement.rank),
      device(static_cast<CUDADevice &>(*config.devices[self])), messages(-1),
      connections(config, context),
      turns(context, [this](size_t meeting) { perform(meeting); }),
      watch(config, self, device, turns, connections, context) {
  if (config.programs)
    for (const Program &program : *config.programs)
      turns.prepare(planOf(program));
  checkSamePrograms();
}

NcclCommunicator::~NcclCommunicator() {
  watch.stop();
  connections.close();
  // Nothing of NCCL keeps the streams any more, which use what goes now.
  device.drain();
  driver().cuStreamSynchronize(messages);
}

void NcclCommunicator::checkSamePrograms() const {
  uint64_t own = 0;
  for (const Plan &plan : plans)
    own = own * 31 + plan.digest;
  World &world = *config.placement.world;
  std::vector<uint64_t> all(world.size());
  world.share("the order of communication", &own, sizeof own, all.data(),
              /*patient=*/true);
  for (size_t rank = 0; rank < all.size(); ++rank)
    if (all[rank] != own)
      fail(MPCRT_MISMATCH,
           text("rank ", rank, " has another program than rank ", self,
                "; start all with the same options"));
}

/// Steps make and allocate nothing: what they need is made here.
const Plan &NcclCommunicator::planOf(const Program &program) {
  for (const Plan &plan : plans)
    if (plan.program == &program)
      return plan;
  device.context().makeCurrent();
  const Plan &plan = plans.emplace_back(program, config, self);
  if (plan.scratchBytes > scratchSize) {
    scratchSize = plan.scratchBytes;
    scratch.reset();
    scratch.emplace(self, scratchSize, device.context(), messages);
  }
  return plan;
}

void NcclCommunicator::beginRun(const Program &program) {
  current = &planOf(program);
  collectives = sends = receives = 0;
  watch.begin(*current);
}

void NcclCommunicator::abort() {
  context.aborted.store(true);
  turns.wake();
  watch.wake();
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// What the calling thread asks for next comes after the meeting.
void NcclCommunicator::awaitEnd(const Caller &caller, size_t meeting) {
  turns.waitFor(meeting);
  caller.device->follow(&turns.endMark(meeting));
}

void NcclCommunicator::collective(const Caller &caller,
                                  const CollectiveLaunch &launch, Index group,
                                  const char *src, char *dst) {
  if ((*config.groups)[group].size() == 1) {
    std::array<int64_t, 1> bytes = {fullBytes(launch)}, unit = {1};
    return caller.device->copy(StridedCopy(1, bytes, unit, unit), src, dst);
  }
  size_t meeting = current->list.ofCollective[collectives++];
  turns.post(meeting,
             {caller.action, &launch, group, src, dst, device.stream()});
  turns.waitFor(meeting);
}

void NcclCommunicator::send(const Caller &caller, const char *data) {
  turns.post(current->list.ofSend[sends++],
             {caller.action, nullptr, 0, data, nullptr, device.stream()});
}

void NcclCommunicator::receive(const Caller &caller, char *data) {
  size_t meeting = current->list.ofReceive[receives++];
  turns.post(meeting,
             {caller.action, nullptr, 0, nullptr, data, device.stream()});
  awaitEnd(caller, meeting);
}

void NcclCommunicator::waitSend(const Caller &caller) {
  const Action &action = *caller.action;
  awaitEnd(caller, current->sends[action.channel][action.message]);
}

//===----------------------------------------------------------------------===//
// Asking NCCL
//===----------------------------------------------------------------------===//

void NcclCommunicator::perform(size_t meeting) {
  const Turns::Call &first = turns.callsOf(meeting).front();
  try {
    if (first.launch)
      performCollective(meeting, first);
    else
      performMessages(meeting);
  } catch (const DeviceError &e) {
    throw Error(e.code,
                text("device ", self, ", ",
                     describeCall(first, *config.channels), " (",
                     describeAction(*first.action), "): ", e.message),
                e.where);
  }
}

void NcclCommunicator::performCollective(size_t meeting,
                                         const Turns::Call &call) {
  MPCRT_CUDA_CALL(cuEventRecord, turns.beginOf(meeting), call.stream);
  cuda::performCollective({*call.launch,
                           membership((*config.groups)[call.group], self),
                           connections.group(call.group), call.src, call.dst,
                           scratch ? scratch->data() : nullptr, call.stream},
                          connections, device);
  MPCRT_CUDA_CALL(cuEventRecord, turns.endOf(meeting), call.stream);
}

void NcclCommunicator::performMessages(size_t meeting) {
  std::span<const Turns::Call> calls = turns.callsOf(meeting);
  for (size_t i = 0; i < calls.size(); ++i)
    MPCRT_CUDA_CALL(cuStreamWaitEvent, messages, turns.readyOf(meeting, i), 0);
  MPCRT_CUDA_CALL(cuEventRecord, turns.beginOf(meeting), messages);
  connections.launch(connections.world(), messages, [&](NcclGroup &group) {
    for (const Turns::Call &call : calls) {
      const Channel &channel = (*config.channels)[call.action->channel];
      if (call.src)
        group.send(call.src, call.action->bytes, channel.to);
      else
        group.receive(call.dst, call.action->bytes, channel.from);
    }
  });
  MPCRT_CUDA_CALL(cuEventRecord, turns.endOf(meeting), messages);
}

const CommunicatorDriver &ncclDriver() {
  static const CommunicatorDriver driver = {
      "nccl",
      [](const CommunicatorConfig &config) -> std::unique_ptr<Communicator> {
        return std::make_unique<NcclCommunicator>(config);
      }};
  return driver;
}

} // namespace mpcrt::cuda
