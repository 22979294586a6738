//===- LaunchAwaits.cpp - collectives that run beside compute -------------===//
//
// A collective starts where its launch stands. Before the first launch that
// touches its buffers, or at the end of the body, an await stands.
//
//===----------------------------------------------------------------------===//

#include "LaunchBodyBuilder.h"

using namespace mpc;

/// Collectives from one buffer to another keep the source alive: when one more
/// starts, so many may be under way already.
static constexpr size_t kMostApart = 2;

void LaunchBodyBuilder::awaitThose(
    llvm::function_ref<bool(const Pending &)> isNeeded) {
  int64_t last = body.launches.size() - 1;
  llvm::erase_if(pending, [&](const Pending &collective) {
    if (!isNeeded(collective))
      return false;
    // With nothing in between it is a plain collective.
    if (collective.launch == last)
      return true;
    touch(collective.src);
    touch(collective.dst);
    body.launches.push_back({{"op", "await"}, {"launch", collective.launch}});
    return true;
  });
}

void LaunchBodyBuilder::addPending(int64_t src, int64_t dst) {
  int64_t launch = body.launches.size() - 1;
  auto isApart = [&](const Pending &collective) {
    return body.buffers[collective.src].kind == BodyBuffer::Internal &&
           collective.src != collective.dst;
  };
  if (static_cast<size_t>(llvm::count_if(pending, isApart)) >= kMostApart)
    awaitThose([&, found = false](const Pending &collective) mutable {
      return !found && (found = isApart(collective));
    });
  pending.push_back({launch, src, dst});
}
