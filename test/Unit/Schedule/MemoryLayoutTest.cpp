#include "mpc/Schedule/MemoryLayout.h"
#include "TestPrograms.h"
#include "mpc/Schedule/Generators.h"
#include "gtest/gtest.h"
#include <chrono>
#include <map>

using namespace mpc::schedule;
using namespace mpc::schedule::test;

static MemoryLayout layoutOf(const std::vector<Buffer> &buffers) {
  llvm::Expected<MemoryLayout> layout = layoutMemory(buffers);
  if (!layout) {
    ADD_FAILURE() << errorText(layout.takeError());
    return {};
  }
  EXPECT_EQ(errorText(verifyLayout(buffers, *layout)), "");
  EXPECT_GE(layout->bytes, layout->lowerBound);
  return *layout;
}

static Buffer buffer(int64_t bytes, int64_t first, int64_t last,
                     int mayReuse = -1) {
  return {bytes, 64, first, last, std::nullopt, mayReuse};
}

static Buffer fixedBuffer(int64_t bytes, int64_t offset) {
  return {bytes, 64, 0, 100, offset, -1};
}

static std::string layoutError(const std::vector<Buffer> &buffers) {
  return errorText(layoutMemory(buffers));
}

/// All pairs, position by position: slow, and independent of verifyLayout.
static bool overlaps(const std::vector<Buffer> &buffers,
                     const std::vector<int64_t> &offsets) {
  for (size_t a = 0; a < buffers.size(); ++a)
    for (size_t b = 0; b < a; ++b) {
      const Buffer &left = buffers[a], &right = buffers[b];
      if (left.bytes > 0 && right.bytes > 0 && left.first <= right.last &&
          right.first <= left.last && offsets[a] < offsets[b] + right.bytes &&
          offsets[b] < offsets[a] + left.bytes)
        return true;
    }
  return false;
}

TEST(MemoryLayout, TheHeaderExample) {
  MemoryLayout layout =
      layoutOf({buffer(128, 0, 1), buffer(64, 1, 2), buffer(64, 2, 3)});
  EXPECT_EQ(layout.bytes, 192);
  EXPECT_EQ(layout.lowerBound, 192);
}

TEST(MemoryLayout, NothingTakesNoBytes) {
  EXPECT_EQ(layoutOf({}).bytes, 0);
  EXPECT_EQ(layoutOf({buffer(0, 0, 5), buffer(0, 0, 5)}).bytes, 0);
}

TEST(MemoryLayout, SizesRoundUpToTheAlignment) {
  MemoryLayout layout = layoutOf({buffer(1, 0, 1), buffer(1, 0, 1)});
  EXPECT_EQ(layout.bytes, 128);
  EXPECT_EQ(layout.lowerBound, 128);
  std::vector<Buffer> mixed = {buffer(10, 0, 1), buffer(4096, 0, 1)};
  mixed[1].alignment = 4096;
  EXPECT_EQ(layoutOf(mixed).offsets[1] % 4096, 0);
}

TEST(MemoryLayout, ResultsTakeOverTheirOperands) {
  MemoryLayout layout =
      layoutOf({buffer(256, 0, 1), buffer(256, 1, 2, 0), buffer(128, 2, 3, 1)});
  EXPECT_EQ(layout.offsets, (std::vector<int64_t>{0, 0, 0}));
  EXPECT_EQ(layout.bytes, 256);
  EXPECT_EQ(layout.lowerBound, 256);
}

TEST(MemoryLayout, TakeoverNeedsADyingLargeEnoughOperand) {
  EXPECT_EQ(layoutOf({buffer(256, 0, 2), buffer(256, 1, 2, 0)}).bytes, 512);
  EXPECT_EQ(layoutOf({buffer(128, 0, 1), buffer(256, 1, 2, 0)}).bytes, 384);
  // Two results want the same operand: one of them gets it.
  EXPECT_EQ(
      layoutOf({buffer(256, 0, 1), buffer(256, 1, 2, 0), buffer(256, 1, 2, 0)})
          .bytes,
      512);
  // A result that nobody reads is no operand of its neighbour.
  EXPECT_EQ(layoutOf({buffer(256, 1, 1), buffer(256, 1, 2, 0)}).bytes, 512);
}

TEST(MemoryLayout, OthersUseWhatATakeoverLeaves) {
  MemoryLayout layout =
      layoutOf({buffer(256, 0, 1), buffer(64, 1, 3, 0), buffer(192, 2, 3)});
  EXPECT_EQ(layout.bytes, 256);
}

TEST(MemoryLayout, FixedBuffersStayAndAreReserved) {
  MemoryLayout layout = layoutOf({fixedBuffer(128, 64), buffer(64, 3, 4),
                                  buffer(256, 3, 4), fixedBuffer(64, 256)});
  EXPECT_EQ(layout.offsets[0], 64);
  EXPECT_EQ(layout.offsets[1], 0);
  EXPECT_EQ(layout.offsets[2], 320);
  EXPECT_EQ(layout.bytes, 576);
}

