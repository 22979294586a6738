#include "mpc/Data/StrictJSON.h"
#include "TestFiles.h"

using namespace mpc::data;
using namespace mpc::data::test;

TEST(StrictJSON, buildsWhatTheOrdinaryParserBuilds) {
  const char *text = R"({"a": [1, -2, 3.5, true, null, {"b": []}], "c": {}})";
  EXPECT_EQ(unwrap(parseStrictJSON(text)), nlohmann::json::parse(text));
  EXPECT_EQ(unwrap(parseStrictJSON("7")), 7);
}

TEST(StrictJSON, refusesEqualKeys) {
  EXPECT_FAILS(parseStrictJSON(R"({"a": 1, "b": 2, "a": 3})"),
               "key 'a' stands twice");
  EXPECT_FAILS(parseStrictJSON(R"([{"x": {"a": 1, "\u0061": 2}}])"), "twice");
  EXPECT_GOOD(parseStrictJSON(R"([{"a": 1}, {"a": 1}])"));
}

TEST(StrictJSON, refusesBrokenText) {
  for (const char *text : {"", "{", "{}}", "{} x", "[1,]", "{'a': 1}", "nul",
                           "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\""})
    EXPECT_FAILS(parseStrictJSON(text), "invalid JSON");
}

TEST(StrictJSON, keepsTheLimits) {
  std::string deep(65, '[');
  EXPECT_FAILS(parseStrictJSON(deep + std::string(65, ']')), "deeper than 64");
  EXPECT_GOOD(parseStrictJSON(std::string(64, '[') + std::string(64, ']')));
  EXPECT_FAILS(parseStrictJSON("[1, 2, 3]", {64, 3, 10}), "more than 3 values");
  EXPECT_FAILS(parseStrictJSON(R"({"long-name": 1})", {64, 9, 4}),
               "a key of 9 bytes");
}

TEST(StrictJSON, unsignedNumbersAreStrict) {
  auto number = [](const char *text) {
    return strictUnsigned(unwrap(parseStrictJSON(text)), "n");
  };
  EXPECT_EQ(unwrap(number("9007199254740992")), int64_t{1} << 53);
  for (const char *text : {"9007199254740993", "-0", "-1", "1.0", "1e3",
                           "99999999999999999999", "\"1\"", "null", "[1]"})
    EXPECT_FAILS(number(text), "n must be a whole number");
}
