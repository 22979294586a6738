//===- JsonNode.h - JSON values that know their place -----------*- C++ -*-===//
#ifndef MPCRT_CORE_JSONNODE_H
#define MPCRT_CORE_JSONNODE_H

#include "Error.h"
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace mpcrt {

/// A value of a JSON document with its path, so that errors can say
/// "arenas[1].bytes: expected an integer, found a string". A node refers to its
/// parent, which must outlive it.
class JsonNode {
public:
  explicit JsonNode(const nlohmann::json &value) : value(value) {}

  /// Fails with MPCRT_BAD_MANIFEST; `message` follows the path.
  [[noreturn]] void
  error(const std::string &message,
        std::source_location where = std::source_location::current()) const;

  bool has(const char *key) const;
  JsonNode operator[](const char *key) const;
  JsonNode operator[](size_t index) const;
  size_t size() const;                   ///< of an array
  std::vector<std::string> keys() const; ///< of an object
  /// An object must have no fields but these.
  void allowOnly(std::span<const char *const> keys) const;
  void allowOnly(std::initializer_list<const char *> keys) const {
    allowOnly(std::span(keys.begin(), keys.size()));
  }

  int64_t integer(int64_t min = 0,
                  int64_t max = std::numeric_limits<int64_t>::max()) const;
  /// An integer in [0, count).
  int32_t index(size_t count, const char *ofWhat) const;
  bool isString() const { return value.is_string(); }
  const std::string &string() const;
  bool boolean() const;
  double number() const;
  std::vector<int64_t>
  integers(int64_t min = 0,
           int64_t max = std::numeric_limits<int64_t>::max()) const;

private:
  JsonNode(const nlohmann::json &value, const JsonNode *parent, const char *key,
           size_t position)
      : value(value), parent(parent), key(key), position(position) {}
  std::string path() const;

  const nlohmann::json &value;
  const JsonNode *parent = nullptr;
  const char *key = nullptr; // null: an array's element
  size_t position = 0;
};

} // namespace mpcrt

#endif // MPCRT_CORE_JSONNODE_H
