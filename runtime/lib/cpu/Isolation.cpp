//===- Isolation.cpp - One arena visible at a time ------------------------===//
#include "Isolation.h"

namespace mpcrt {

Isolation::Isolation(std::vector<const ArenaMemory *> list)
    : arenas(std::move(list)), visible(arenas.size(), true) {}

Isolation::~Isolation() {
  for (size_t i = 0; i < arenas.size(); ++i)
    show(static_cast<int>(i), true);
}

void Isolation::show(int device, bool accessible) {
  if (visible[device] == accessible)
    return;
  arenas[device]->setAccessible(accessible);
  visible[device] = accessible;
}

void Isolation::enter(int device) {
  inside.lock();
  for (size_t i = 0; i < arenas.size(); ++i)
    show(static_cast<int>(i), static_cast<int>(i) == device);
}

void Isolation::enterAll() {
  inside.lock();
  for (size_t i = 0; i < arenas.size(); ++i)
    show(static_cast<int>(i), true);
}

void Isolation::leave() { inside.unlock(); }

} // namespace mpcrt
