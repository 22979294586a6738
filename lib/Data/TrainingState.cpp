#include "TrainingState.h"
#include "Errors.h"
#include "mpc/Data/StrictJSON.h"

using namespace mpc::data;
using nlohmann::json;

static constexpr const char *formatName = "mpc-checkpoint";
static constexpr int64_t formatVersion = 1;

llvm::Expected<std::string>
mpc::data::trainingStateText(const StoredState &stored) {
  const TrainingState &state = stored.state;
  json document = {{"format", formatName},
                   {"version", formatVersion},
                   {"sequence", stored.sequence},
                   {"step", state.step},
                   {"epoch", state.cursor.epoch},
                   {"position", state.cursor.position},
                   {"seed", std::to_string(state.seed)},
                   {"hashes", state.hashes}};
  try {
    return document.dump(2) + "\n";
  } catch (const json::exception &) {
    return fail("a hash or its name is not valid UTF-8");
  }
}

static llvm::Error readNumber(const json &document, const char *key,
                              int64_t &number) {
  if (!document.contains(key))
    return fail("'" + llvm::Twine(key) + "' is missing");
  llvm::Expected<int64_t> value =
      strictUnsigned(document[key], ("'" + llvm::Twine(key) + "'").str());
  if (!value)
    return value.takeError();
  number = *value;
  return llvm::Error::success();
}

static llvm::Error readSeed(const json &document, uint64_t &seed) {
  std::string text;
  if (document.contains("seed") && document["seed"].is_string())
    text = document["seed"].get<std::string>();
  if (llvm::StringRef(text).getAsInteger(10, seed))
    return fail("'seed' must be a string of digits below 2^64");
  return llvm::Error::success();
}

static llvm::Error readHashes(const json &document, StringTable &hashes) {
  if (!document.contains("hashes") || !document["hashes"].is_object())
    return fail("'hashes' must be an object of strings");
  for (const auto &[name, hash] : document["hashes"].items()) {
    if (!hash.is_string())
      return fail("hash '" + name + "' must be a string");
    hashes[name] = hash.get<std::string>();
  }
  return llvm::Error::success();
}

static llvm::Error readFields(const json &document, StoredState &stored) {
  TrainingState &state = stored.state;
  int64_t version = 0;
  if (!document.is_object() || !document.contains("format") ||
      document["format"] != formatName)
    return fail("expected an object with 'format': '" +
                llvm::Twine(formatName) + "'");
  if (llvm::Error error = readNumber(document, "version", version))
    return error;
  if (version != formatVersion)
    return fail("version " + llvm::Twine(version) + ", expected " +
                llvm::Twine(formatVersion));
  const std::pair<const char *, int64_t *> numbers[] = {
      {"sequence", &stored.sequence},
      {"step", &state.step},
      {"epoch", &state.cursor.epoch},
      {"position", &state.cursor.position}};
  for (auto [key, number] : numbers)
    if (llvm::Error error = readNumber(document, key, *number))
      return error;
  if (llvm::Error error = readSeed(document, state.seed))
    return error;
  return readHashes(document, state.hashes);
}

llvm::Expected<StoredState>
mpc::data::parseTrainingState(llvm::StringRef text) {
  llvm::Expected<json> document = parseStrictJSON(text);
  if (!document)
    return document.takeError();
  StoredState stored;
  if (llvm::Error error = readFields(*document, stored))
    return error;
  return stored;
}
