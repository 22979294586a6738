//===- StandinTest.cpp - The stand-in keeps the driver's rules ------------===//
#include "Standin.h"
#include "cuda/Types.h"
#include <gtest/gtest.h>

namespace mpcrt::cuda {
extern "C" {
#define MPCRT_CUDA(name, parameters) int name parameters;
#include "cuda/Symbols.def"
}
} // namespace mpcrt::cuda

using namespace mpcrt;
using namespace mpcrt::cuda;

namespace {

// CUDA_ERROR_*.
constexpr int invalidHandle = 400, captureUnsupported = 900,
              captureInvalidated = 901, captureUnjoined = 904,
              captureIsolation = 905, capturedEvent = 907;

class Standin : public testing::Test {
protected:
  void SetUp() override {
    standin::reset(1);
    for (Stream &stream : streams)
      cuStreamCreateWithPriority(&stream, NonBlockingStream, 0);
    cuEventCreate(&event, EventWithoutTiming);
    cuMemAlloc_v2(&memory, 64);
  }
  void TearDown() override {
    for (Stream stream : streams)
      cuStreamDestroy_v2(stream);
    cuEventDestroy_v2(event);
    cuMemFree_v2(memory);
  }
  int work(Stream stream) { return cuMemsetD8Async(memory, 1, 64, stream); }
  int endCapture() {
    Graph graph = nullptr;
    int error = cuStreamEndCapture(streams[0], &graph);
    EXPECT_EQ(graph == nullptr, error != Success);
    if (graph)
      cuGraphDestroy(graph);
    return error;
  }

  Stream streams[2] = {};
  Event event = nullptr;
  Address memory = 0;
};

TEST_F(Standin, capturesStreamsThatJoin) {
  ASSERT_EQ(cuStreamBeginCapture_v2(streams[0], CaptureRelaxed), Success);
  EXPECT_EQ(work(streams[0]), Success);
  EXPECT_EQ(cuEventRecord(event, streams[0]), Success);
  EXPECT_EQ(cuStreamWaitEvent(streams[1], event, 0), Success);
  EXPECT_EQ(work(streams[1]), Success);
  EXPECT_EQ(cuEventRecord(event, streams[1]), Success);
  EXPECT_EQ(cuStreamWaitEvent(streams[0], event, 0), Success);
  EXPECT_EQ(endCapture(), Success);
  EXPECT_EQ(cuStreamSynchronize(streams[1]), Success); // as usual again
  EXPECT_EQ(cuEventSynchronize(event), capturedEvent); // until it is recorded
  EXPECT_EQ(cuEventRecord(event, streams[1]), Success);
  EXPECT_EQ(cuEventSynchronize(event), Success);
}

TEST_F(Standin, refusesAnEndThatIsNotJoined) {
  ASSERT_EQ(cuStreamBeginCapture_v2(streams[0], CaptureRelaxed), Success);
  EXPECT_EQ(cuEventRecord(event, streams[0]), Success);
  EXPECT_EQ(cuStreamWaitEvent(streams[1], event, 0), Success);
  EXPECT_EQ(work(streams[1]), Success);
  EXPECT_EQ(endCapture(), captureUnjoined);
}

TEST_F(Standin, refusesEventsFromOutside) {
  EXPECT_EQ(cuEventRecord(event, streams[1]), Success);
  ASSERT_EQ(cuStreamBeginCapture_v2(streams[0], CaptureRelaxed), Success);
  EXPECT_EQ(cuStreamWaitEvent(streams[0], event, 0), captureIsolation);
  EXPECT_EQ(endCapture(), captureInvalidated);
}

TEST_F(Standin, refusesToWaitForWhatIsCaptured) {
  ASSERT_EQ(cuStreamBeginCapture_v2(streams[0], CaptureRelaxed), Success);
  EXPECT_EQ(cuStreamSynchronize(streams[0]), captureUnsupported);
  EXPECT_EQ(endCapture(), captureInvalidated);
}

TEST_F(Standin, hasTimesOfEventsThatKeepThem) {
  Event timed[2] = {};
  float milliseconds = -1;
  for (Event &each : timed)
    cuEventCreate(&each, EventWithTiming);
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, timed[0], timed[1]),
            invalidHandle);
  EXPECT_EQ(cuEventRecord(timed[0], streams[0]), Success);
  EXPECT_EQ(work(streams[0]), Success);
  EXPECT_EQ(cuEventRecord(timed[1], streams[0]), Success);
  EXPECT_EQ(cuStreamSynchronize(streams[0]), Success);
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, timed[0], timed[1]), Success);
  EXPECT_GT(milliseconds, 0);
  EXPECT_EQ(cuEventRecord(event, streams[0]), Success);
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, timed[0], event), invalidHandle);
  for (Event each : timed)
    cuEventDestroy_v2(each);
}

} // namespace
