//===- JsonNode.cpp - JSON values that know their place -------------------===//
#include "JsonNode.h"
#include <algorithm>

namespace mpcrt {

std::string JsonNode::path() const {
  if (!parent)
    return "";
  std::string prefix = parent->path();
  if (!key)
    return text(prefix, "[", position, "]");
  return prefix.empty() ? key : text(prefix, ".", key);
}

void JsonNode::error(const std::string &message,
                     std::source_location where) const {
  std::string place = path();
  fail(MPCRT_BAD_MANIFEST, place.empty() ? message : place + ": " + message,
       where);
}

bool JsonNode::has(const char *name) const {
  return value.is_object() && value.contains(name);
}

JsonNode JsonNode::operator[](const char *name) const {
  if (!value.is_object())
    error(text("expected an object, found ", value.type_name()));
  auto it = value.find(name);
  if (it == value.end())
    error(text("field '", name, "' is missing"));
  return JsonNode(*it, this, name, 0);
}

JsonNode JsonNode::operator[](size_t index) const {
  return JsonNode(value[index], this, nullptr, index);
}

size_t JsonNode::size() const {
  if (!value.is_array())
    error(text("expected an array, found ", value.type_name()));
  return value.size();
}

std::vector<std::string> JsonNode::keys() const {
  if (!value.is_object())
    error(text("expected an object, found ", value.type_name()));
  std::vector<std::string> names;
  for (const auto &item : value.items())
    names.push_back(item.key());
  return names;
}

void JsonNode::allowOnly(std::span<const char *const> keys) const {
  if (!value.is_object())
    error(text("expected an object, found ", value.type_name()));
  for (const auto &item : value.items())
    if (std::none_of(keys.begin(), keys.end(),
                     [&](const char *name) { return item.key() == name; }))
      error(text("unknown field '", item.key(), "'"));
}

int64_t JsonNode::integer(int64_t min, int64_t max) const {
  if (!value.is_number_integer())
    error(text("expected an integer, found ", value.type_name()));
  bool tooLarge =
      value.is_number_unsigned() &&
      value.get<uint64_t>() > uint64_t(std::numeric_limits<int64_t>::max());
  int64_t number = tooLarge ? 0 : value.get<int64_t>();
  if (tooLarge || number < min || number > max)
    error(text("expected an integer from ", min, " to ", max, ", found ",
               value.dump()));
  return number;
}

int32_t JsonNode::index(size_t count, const char *ofWhat) const {
  int64_t number = integer(std::numeric_limits<int64_t>::min());
  if (number < 0 || number >= static_cast<int64_t>(count))
    error(text("there is no ", ofWhat, " ", number, ", only ", count));
  return static_cast<int32_t>(number);
}

const std::string &JsonNode::string() const {
  if (!value.is_string())
    error(text("expected a string, found ", value.type_name()));
  return value.get_ref<const std::string &>();
}

bool JsonNode::boolean() const {
  if (!value.is_boolean())
    error(text("expected true or false, found ", value.type_name()));
  return value.get<bool>();
}

double JsonNode::number() const {
  if (!value.is_number())
    error(text("expected a number, found ", value.type_name()));
  return value.get<double>();
}

std::vector<int64_t> JsonNode::integers(int64_t min, int64_t max) const {
  std::vector<int64_t> list(size());
  for (size_t i = 0; i < list.size(); ++i)
    list[i] = (*this)[i].integer(min, max);
  return list;
}

} // namespace mpcrt
