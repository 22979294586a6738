//===- Threads.cpp - fibers that take turns -------------------------------===//

#include "Threads.h"
#include <array>
#include <memory>
#include <ucontext.h>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MPC_FIBERS_ASAN
#endif
#if __has_feature(thread_sanitizer)
#define MPC_FIBERS_TSAN
#endif
#endif
#ifdef MPC_FIBERS_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef MPC_FIBERS_TSAN
#include <sanitizer/tsan_interface.h>
#endif

using namespace mpc::test;

namespace {
constexpr int64_t kWarpSize = 32;
constexpr size_t kStackBytes = 256 << 10;

/// What the lanes of a warp, or the threads of a block, have brought to where
/// they meet.
struct Meeting {
  std::array<int32_t, kWarpSize> brought = {}, taken = {};
  int64_t arrived = 0;
  uint64_t round = 0;
};

using Stacks = std::vector<std::unique_ptr<char[]>>;

struct Fiber {
  ucontext_t context = {};
  char *stack = nullptr;
  bool done = false;
#ifdef MPC_FIBERS_ASAN
  void *fakeStack = nullptr;
#endif
#ifdef MPC_FIBERS_TSAN
  void *tsanFiber = nullptr;
#endif
};

class Block {
public:
  /// `stacks`: one a thread, for all blocks.
  Block(int64_t number, Stacks &stacks, llvm::function_ref<void()> kernel)
      : number(number), kernel(kernel), warps(stacks.size() / kWarpSize),
        fibers(stacks.size()) {
    for (size_t i = 0; i < fibers.size(); ++i)
      fibers[i].stack = stacks[i].get();
  }
  bool run(ThreadOrder order);
  /// On the caller's stack, `size` threads.
  void runAlone(ThreadOrder order, int64_t size);
  void meet(Meeting &meeting, int64_t members);

  int64_t number, current = 0;
  llvm::function_ref<void()> kernel;
  Meeting all;
  std::vector<Meeting> warps;
  std::vector<Fiber> fibers;

private:
  static void enter();
  void start(Fiber &fiber);
  void resume(Fiber &fiber);
  void yield();
  void leave(Fiber &fiber, bool forever);
  ucontext_t scheduler = {};
  /// Changes whenever somebody gets on.
  uint64_t progress = 0;
#ifdef MPC_FIBERS_ASAN
  const void *mainStack = nullptr;
  size_t mainSize = 0;
  void *mainFake = nullptr;
#endif
#ifdef MPC_FIBERS_TSAN
  void *mainFiber = __tsan_get_current_fiber();
#endif
};

thread_local Block *running = nullptr;
} // namespace

void Block::enter() {
  Block &block = *running;
  Fiber &fiber = block.fibers[block.current];
#ifdef MPC_FIBERS_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &block.mainStack, &block.mainSize);
#endif
  block.kernel();
  fiber.done = true;
  block.leave(fiber, /*forever=*/true);
}

void Block::start(Fiber &fiber) {
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack;
  fiber.context.uc_stack.ss_size = kStackBytes;
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, &Block::enter, 0);
#ifdef MPC_FIBERS_TSAN
  fiber.tsanFiber = __tsan_create_fiber(0);
#endif
}

void Block::resume(Fiber &fiber) {
#ifdef MPC_FIBERS_ASAN
  __sanitizer_start_switch_fiber(&mainFake, fiber.stack, kStackBytes);
#endif
#ifdef MPC_FIBERS_TSAN
  __tsan_switch_to_fiber(fiber.tsanFiber, 0);
#endif
  swapcontext(&scheduler, &fiber.context);
#ifdef MPC_FIBERS_ASAN
  __sanitizer_finish_switch_fiber(mainFake, nullptr, nullptr);
#endif
}

