//===- JSONCursor.h - A forward-only reader of JSON text --------*- C++ -*-===//
//
// Walks JSON text once. The first thing that is wrong is remembered with its
// position and every later call fails at once, so callers need to look only
// where it suits them:
//
//   JSONCursor c(text);
//   if (c.enterObject())
//     do { llvm::StringRef key = c.key(); ... } while (c.nextInObject());
//   return c.takeError();
//
//===----------------------------------------------------------------------===//
#ifndef MPC_LIB_PLANNER_JSONCURSOR_H
#define MPC_LIB_PLANNER_JSONCURSOR_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>

namespace mpc {

class JSONCursor {
public:
  explicit JSONCursor(llvm::StringRef text)
      : start(text.begin()), at(text.begin()), end(text.end()) {}

  bool failed() const { return !message.empty(); }
  /// Remembers \p what as wrong here, unless something was wrong before.
  /// Always returns false.
  bool fail(const std::string &what);
  llvm::Error takeError() const;

  /// True if the object has a member: `key()` comes next.
  bool enterObject() { return enter('{', '}', "an object"); }
  /// After a member's value: true if another follows.
  bool nextInObject() { return next('}'); }
  /// The raw text between the quotes; the colon is consumed.
  llvm::StringRef key();

  /// True if the array has an element.
  bool enterArray() { return enter('[', ']', "an array"); }
  bool nextInArray() { return next(']'); }

  /// An integer of 64 bits. Fractions and exponents are fine where the value is
  /// an integer (1e18).
  bool integer(std::int64_t &value);

  /// Passes over any value; at most 200 levels deep.
  bool skipValue(unsigned depth = 0);

  /// Fails unless only white space is left.
  bool finish();

private:
  void skipSpace() {
    while (at != end &&
           (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
      ++at;
  }
  bool enter(char open, char close, const char *what);
  bool next(char close);
  bool realInteger(const char *from, std::int64_t &value);
  llvm::StringRef string();

  const char *start, *at, *end;
  std::string message;
};

} // namespace mpc

#endif // MPC_LIB_PLANNER_JSONCURSOR_H