TEST(MemoryLayout, MalformedBuffersAreRefused) {
  EXPECT_EQ(layoutError({buffer(-1, 0, 1)}), "buffer 0 has an impossible size");
  EXPECT_EQ(layoutError({buffer(8, 0, 1), buffer(8, 3, 2)}),
            "buffer 1 has an empty or negative live interval");
  EXPECT_EQ(layoutError({buffer(8, 0, 1, 4)}),
            "buffer 0 may reuse a buffer that does not exist");
  EXPECT_EQ(layoutError({fixedBuffer(8, 32)}),
            "buffer 0 has a fixed offset that is negative, too large or not "
            "aligned");
  EXPECT_EQ(layoutError({fixedBuffer(128, 0), fixedBuffer(64, 64)}),
            "buffers 0 and 1 overlap at position 0");
  Buffer odd = buffer(8, 0, 1);
  odd.alignment = 48;
  EXPECT_EQ(layoutError({odd}),
            "buffer 0 has an alignment that is not a power of two");
  EXPECT_EQ(layoutError({buffer(int64_t(1) << 60, 0, 1), buffer(64, 0, 1)}),
            "the buffers have more than 2^60 bytes");
}

TEST(MemoryLayout, VerifyFindsEveryDefect) {
  std::vector<Buffer> buffers = {buffer(64, 0, 2), buffer(64, 2, 3),
                                 fixedBuffer(64, 128)};
  auto error = [&](std::vector<int64_t> offsets, int64_t bytes) {
    return errorText(verifyLayout(buffers, {std::move(offsets), bytes, 0}));
  };
  EXPECT_EQ(error({0, 64, 128}, 192), "");
  EXPECT_EQ(error({0, 0, 128}, 192), "buffers 0 and 1 overlap at position 2");
  EXPECT_EQ(error({0, 64, 128}, 191), "buffer 2 is not inside the arena");
  EXPECT_EQ(error({0, 32, 128}, 192), "buffer 1 is not aligned");
  EXPECT_EQ(error({0, 64, 256}, 320), "buffer 2 is not at its fixed offset");
  EXPECT_EQ(error({0, 64}, 192), "expected 3 offsets, found 2");
}

TEST(MemoryLayout, RandomLayoutsAreLegalAndVerifyAgrees) {
  std::mt19937 random(11);
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<Buffer> buffers;
    int count = 1 + int(random() % 40), positions = 1 + int(random() % 20);
    for (int index = 0; index < count; ++index) {
      int64_t first = random() % positions;
      int64_t last = first + random() % (positions - first);
      int reuse = index && random() % 2 ? int(random() % index) : -1;
      buffers.push_back(buffer(64 * (random() % 8), first, last, reuse));
    }
    layoutOf(buffers);
    std::vector<Buffer> plain = buffers;
    for (Buffer &entry : plain)
      entry.mayReuse = -1;
    MemoryLayout layout = layoutOf(plain);
    EXPECT_FALSE(overlaps(plain, layout.offsets));
    layout.offsets[random() % count] = 64 * (random() % 8);
    layout.bytes += 1 << 12;
    EXPECT_EQ(errorText(verifyLayout(plain, layout)).empty(),
              !overlaps(plain, layout.offsets));
  }
}

/// Activations of one group: each forward leaves `layers` buffers for its
/// backward, and temporaries in between.
static std::vector<Buffer> pipelineBuffers(const std::vector<Action> &list,
                                           int layers, std::mt19937 &random) {
  std::vector<int64_t> sizes;
  for (int layer = 0; layer < layers; ++layer)
    sizes.push_back(64 * (1 + random() % 64));
  std::map<int, std::vector<int>> saved;
  std::vector<Buffer> buffers;
  int64_t now = 0;
  for (const Action &action : list)
    for (int layer = 0; layer < layers; ++layer, ++now) {
      buffers.push_back(buffer(64 * (1 + random() % 128), now, now + 1));
      if (action.kind == ActionKind::Forward) {
        saved[action.micro].push_back(int(buffers.size()));
        buffers.push_back(buffer(sizes[layer], now, now));
      } else {
        int from = saved[action.micro][layers - 1 - layer];
        buffers[from].last = now;
      }
    }
  return buffers;
}

TEST(MemoryLayout, PipelinesComeCloseToTheBound) {
  std::mt19937 random(5);
  for (const char *name : {"gpipe", "1f1b"}) {
    Schedule schedule = llvm::cantFail(makeSchedule(name, 4, 8));
    for (int group = 0; group < 4; ++group) {
      MemoryLayout layout =
          layoutOf(pipelineBuffers(schedule.lists[group], 40, random));
      EXPECT_LE(double(layout.bytes), 1.03 * double(layout.lowerBound))
          << name << " " << group;
    }
  }
}

TEST(MemoryLayout, AHundredThousandBuffers) {
  std::mt19937 random(9);
  Schedule schedule = llvm::cantFail(makeSchedule("1f1b", 8, 64));
  std::vector<Buffer> buffers = pipelineBuffers(schedule.lists[0], 530, random);
  ASSERT_GT(buffers.size(), 100000u);
  auto begin = std::chrono::steady_clock::now();
  MemoryLayout layout = layoutOf(buffers);
  std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - begin;
  RecordProperty("seconds", std::to_string(elapsed.count()));
  RecordProperty("ratio",
                 std::to_string(double(layout.bytes) / layout.lowerBound));
  // Generous: the machine may be busy. A quadratic step would take minutes.
  EXPECT_LT(elapsed.count(), 30);
  EXPECT_LE(double(layout.bytes), 1.05 * double(layout.lowerBound));
}