void Block::leave(Fiber &fiber, bool forever) {
#ifdef MPC_FIBERS_ASAN
  __sanitizer_start_switch_fiber(forever ? nullptr : &fiber.fakeStack,
                                 mainStack, mainSize);
#endif
#ifdef MPC_FIBERS_TSAN
  __tsan_switch_to_fiber(mainFiber, 0);
#endif
  swapcontext(&fiber.context, &scheduler);
#ifdef MPC_FIBERS_ASAN
  __sanitizer_finish_switch_fiber(fiber.fakeStack, &mainStack, &mainSize);
#endif
}

void Block::yield() { leave(fibers[current], /*forever=*/false); }

/// Returns when all members have come; what they brought is in `taken` until
/// all have come again.
void Block::meet(Meeting &meeting, int64_t members) {
  ++progress;
  if (++meeting.arrived == members) {
    meeting.taken = meeting.brought;
    meeting.arrived = 0;
    ++meeting.round;
    return;
  }
  for (uint64_t round = meeting.round; meeting.round == round;)
    yield();
}

bool Block::run(ThreadOrder order) {
  running = this;
  for (Fiber &fiber : fibers)
    start(fiber);
  int64_t size = fibers.size(), left = size;
  bool stuck = false;
  while (left > 0 && !stuck) {
    uint64_t before = progress;
    for (int64_t i = 0; i < size; ++i) {
      current = order == ThreadOrder::Ascending ? i : size - 1 - i;
      if (fibers[current].done)
        continue;
      resume(fibers[current]);
      if (fibers[current].done)
        --left, ++progress;
    }
    stuck = progress == before;
  }
  running = nullptr;
#ifdef MPC_FIBERS_TSAN
  for (Fiber &fiber : fibers)
    __tsan_destroy_fiber(fiber.tsanFiber);
#endif
  return !stuck;
}

void Block::runAlone(ThreadOrder order, int64_t size) {
  running = this;
  for (int64_t i = 0; i < size; ++i) {
    current = order == ThreadOrder::Ascending ? i : size - 1 - i;
    kernel();
  }
  running = nullptr;
}

void mpc::test::runGridAlone(int64_t gridSize, int64_t blockSize,
                             ThreadOrder order,
                             llvm::function_ref<void()> kernel) {
  Stacks none;
  for (int64_t number = 0; number < gridSize; ++number)
    Block(number, none, kernel).runAlone(order, blockSize);
}

llvm::Error mpc::test::runGrid(int64_t gridSize, int64_t blockSize,
                               ThreadOrder order,
                               llvm::function_ref<void()> kernel) {
  if (blockSize % kWarpSize != 0)
    return llvm::createStringError("a block of %lld threads has no whole warps",
                                   static_cast<long long>(blockSize));
  Stacks stacks(blockSize);
  for (auto &stack : stacks)
    stack.reset(new char[kStackBytes]);
  for (int64_t number = 0; number < gridSize; ++number)
    if (!Block(number, stacks, kernel).run(order))
      return llvm::createStringError("threads of block %lld wait forever",
                                     static_cast<long long>(number));
  return llvm::Error::success();
}

int32_t mpc::test::getThreadId() { return running->current; }
int32_t mpc::test::getBlockId() { return running->number; }

void mpc::test::waitForBlock() {
  running->meet(running->all, running->fibers.size());
}

/// What all lanes of the thread's warp have brought.
static const Meeting &exchange(int32_t value) {
  Meeting &warp = running->warps[running->current / kWarpSize];
  warp.brought[running->current % kWarpSize] = value;
  running->meet(warp, kWarpSize);
  return warp;
}

int32_t mpc::test::shuffle(int32_t value, int32_t operand, int32_t kind) {
  int32_t lane = running->current % kWarpSize;
  int32_t from = kind == 0 ? lane ^ operand : operand;
  return exchange(value).taken[from & (kWarpSize - 1)];
}

int32_t mpc::test::ballot(bool predicate) {
  const Meeting &warp = exchange(predicate);
  uint32_t bits = 0;
  for (int64_t lane = 0; lane < kWarpSize; ++lane)
    bits |= static_cast<uint32_t>(warp.taken[lane]) << lane;
  return static_cast<int32_t>(bits);
}
