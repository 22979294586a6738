//===- MessageConformance.cpp - Messages, and what goes wrong -------------===//
#include "CommunicatorConformance.h"
#include <regex>

using namespace mpcrt;
using namespace mpcrt::test;

TEST_P(CommunicatorConformance, messagesArriveInOrderAroundARing) {
  Machine world(GetParam().backend, devices());
  if (devices() == 1)
    GTEST_SKIP() << "a channel needs two devices";
  constexpr int rounds = 20;
  Program program;
  for (int d = 0; d < devices(); ++d) {
    std::vector<Action> &list = program.devices.emplace_back();
    int from = (d + devices() - 1) % devices();
    for (int i = 0; i < rounds; ++i) {
      list.push_back(transfer(ActionKind::Send, d, i, 256));
      list.push_back(transfer(ActionKind::Recv, from, i, 256));
      list.push_back(transfer(ActionKind::WaitSend, d, i, 256));
    }
  }
  const std::vector<std::vector<Action>> lists = program.devices;
  auto errors = world.run(std::move(program), [&](int d) {
    Device &device = world.device(d);
    for (int i = 0; i < rounds; ++i) {
      const Action *next = &lists[d][3 * i];
      device.fill(device.address(i * 256), d * rounds + i, 256);
      world.comm(d).send({d, &device, next}, device.address(i * 256));
      world.comm(d).receive({d, &device, next + 1},
                            device.address((rounds + i) * 256));
      world.comm(d).waitSend({d, &device, next + 2});
    }
  });
  for (int d = 0; d < devices(); ++d) {
    EXPECT_EQ(errors[d], "");
    if (!world.isHere(d))
      continue;
    int from = (d + devices() - 1) % devices();
    for (int i = 0; i < rounds; ++i)
      EXPECT_EQ(world.get(d, (rounds + i) * 256, 256),
                Bytes(256, static_cast<char>(from * rounds + i)));
  }
}

TEST_P(CommunicatorConformance, timeoutsNameTheMissing) {
  if (devices() < 3)
    GTEST_SKIP() << "needs one that waits and two that are missing";
  bool oneProcess = GetParam().backend.processes == 1;
  Machine world(GetParam().backend, devices(),
                std::chrono::milliseconds(oneProcess ? 200 : 1000));
  CollectiveLaunch launch;
  launch.dtype = MPCRT_F32;
  launch.shape = {4};
  std::vector<CollectiveLaunch> launches(devices(), launch);
  auto errors = world.run(programOf(launches), [&](int d) {
    Device &device = world.device(d);
    if (d == 1 || d == 2)
      return; // never comes
    world.comm(d).collective({d, &device, &anAction()}, launch, 0,
                             device.address(0), device.address(64));
  });
  std::string tail = " waited T ms in all_reduce of group 0 (action 17 "
                     "'backward', stage 1, micro-batch 3); missing: device 2" +
                     rankText(2) + ", 1" + rankText(1);
  int timeouts = 0, waiting = 0;
  for (int d = 0; d < devices(); ++d) {
    if (d == 1 || d == 2 || !world.isHere(d))
      continue;
    ++waiting;
    std::string error =
        std::regex_replace(errors[d], std::regex("[0-9]+ ms"), "T ms");
    // Behind it may stand what another process has announced.
    if (error.starts_with("device " + std::to_string(d) + tail))
      ++timeouts;
    else
      EXPECT_EQ(error, "cancelled") << d;
  }
  EXPECT_GE(timeouts, std::min(waiting, 1));
}

TEST_P(CommunicatorConformance, differentCollectivesAreReported) {
  if (devices() < 2)
    GTEST_SKIP();
  Machine world(GetParam().backend, devices());
  std::vector<CollectiveLaunch> launches(devices());
  for (CollectiveLaunch &launch : launches)
    launch.shape = {&launch == &launches[0] ? 8 : 4};
  auto errors = world.run(programOf(launches), [&](int d) {
    Device &device = world.device(d);
    world.comm(d).collective({d, &device, &anAction()}, launches[d], 0,
                             device.address(0), device.address(64));
  });
  // Group 0 begins with the last device; all others differ from device 0.
  for (int d = 0; d < devices(); ++d) {
    if (!world.isHere(d))
      continue;
    EXPECT_NE(errors[d], "");
    if (errors[d] != "cancelled") {
      EXPECT_NE(errors[d].find("met it with a different all_reduce"),
                std::string::npos)
          << errors[d];
    }
  }
}

TEST_P(CommunicatorConformance, differentMessagesAreReported) {
  if (devices() < 2)
    GTEST_SKIP();
  Machine world(GetParam().backend, devices());
  std::vector<Action> actions = {transfer(ActionKind::Send, 0, 0, 64),
                                 transfer(ActionKind::Recv, 0, 0, 64)};
  actions[1].tag = 1;
  Program program;
  program.devices.resize(devices());
  program.devices[0] = {actions[0]};
  program.devices[1] = {actions[1]};
  auto errors = world.run(std::move(program), [&](int d) {
    Device &device = world.device(d);
    if (d == 0)
      world.comm(d).send({d, &device, &actions[0]}, device.address(0));
    else if (d == 1)
      world.comm(d).receive({d, &device, &actions[1]}, device.address(0));
  });
  if (world.isHere(1)) {
    EXPECT_EQ(errors[1],
              "device 1 expects 64 bytes with tag 1 on channel 0 (action 0 "
              "'recv', stage 0), device 0 sent 64 with tag 0 (action 0 'send', "
              "stage 0)");
  }
}
