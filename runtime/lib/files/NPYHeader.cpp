//===- NPYHeader.cpp - The text before the numbers of a .npy file ---------===//
#include "LittleEndian.h"
#include "mpcrt/files/NPY.h"
#include <algorithm>
#include <charconv>
#include <utility>

namespace mpcrt {

static constexpr std::string_view magic("\x93NUMPY");
static constexpr size_t largestRank = 32;

namespace {
struct Descr {
  const char *code; ///< NumPy's kind and width
  ElementType type;
};

/// Reads the dictionary: a Python literal with three known keys.
class Literal {
public:
  explicit Literal(std::string_view text) : rest(text) {
    skip(std::string_view(" \t\n\r\f\v\0", 7));
    size_t end = rest.find_last_not_of(std::string_view(" \t\n\r\f\v\0", 7));
    rest = rest.substr(0, end + 1);
  }
  void parse(ArrayHeader &header);

private:
  void skip(std::string_view blanks) {
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
  }
  /// Skips blanks, and `token` where it comes next.
  bool take(std::string_view token) {
    skip(" \t\n\r");
    bool comes = rest.starts_with(token);
    if (comes)
      rest.remove_prefix(token.size());
    return comes;
  }
  bool comesNext(char token) {
    skip(" ");
    return rest.starts_with(token);
  }
  std::string_view string();
  bool boolean();
  int64_t extent();
  std::vector<int64_t> tuple();
  void member(ArrayHeader &header);

  std::string_view rest;
  bool hasDescr = false, hasOrder = false, hasShape = false;
};
} // namespace

static constexpr Descr descrs[] = {
    {"f8", ElementType::F64}, {"f4", ElementType::F32},
    {"f2", ElementType::F16}, {"i8", ElementType::I64},
    {"i4", ElementType::I32}, {"i2", ElementType::I16},
    {"i1", ElementType::I8},  {"u8", ElementType::U64},
    {"u4", ElementType::U32}, {"u2", ElementType::U16},
    {"u1", ElementType::U8},  {"b1", ElementType::I1}};

static ElementType parseDescr(std::string_view descr) {
  std::string quoted = "dtype '" + std::string(descr) + "' ";
  const Descr *found = std::end(descrs);
  if (descr.size() == 3 &&
      std::string_view("<|=>").find(descr[0]) != std::string_view::npos)
    found = std::find_if(
        std::begin(descrs), std::end(descrs),
        [&](const Descr &row) { return descr.substr(1) == row.code; });
  if (found == std::end(descrs))
    throw FileError(
        quoted + "is not supported, expected a number or bool such as '<f4'");
  if (descr[0] == '>' && elementBytes(found->type) > 1)
    throw FileError(quoted + "is big-endian, save the array as '<" +
                    found->code + "'");
  return found->type;
}

std::string_view Literal::string() {
  for (std::string_view quote : {"'", "\""}) {
    if (!take(quote))
      continue;
    size_t end = rest.find(quote);
    std::string_view text = rest.substr(0, end);
    if (end == std::string_view::npos ||
        text.find('\\') != std::string_view::npos)
      break;
    rest.remove_prefix(end + 1);
    return text;
  }
  throw FileError(
      "the header's dictionary is damaged (or its dtype is a structure)");
}

bool Literal::boolean() {
  bool value = take("True");
  if (!value && !take("False"))
    throw FileError("'fortran_order' must be True or False");
  return value;
}

/// A whole number; -1 where there is none, or too large a one.
int64_t Literal::extent() {
  int64_t value = -1;
  skip(" \t\n\r");
  auto [end, code] =
      std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (code != std::errc() || value < 0 || value > int64_t{1} << 62)
    return -1;
  rest.remove_prefix(static_cast<size_t>(end - rest.data()));
  return value;
}

std::vector<int64_t> Literal::tuple() {
  std::vector<int64_t> shape;
  if (!take("("))
    throw FileError("'shape' must be a tuple");
  while (!take(")")) {
    shape.push_back(extent());
    if (shape.back() < 0 || shape.size() > largestRank)
      throw FileError("'shape' must be a tuple of at most " +
                      std::to_string(largestRank) + " whole numbers");
    take("L"); // Python 2 wrote its long integers so
    if (!take(",") && !comesNext(')'))
      throw FileError("'shape' is damaged");
  }
  return shape;
}

void Literal::member(ArrayHeader &header) {
  std::string_view key = string();
  if (!take(":"))
    throw FileError("the header's dictionary is damaged");
  if (key == "fortran_order" && !std::exchange(hasOrder, true))
    header.fortranOrder = boolean();
  else if (key == "shape" && !std::exchange(hasShape, true))
    header.shape = tuple();
  else if (key == "descr" && !std::exchange(hasDescr, true))
    header.type = parseDescr(string());
  else
    throw FileError("unexpected key '" + std::string(key) + "' in the header");
}

void Literal::parse(ArrayHeader &header) {
  if (!take("{"))
    throw FileError("the header is not a dictionary");
  while (!take("}")) {
    member(header);
    if (!take(",") && !comesNext('}'))
      throw FileError("the header's dictionary is damaged");
  }
  if (!rest.empty() || !hasDescr || !hasOrder || !hasShape)
    throw FileError("the header must hold 'descr', 'fortran_order' and "
                    "'shape', and nothing else");
}

ArrayHeader parseArrayHeader(std::string_view content) {
  if (content.size() < 12 || !content.starts_with(magic))
    throw FileError("not a .npy file: the magic number is missing");
  int version = static_cast<unsigned char>(content[6]);
  if (version < 1 || version > 3)
    throw FileError("version " + std::to_string(version) + ", expected 1 to 3");
  size_t begin = version == 1 ? 10 : 12;
  uint64_t length =
      version == 1 ? read16(content.data() + 8) : read32(content.data() + 8);
  if (length > content.size() - begin)
    throw FileError("a header of " + std::to_string(length) +
                    " bytes in a file of " + std::to_string(content.size()) +
                    " (is it cut short?)");
  ArrayHeader header;
  header.dataOffset = begin + length;
  Literal(content.substr(begin, length)).parse(header);
  return header;
}

std::string writeArrayHeader(ElementType type, std::span<const int64_t> shape) {
  const Descr *row =
      std::find_if(std::begin(descrs), std::end(descrs),
                   [&](const Descr &d) { return d.type == type; });
  std::string text = "{'descr': '";
  text += elementBytes(type) == 1 ? '|' : '<';
  text += std::string(row->code) + "', 'fortran_order': False, 'shape': (";
  for (int64_t extent : shape)
    text += std::to_string(extent) + ", ";
  if (shape.size() > 1) // (2, 3), but (2,) and ()
    text.resize(text.size() - 2);
  text += "), }";
  size_t total = (10 + text.size() + 1 + 63) / 64 * 64;
  text.resize(total - 11, ' ');
  std::string head(magic);
  head += std::string("\1\0", 2);
  appendLittle(head, text.size() + 1, 2);
  return head + text + "\n";
}

} // namespace mpcrt
