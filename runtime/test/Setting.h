//===- Setting.h - A variable of the environment ----------------*- C++ -*-===//
#ifndef MPCRT_TEST_SETTING_H
#define MPCRT_TEST_SETTING_H

#include <cstdlib>
#include <optional>
#include <string>

namespace mpcrt::test {

/// Sets a variable while it lives.
class Setting {
public:
  Setting(const char *name, const char *value) : name(name) {
    if (const char *old = std::getenv(name))
      before = old;
    setenv(name, value, 1);
  }
  ~Setting() {
    if (before)
      setenv(name, before->c_str(), 1);
    else
      unsetenv(name);
  }
  Setting(const Setting &) = delete;
  Setting &operator=(const Setting &) = delete;

private:
  const char *name;
  std::optional<std::string> before;
};

} // namespace mpcrt::test

#endif // MPCRT_TEST_SETTING_H
