//===- BlockPlan.cpp - teams, blocks and widths ---------------------------===//

#include "BlockPlan.h"

using namespace mlir;
using namespace mpc;

/// Bytes of the widest access of a thread.
static constexpr int64_t kWidestAccess = 16;
/// Blocks that fill a large GPU twice: below, blocks get smaller.
static constexpr int64_t kManyBlocks = 264;
static constexpr int64_t kBlock = 256, kSmallBlock = 64;
/// Of the largest team: with more, a thread has too few registers. It walks
/// over what it cannot hold.
static constexpr int64_t kLargestTeam = 512;
/// Rows that a thread holds of a column.
static constexpr int64_t kMaxCopies = 16;
/// Bytes of neighbouring columns that a block reads of a row: a cache line.
static constexpr int64_t kColumnBytes = 128;

//===----------------------------------------------------------------------===//
// Width
//===----------------------------------------------------------------------===//

namespace {
/// An access along the lane without gaps.
struct Contiguous {
  LinearForm form;
  int64_t bytes;
  /// Elements between the rows of a table that is read by index.
  int64_t rowStride = 0;
};
} // namespace

static int64_t getMemoryBytes(Type tensor) {
  return ceilDiv(getElementTypeOrSelf(tensor).getIntOrFloatBitWidth(), 8);
}

static SmallVector<Contiguous> getContiguous(const KernelPlan &plan) {
  SmallVector<Contiguous> found;
  auto add = [&](unsigned form, Type tensor, int64_t rowStride) {
    if (plan.forms[form].strides[*plan.lane] == 1)
      found.push_back({plan.forms[form], getMemoryBytes(tensor), rowStride});
  };
  for (auto &[operand, form] : plan.reads) {
    bool isTable = getFusionRole(operand->getOwner()) == FusionRole::Gather &&
                   operand->getOperandNumber() == 0;
    add(form, operand->get().getType(),
        isTable ? getRowMajorStrides(getShape(operand->get()))[0] : 0);
  }
  for (auto [output, form] : llvm::enumerate(plan.writes))
    add(form, plan.op->getResult(output).getType(), 0);
  return found;
}

static bool isAligned(const Contiguous &access, unsigned lane, int64_t width,
                      int64_t alignment) {
  if (std::min(width * access.bytes, kWidestAccess) > alignment)
    return false;
  for (auto [factor, stride] : llvm::enumerate(access.form.strides))
    if (factor != lane && stride % width != 0)
      return false;
  return access.form.offset % width == 0 && access.rowStride % width == 0;
}

void BlockPlan::setWidth(const KernelPlan &plan, int64_t alignment) {
  if (!plan.lane)
    return;
  int64_t size = plan.sizes[*plan.lane];
  laneSteps = size;
  SmallVector<Contiguous> accesses = getContiguous(plan);
  int64_t widest = 0;
  for (const Contiguous &access : accesses)
    widest = std::max(widest, access.bytes);
  if (widest == 0)
    return;
  bool isLine = plan.sizes.size() == 1 && !plan.hasReductions();
  for (int64_t w = widest <= 2 ? 8 : 4; w > 1; w /= 2)
    if ((size % w == 0 || (isLine && size > w)) &&
        llvm::all_of(accesses, [&](const Contiguous &access) {
          return isAligned(access, *plan.lane, w, alignment);
        })) {
      width = w;
      break;
    }
  laneSteps = size / width;
  tail = size % width;
}

//===----------------------------------------------------------------------===//
// Teams
//===----------------------------------------------------------------------===//

/// 32-bit registers for one element of everything that a point keeps between
/// phases: what it reads, at least one value.
static int64_t getWordsPerElement(const KernelPlan &plan) {
  std::set<std::pair<unsigned, unsigned>> seen;
  int64_t words = 0;
  for (auto &[operand, form] : plan.reads)
    if (plan.forms[form].getSpan().anyCommon(plan.inner) &&
        seen.insert({plan.getFirstEqual(form), *getInputNumber(operand->get())})
            .second)
      words +=
          std::max<int64_t>(1, getMemoryBytes(operand->get().getType()) / 4);
  return std::max<int64_t>(words, 1);
}

/// Registers that a thread may fill so, beside those that it computes in.
static int64_t getBudget(int64_t blockSize) {
  return blockSize <= kBlock ? 64 : 40;
}

/// As many teams a block as leave enough blocks.
void BlockPlan::setTeams(int64_t most) {
  teams = most;
  while (teams > 1 && team * teams > kSmallBlock && items / teams < kManyBlocks)
    teams /= 2;
}

void BlockPlan::setRowTeam(int64_t words) {
  team = std::min<int64_t>(kWarp, llvm::PowerOf2Ceil(points));
  auto fits = [&] {
    copies = ceilDiv(points, team);
    return copies * words <= getBudget(team);
  };
  while (!fits() && team < kLargestTeam)
    team *= 2;
  if (!fits())
    copies = 0;
  setTeams(team <= kWarp ? kBlock / team : 1);
}

void BlockPlan::setColumnTeam(int64_t words) {
  membersAdjacent = false;
  // Few rows are one thread's work, where that leaves enough threads.
  copies = points;
  if (points <= kMaxCopies && points * words <= getBudget(kBlock) &&
      items >= kManyBlocks * kSmallBlock)
    return setTeams(kBlock);
  teams =
      std::min<int64_t>(kColumnBytes / (4 * width), llvm::PowerOf2Ceil(items));
  team = std::clamp<int64_t>(llvm::PowerOf2Ceil(ceilDiv(points, 4)),
                             kWarp / teams, kLargestTeam / teams);
  copies = ceilDiv(points, team);
  if (copies > kMaxCopies || copies * words > getBudget(team * teams))
    copies = 0;
}

void BlockPlan::setTeam(const KernelPlan &plan) {
  for (unsigned factor : plan.outer)
    items *= plan.sizes[factor];
  for (unsigned factor : plan.loops)
    points *= plan.sizes[factor];
  (plan.isLaneInner() ? points : items) *= laneSteps;
  if (!plan.hasReductions())
    return setTeams(kBlock);
  int64_t words = width * getWordsPerElement(plan);
  plan.isLaneInner() ? setRowTeam(words) : setColumnTeam(words);
}

BlockPlan::BlockPlan(const KernelPlan &plan, int64_t alignment) {
  setWidth(plan, alignment);
  setTeam(plan);
}
