//===- KernelText.cpp - structure without names ---------------------------===//

#include "KernelText.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace mpc;

static void writeTypes(llvm::raw_ostream &os, TypeRange types) {
  llvm::interleave(types, os, ",");
}

static void writeOp(llvm::raw_ostream &os, Operation &op,
                    DenseMap<Value, unsigned> &numbers) {
  os << op.getName().getStringRef() << "(";
  for (Value operand : op.getOperands())
    os << numbers.lookup(operand) << ",";
  os << "){";
  // Inherent attributes only: tags of passes are discardable.
  for (NamedAttribute attribute :
       op.getPropertiesAsAttribute()
           ? cast<DictionaryAttr>(op.getPropertiesAsAttribute())
           : DictionaryAttr::get(op.getContext())) {
    os << attribute.getName().getValue() << "=";
    if (isa<OffsetAttr>(attribute.getValue()))
      os << "given";
    else
      os << attribute.getValue();
    os << ";";
  }
  os << "}:";
  writeTypes(os, op.getResultTypes());
  os << "\n";
  for (Value result : op.getResults())
    numbers.try_emplace(result, numbers.size());
}

std::string mpc::getKernelText(FusedOp op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  Block &body = op.getBody().front();
  DenseMap<Value, unsigned> numbers;
  for (Value argument : body.getArguments())
    numbers.try_emplace(argument, numbers.size());
  writeTypes(os, body.getArgumentTypes());
  os << "\n";
  for (Operation &inner : body)
    writeOp(os, inner, numbers);
  return text;
}

std::string mpc::getKernelSymbol(StringRef text) {
  llvm::XXH128_hash_t hash =
      llvm::xxh3_128bits(llvm::arrayRefFromStringRef(text));
  return llvm::formatv("mpc_k_{0:x-16}{1:x-16}", hash.high64, hash.low64).str();
}
