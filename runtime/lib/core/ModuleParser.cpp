//===- ModuleParser.cpp - Device code and its entries ---------------------===//
#include "Parsing.h"
#include <string_view>

namespace mpcrt {

/// The value of a base64 digit, or -1.
static int digitOf(char c) {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t found = digits.find(c);
  return found == digits.npos ? -1 : static_cast<int>(found);
}

static std::string decodeBase64(const JsonNode &node) {
  std::string_view code = node.string();
  while (!code.empty() && code.back() == '=')
    code.remove_suffix(1);
  std::string bytes;
  uint32_t window = 0;
  int bits = 0;
  for (char c : code) {
    int digit = digitOf(c);
    if (digit < 0)
      node.error(text("is not base64: found '", c, "'"));
    window = window << 6 | static_cast<uint32_t>(digit);
    bits += 6;
    if (bits >= 8)
      bytes.push_back(static_cast<char>(window >> (bits -= 8)));
  }
  return bytes;
}

Module parseModule(const JsonNode &node) {
  node.allowOnly({"ptx", "cubin"});
  if (!node.has("ptx") && !node.has("cubin"))
    node.error("needs 'ptx' or 'cubin'");
  Module module;
  auto take = [&](const char *field, std::string &code, auto read) {
    if (!node.has(field))
      return;
    code = read(node[field]);
    if (code.empty())
      node[field].error("is empty");
  };
  take("ptx", module.ptx, [](const JsonNode &code) { return code.string(); });
  take("cubin", module.cubin, decodeBase64);
  return module;
}

Kernel parseKernel(const JsonNode &node, const Manifest &manifest) {
  if (node.isString())
    return {node.string()};
  constexpr int64_t mostBlocks = (int64_t{1} << 31) - 1, mostThreads = 1024,
                    mostShared = 1 << 20;
  node.allowOnly({"entry", "module", "grid", "block", "shared"});
  Kernel kernel;
  kernel.symbol = node["entry"].string();
  kernel.module = node["module"].index(manifest.modules.size(), "module");
  kernel.grid = node["grid"].integer(1, mostBlocks);
  kernel.block = node["block"].integer(1, mostThreads);
  if (node.has("shared"))
    kernel.sharedBytes = node["shared"].integer(0, mostShared);
  return kernel;
}

} // namespace mpcrt
