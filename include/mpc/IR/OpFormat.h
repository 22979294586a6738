//===- OpFormat.h - custom directives of the ops' syntax --------*- C++ -*-===//

#ifndef MPC_IR_OPFORMAT_H
#define MPC_IR_OPFORMAT_H

#include "mpc/IR/MPC.h"

namespace mpc {

/// A bare enum word: `relu`, `max`, `lt`.
template <typename EnumAttrT>
mlir::ParseResult parseEnumWord(mlir::OpAsmParser &parser, EnumAttrT &attr) {
  using Enum = decltype(attr.getValue());
  llvm::SMLoc loc = parser.getCurrentLocation();
  llvm::StringRef word;
  if (parser.parseKeyword(&word))
    return mlir::failure();
  std::optional<Enum> parsed = symbolizeEnum<Enum>(word);
  if (!parsed)
    return parser.emitError(loc, "unknown word '") << word << "'";
  attr = EnumAttrT::get(parser.getContext(), *parsed);
  return mlir::success();
}

template <typename EnumAttrT>
void printEnumWord(mlir::OpAsmPrinter &printer, mlir::Operation *,
                   EnumAttrT attr) {
  printer << stringifyEnum(attr.getValue());
}

/// `T` when all three types are equal, else `(L, R) -> T`.
mlir::ParseResult parseBroadcastTypes(mlir::OpAsmParser &parser,
                                      mlir::Type &lhs, mlir::Type &rhs,
                                      mlir::Type &result);
void printBroadcastTypes(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                         mlir::Type lhs, mlir::Type rhs, mlir::Type result);

/// `constant(0.0)`, `normal(0.0, 0.02)`, `uniform(-1.0, 1.0)`, `file("name")`.
mlir::ParseResult parseInitializer(mlir::OpAsmParser &parser,
                                   mlir::Attribute &init);
void printInitializer(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                      mlir::Attribute init);

} // namespace mpc

#endif
