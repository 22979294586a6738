#include "mpc/Data/StrictJSON.h"
#include "Errors.h"

using namespace mpc::data;
using nlohmann::json;

namespace {
/// Builds the document event by event, because json::parse keeps the last of
/// two equal keys without a word.
class Builder : public nlohmann::json_sax<json> {
public:
  explicit Builder(const JSONLimits &limits) : limits(limits) {}

  json document;
  std::string problem;

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t &) override {
    return add(value);
  }
  bool string(string_t &value) override { return add(std::move(value)); }
  bool binary(binary_t &) override { return stop("binary data"); }
  bool start_object(size_t) override { return open(json::object()); }
  bool start_array(size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t &name) override;
  bool parse_error(size_t position, const std::string &,
                   const nlohmann::detail::exception &what) override {
    return stop("byte " + std::to_string(position) + ": " + what.what());
  }

private:
  bool stop(std::string reason) {
    problem = std::move(reason);
    return false;
  }
  bool add(json value) { return place(std::move(value)) != nullptr; }
  bool open(json container);
  bool close() {
    stack.pop_back();
    return true;
  }
  json *place(json value);

  const JSONLimits &limits;
  std::vector<json *> stack;
  json *member = nullptr; ///< the value that the last key awaits
  size_t values = 0;
};
} // namespace

json *Builder::place(json value) {
  if (++values > limits.values) {
    stop("more than " + std::to_string(limits.values) + " values");
    return nullptr;
  }
  if (stack.empty()) {
    document = std::move(value);
    return &document;
  }
  if (stack.back()->is_array()) {
    stack.back()->push_back(std::move(value));
    return &stack.back()->back();
  }
  *member = std::move(value);
  return member;
}

bool Builder::open(json container) {
  if (stack.size() >= limits.depth)
    return stop("nested deeper than " + std::to_string(limits.depth));
  json *placed = place(std::move(container));
  if (placed)
    stack.push_back(placed);
  return placed != nullptr;
}

bool Builder::key(string_t &name) {
  if (name.size() > limits.keyBytes)
    return stop("a key of " + std::to_string(name.size()) + " bytes");
  auto [entry, added] =
      stack.back()->get_ref<json::object_t &>().emplace(name, nullptr);
  member = &entry->second;
  return added || stop("key '" + name + "' stands twice in one object");
}

llvm::Expected<json> mpc::data::parseStrictJSON(llvm::StringRef text,
                                                const JSONLimits &limits) {
  Builder builder(limits);
  bool good = false;
  try {
    good = json::sax_parse(text.begin(), text.end(), &builder);
  } catch (const std::exception &exception) {
    builder.problem = exception.what();
  }
  if (good)
    return std::move(builder.document);
  return fail("invalid JSON: " + builder.problem);
}

llvm::Expected<int64_t> mpc::data::strictUnsigned(const json &value,
                                                  llvm::StringRef what) {
  constexpr uint64_t largest = uint64_t{1} << 53;
  if (value.is_number_unsigned() && value.get<uint64_t>() <= largest)
    return static_cast<int64_t>(value.get<uint64_t>());
  std::string found =
      value.dump(-1, ' ', false, json::error_handler_t::replace);
  return fail(what + " must be a whole number from 0 to 2^53, found " +
              llvm::StringRef(found).take_front(80));
}
