//===- CheckedCreate.cpp - ops from operands that may not fit -------------===//

#include "mpc/IR/CheckedCreate.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/ScopeExit.h"

using namespace mlir;
using namespace mpc;

static LogicalResult inferTypes(OperationState &state) {
  auto *inference = state.name.getInterface<InferTypeOpInterface>();
  if (!inference)
    return emitError(state.location)
           << "'" << state.name << "' needs a result type";
  // The op's attributes in the form in which it will hold them.
  int size = state.name.getOpPropertyByteSize();
  std::unique_ptr<char[]> storage(new char[size + 1]);
  OpaqueProperties properties(storage.get());
  state.name.initOpProperties(properties, OpaqueProperties(nullptr));
  llvm::scope_exit destroy([&] { state.name.destroyOpProperties(properties); });
  DictionaryAttr attributes =
      state.attributes.getDictionary(state.getContext());
  auto report = [&] {
    return emitError(state.location) << "'" << state.name << "' op ";
  };
  if (size && failed(state.name.setOpPropertiesFromAttribute(
                  state.name, properties, attributes, report)))
    return failure();
  return inference->inferReturnTypes(state.getContext(), state.location,
                                     state.operands, attributes, properties, {},
                                     state.types);
}

Operation *mpc::createChecked(OpBuilder &builder, OperationState &state) {
  if (state.types.empty() && failed(inferTypes(state)))
    return nullptr;
  Operation *op = builder.create(state);
  if (succeeded(verify(op)))
    return op;
  op->erase();
  return nullptr;
}
