//===- WorldAPI.cpp - The public calls on a world -------------------------===//
#include "WorldAPI.h"
#include "../comm/Plugin.h"
#include "Error.h"
#include "Status.h"
#include <cstdio>

using namespace mpcrt;

World *mpcrt::worldOf(mpcrt_world *world) {
  return world ? &world->world : nullptr;
}

static World &require(mpcrt_world *world) {
  if (!world)
    fail(MPCRT_INVALID_ARGUMENT, "argument 'world' is NULL");
  return world->world;
}

static mpcrt_world_options readOptions(const mpcrt_world_options *given) {
  mpcrt_world_options options = {};
  if (!given)
    return options;
  if (given->struct_size != sizeof(mpcrt_world_options))
    fail(MPCRT_INVALID_ARGUMENT,
         text("'struct_size' of the world's options is ", given->struct_size,
              ", expected ", sizeof(mpcrt_world_options)));
  return *given;
}

mpcrt_status *mpcrt_world_open(const mpcrt_world_options *given,
                               mpcrt_world **out) {
  return guard([&] {
    if (!out)
      fail(MPCRT_INVALID_ARGUMENT, "argument 'out' is NULL");
    mpcrt_world_options options = readOptions(given);
    std::chrono::milliseconds timeout(options.timeout_ms ? options.timeout_ms
                                                         : 30000);
    *out = new mpcrt_world{{openTransport(options.plugin), timeout}};
  });
}

mpcrt_status *mpcrt_world_close(mpcrt_world *world) {
  return guard([&] {
    require(world).close();
    delete world;
  });
}

int32_t mpcrt_world_rank(const mpcrt_world *world) {
  return world->world.rank();
}
int32_t mpcrt_world_size(const mpcrt_world *world) {
  return world->world.size();
}
int32_t mpcrt_world_local_size(const mpcrt_world *world) {
  return world->world.localSize();
}

mpcrt_status *mpcrt_world_share(mpcrt_world *world, const char *what,
                                const void *mine, size_t bytes, void *all,
                                int32_t patient) {
  return guard(
      [&] { require(world).share(what, mine, bytes, all, patient != 0); });
}

mpcrt_status *mpcrt_world_broadcast(mpcrt_world *world, const char *what,
                                    void *data, size_t bytes) {
  return guard([&] { require(world).broadcast(what, data, bytes); });
}

void mpcrt_world_announce(mpcrt_world *world, const char *reason) {
  // A notice that cannot be sent is not sent.
  mpcrt_status_destroy(guard([&] { require(world).announce(reason); }));
}

static void copyText(const std::string &from, char *text, size_t capacity) {
  std::snprintf(text, capacity, "%s", from.c_str());
}

void mpcrt_world_failure(const mpcrt_world *world, int32_t rank, char *text,
                         size_t capacity) {
  copyText(world->world.failureOf(rank), text, capacity);
}

void mpcrt_world_waits(const mpcrt_world *world, char *text, size_t capacity) {
  copyText(world->world.describeWaits(), text, capacity);
}
