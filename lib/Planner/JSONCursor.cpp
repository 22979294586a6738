#include "JSONCursor.h"
#include <algorithm>
#include <charconv>
#include <cmath>

using namespace mpc;

bool JSONCursor::fail(const std::string &what) {
  if (failed())
    return false;
  auto line = 1 + std::count(start, at, '\n');
  const char *lineStart = at;
  while (lineStart != start && lineStart[-1] != '\n')
    --lineStart;
  message = "line " + std::to_string(line) + ", column " +
            std::to_string(at - lineStart + 1) + ": " + what;
  return false;
}

llvm::Error JSONCursor::takeError() const {
  if (!failed())
    return llvm::Error::success();
  return llvm::createStringError(message);
}

static std::string found(const char *at, const char *end) {
  if (at == end)
    return "the end of the text";
  unsigned char c = *at;
  if (c >= ' ' && c < 127)
    return std::string("'") + char(c) + "'";
  return "byte " + std::to_string(int(c));
}

bool JSONCursor::enter(char open, char close, const char *what) {
  if (failed())
    return false;
  skipSpace();
  if (at == end || *at != open)
    return fail(std::string("expected ") + what + ", found " + found(at, end));
  ++at;
  skipSpace();
  if (at != end && *at == close) {
    ++at;
    return false;
  }
  return true;
}

bool JSONCursor::next(char close) {
  if (failed())
    return false;
  skipSpace();
  if (at != end && *at == ',') {
    ++at;
    return true;
  }
  if (at != end && *at == close) {
    ++at;
    return false;
  }
  return fail(std::string("expected ',' or '") + close + "', found " +
              found(at, end));
}

llvm::StringRef JSONCursor::string() {
  skipSpace();
  if (at == end || *at != '"') {
    fail("expected a string, found " + found(at, end));
    return {};
  }
  const char *from = ++at;
  while (at != end && *at != '"' && (unsigned char)*at >= ' ')
    at += *at == '\\' && end - at > 1 ? 2 : 1;
  if (at == end || *at != '"') {
    fail("expected the end of a string, found " + found(at, end));
    return {};
  }
  return llvm::StringRef(from, at++ - from);
}

llvm::StringRef JSONCursor::key() {
  if (failed())
    return {};
  llvm::StringRef name = string();
  if (failed())
    return {};
  skipSpace();
  if (at == end || *at != ':') {
    fail("expected ':' after a key, found " + found(at, end));
    return {};
  }
  ++at;
  return name;
}

/// A number with a fraction or an exponent, already known to start well.
bool JSONCursor::realInteger(const char *from, std::int64_t &value) {
  double real = 0;
  auto [stop, status] = std::from_chars(from, end, real);
  at = from;
  if (status != std::errc() || !(std::fabs(real) < 9.2e18))
    return fail("number does not fit 64 bits");
  if (real != std::floor(real))
    return fail("expected an integer, found a fraction");
  value = std::int64_t(real);
  at = stop;
  return true;
}

bool JSONCursor::integer(std::int64_t &value) {
  if (failed())
    return false;
  skipSpace();
  const char *from = at;
  const char *p = at;
  bool negative = p != end && *p == '-';
  p += negative;
  if (p == end || *p < '0' || *p > '9')
    return fail("expected a number, found " + found(at, end));
  const char *digits = p;
  std::uint64_t sum = 0;
  while (p != end && *p >= '0' && *p <= '9')
    sum = sum * 10 + std::uint64_t(*p++ - '0');
  if (p != end && (*p == '.' || *p == 'e' || *p == 'E'))
    return realInteger(from, value);
  // 18 digits always fit; 19 may, and wrap to a negative number if they do not.
  if (p - digits > 19 || (p - digits == 19 && sum > std::uint64_t(INT64_MAX)))
    return fail("number does not fit 64 bits");
  if (p - digits > 1 && *digits == '0')
    return fail("number starts with a zero");
  at = p;
  value = negative ? -std::int64_t(sum) : std::int64_t(sum);
  return true;
}

bool JSONCursor::skipValue(unsigned depth) {
  if (failed())
    return false;
  if (depth > 200)
    return fail("values nest more than 200 levels deep");
  skipSpace();
  char c = at == end ? '\0' : *at;
  if (c == '{') {
    if (enterObject())
      do {
        key();
        skipValue(depth + 1);
      } while (nextInObject());
    return !failed();
  }
  if (c == '[') {
    if (enterArray())
      do
        skipValue(depth + 1);
      while (nextInArray());
    return !failed();
  }
  if (c == '"') {
    string();
    return !failed();
  }
  llvm::StringRef rest(at, end - at);
  for (llvm::StringRef word : {"true", "false", "null"})
    if (rest.starts_with(word)) {
      at += word.size();
      return true;
    }
  double real;
  auto [stop, status] = std::from_chars(at, end, real);
  if (at == end || !(c == '-' || (c >= '0' && c <= '9')) ||
      status == std::errc::invalid_argument)
    return fail("expected a value, found " + found(at, end));
  at = stop;
  return true;
}

bool JSONCursor::finish() {
  if (failed())
    return false;
  skipSpace();
  return at == end ||
         fail("expected the end of the text, found " + found(at, end));
}
