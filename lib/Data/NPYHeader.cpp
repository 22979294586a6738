#include "NPYHeader.h"
#include "Errors.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace mpc::data;

static constexpr llvm::StringLiteral magic("\x93NUMPY");
static constexpr size_t largestRank = 32;

namespace {
struct Descr {
  const char *code; ///< NumPy's kind and width
  ElementType type;
};

/// Reads the dictionary: a Python literal with three known keys.
class Literal {
public:
  explicit Literal(llvm::StringRef text) : rest(text.trim(" \t\n\r\f\v\0")) {}

  llvm::Error parse(NPYHeader &header);

private:
  /// Skips blanks, and `token` where it comes next.
  bool take(llvm::StringRef token) {
    rest = rest.ltrim(" \t\n\r");
    return rest.consume_front(token);
  }
  llvm::Expected<llvm::StringRef> string();
  llvm::Error boolean(bool &value);
  llvm::Error tuple(Shape &shape);
  llvm::Error member(NPYHeader &header);

  llvm::StringRef rest;
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

static llvm::Expected<ElementType> parseDescr(llvm::StringRef descr) {
  const Descr *found = llvm::find_if(
      descrs, [&](const Descr &row) { return descr.substr(1) == row.code; });
  if (descr.size() != 3 || found == std::end(descrs) ||
      !llvm::StringRef("<|=>").contains(descr[0]))
    return fail("dtype '" + descr +
                "' is not supported, expected a number or bool such as '<f4'");
  if (descr[0] == '>' && elementBytes(found->type) > 1)
    return fail("dtype '" + descr + "' is big-endian, save the array as '<" +
                found->code + "'");
  return found->type;
}

llvm::Expected<llvm::StringRef> Literal::string() {
  for (llvm::StringRef quote : {"'", "\""}) {
    if (!take(quote))
      continue;
    size_t end = rest.find(quote);
    llvm::StringRef text = rest.take_front(end);
    if (end == llvm::StringRef::npos || text.contains('\\'))
      break;
    rest = rest.drop_front(end + 1);
    return text;
  }
  return fail(
      "the header's dictionary is damaged (or its dtype is a structure)");
}

llvm::Error Literal::boolean(bool &value) {
  value = take("True");
  if (value || take("False"))
    return llvm::Error::success();
  return fail("'fortran_order' must be True or False");
}

llvm::Error Literal::tuple(Shape &shape) {
  if (!take("("))
    return fail("'shape' must be a tuple");
  while (!take(")")) {
    uint64_t extent = 0;
    rest = rest.ltrim(" \t\n\r");
    if (rest.empty() || !llvm::isDigit(rest[0]) ||
        rest.consumeInteger(10, extent) || extent > uint64_t{1} << 62 ||
        shape.size() == largestRank)
      return fail("'shape' must be a tuple of at most " +
                  llvm::Twine(largestRank) + " whole numbers");
    take("L"); // Python 2 wrote its long integers so
    shape.push_back(static_cast<int64_t>(extent));
    if (!take(",") && !rest.ltrim(" ").starts_with(")"))
      return fail("'shape' is damaged");
  }
  return llvm::Error::success();
}

llvm::Error Literal::member(NPYHeader &header) {
  llvm::Expected<llvm::StringRef> key = string();
  if (!key)
    return key.takeError();
  if (!take(":"))
    return fail("the header's dictionary is damaged");
  if (*key == "fortran_order" && !std::exchange(hasOrder, true))
    return boolean(header.fortranOrder);
  if (*key == "shape" && !std::exchange(hasShape, true))
    return tuple(header.shape);
  if (*key != "descr" || std::exchange(hasDescr, true))
    return fail("unexpected key '" + *key + "' in the header");
  llvm::Expected<llvm::StringRef> descr = string();
  if (!descr)
    return descr.takeError();
  llvm::Expected<ElementType> type = parseDescr(*descr);
  if (!type)
    return type.takeError();
  header.type = *type;
  return llvm::Error::success();
}

llvm::Error Literal::parse(NPYHeader &header) {
  if (!take("{"))
    return fail("the header is not a dictionary");
  while (!take("}")) {
    if (llvm::Error error = member(header))
      return error;
    if (!take(",") && !rest.ltrim(" ").starts_with("}"))
      return fail("the header's dictionary is damaged");
  }
  if (!rest.empty() || !hasDescr || !hasOrder || !hasShape)
    return fail("the header must hold 'descr', 'fortran_order' and 'shape', "
                "and nothing else");
  return llvm::Error::success();
}

llvm::Expected<NPYHeader> mpc::data::parseNPYHeader(llvm::StringRef content) {
  if (content.size() < 12 || !content.starts_with(magic))
    return fail("not a .npy file: the magic number is missing");
  int version = static_cast<uint8_t>(content[6]);
  if (version < 1 || version > 3)
    return fail("version " + llvm::Twine(version) + ", expected 1 to 3");
  size_t begin = version == 1 ? 10 : 12;
  uint64_t length = version == 1
                        ? llvm::support::endian::read16le(content.data() + 8)
                        : llvm::support::endian::read32le(content.data() + 8);
  if (length > content.size() - begin)
    return fail("a header of " + llvm::Twine(length) + " bytes in a file of " +
                llvm::Twine(content.size()) + " (is it cut short?)");
  NPYHeader header;
  header.dataOffset = begin + length;
  if (llvm::Error error = Literal(content.substr(begin, length)).parse(header))
    return error;
  return header;
}

std::string mpc::data::npyHeaderText(ElementType type,
                                     llvm::ArrayRef<int64_t> shape) {
  const Descr *row =
      llvm::find_if(descrs, [&](const Descr &d) { return d.type == type; });
  std::string text = "{'descr': '";
  text += elementBytes(type) == 1 ? '|' : '<';
  text += std::string(row->code) + "', 'fortran_order': False, 'shape': (";
  for (int64_t extent : shape)
    text += std::to_string(extent) + ", ";
  if (shape.size() > 1) // (2, 3), but (2,) and ()
    text.resize(text.size() - 2);
  text += "), }";
  size_t total = llvm::alignTo(10 + text.size() + 1, 64);
  text.resize(total - 11, ' ');
  std::string head = magic.str() + std::string("\1\0\0\0", 4);
  llvm::support::endian::write16le(head.data() + 8, text.size() + 1);
  return head + text + "\n";
}
