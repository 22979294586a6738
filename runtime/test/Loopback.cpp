//===- Loopback.cpp - Processes that are threads, for tests ---------------===//
#include "Loopback.h"
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <list>
#include <map>
#include <mutex>

namespace mpcrt::test {

namespace {
struct Entry {
  mpcrt_request id;
  int from, to, tag;
  char *data;
  size_t bytes;
};
} // namespace

struct Loopback::Hub {
  std::mutex mutex;
  std::list<Entry> sends, receives; // in the order they were started
  std::map<mpcrt_request, int32_t> over;
  mpcrt_request next = 1;

  static bool fits(const Entry &send, const Entry &receive) {
    return send.to == receive.to && send.tag == receive.tag &&
           (receive.from == MPCRT_ANY_RANK || receive.from == send.from);
  }
  mpcrt_request add(bool isSend, Entry entry) {
    std::lock_guard lock(mutex);
    entry.id = next++;
    auto &others = isSend ? receives : sends;
    auto match = std::find_if(others.begin(), others.end(), [&](Entry &other) {
      return isSend ? fits(entry, other) : fits(other, entry);
    });
    if (match == others.end()) {
      (isSend ? sends : receives).push_back(entry);
      return entry.id;
    }
    Entry &send = isSend ? entry : *match, &receive = isSend ? *match : entry;
    int32_t error = send.bytes > receive.bytes; // truncated
    std::memcpy(receive.data, send.data, std::min(send.bytes, receive.bytes));
    over[send.id] = 0;
    over[receive.id] = error;
    others.erase(match);
    return entry.id;
  }
};

struct Loopback::End {
  Hub *hub;
  int rank;

  static End &of(void *state) { return *static_cast<End *>(state); }
  static int32_t send(void *state, int32_t to, int32_t tag, const void *data,
                      size_t bytes, mpcrt_request *request) {
    auto *bytesOf = static_cast<char *>(const_cast<void *>(data));
    *request =
        of(state).hub->add(true, {0, of(state).rank, to, tag, bytesOf, bytes});
    return 0;
  }
  static int32_t receive(void *state, int32_t from, int32_t tag, void *data,
                         size_t bytes, mpcrt_request *request) {
    *request = of(state).hub->add(false, {0, from, of(state).rank, tag,
                                          static_cast<char *>(data), bytes});
    return 0;
  }
  static int32_t test(void *state, mpcrt_request *request, int32_t *done) {
    Hub &hub = *of(state).hub;
    std::lock_guard lock(hub.mutex);
    auto found = hub.over.find(*request);
    *done = found != hub.over.end();
    if (!*done)
      return 0;
    int32_t error = found->second;
    hub.over.erase(found);
    return error;
  }
  static void cancel(void *state, mpcrt_request *request) {
    Hub &hub = *of(state).hub;
    std::lock_guard lock(hub.mutex);
    for (auto *list : {&hub.sends, &hub.receives})
      std::erase_if(*list, [&](Entry &e) { return e.id == *request; });
    hub.over.erase(*request);
  }
  static void describe(void *, int32_t, char *text, size_t capacity) {
    std::snprintf(text, capacity, "message truncated");
  }
  static void close(void *) {}
};

Loopback::Loopback(int ranks) : hub(std::make_unique<Hub>()) {
  for (int rank = 0; rank < ranks; ++rank)
    ends.push_back(std::make_unique<End>(End{hub.get(), rank}));
}

Loopback::~Loopback() = default;

mpcrt_transport Loopback::end(int rank) {
  return {rank,          static_cast<int32_t>(ends.size()),
          rank,          static_cast<int32_t>(ends.size()),
          1 << 20,       ends[rank].get(),
          End::send,     End::receive,
          End::test,     End::cancel,
          End::describe, End::close};
}

} // namespace mpcrt::test
