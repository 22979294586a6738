//===- Batch.cpp - another batch size for a model -------------------------===//
//
// The batch is a factor like any other: cutting it tells which dimension of
// which value it spans, and by how much that dimension grows or shrinks.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Verifier.h"
#include "mpc/IR/Tags.h"
#include "mpc/JIT/Compiler.h"
#include "mpc/Sharding/Propagation.h"

using namespace mlir;
using namespace mpc;

static func::FuncOp getMain(ModuleOp module) {
  return module.lookupSymbol<func::FuncOp>("main");
}

static bool hasBatch(func::FuncOp func, unsigned index) {
  return cast<RankedTensorType>(func.getArgumentTypes()[index]).getRank() > 0 &&
         !func.getArgAttr(index, tags::kWhole);
}

int64_t mpc::getBatch(ModuleOp module) {
  func::FuncOp func = getMain(module);
  for (unsigned i = 0; func && i < func.getNumArguments(); ++i)
    if (hasBatch(func, i))
      return cast<RankedTensorType>(func.getArgumentTypes()[i]).getDimSize(0);
  return 0;
}

/// The type with its cut dimensions scaled from the old batch to the new one.
static Type resize(Type type, ShardingAttr sharding, int64_t from, int64_t to) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape(tensor.getShape());
  for (auto [size, dim] : llvm::zip_equal(shape, sharding.getDims()))
    if (dim.isSharded())
      size = size / from * to;
  return RankedTensorType::get(shape, tensor.getElementType());
}

/// Marks the batch by an axis with one part a row.
static PlacementSeeds markBatch(func::FuncOp func, int64_t batch) {
  MLIRContext *context = func.getContext();
  auto axis = StringAttr::get(context, "data");
  PlacementSeeds seeds;
  seeds.mesh = MeshAttr::get(context, {axis}, {batch});
  for (auto [index, type] : llvm::enumerate(func.getArgumentTypes())) {
    SmallVector<DimSharding> dims(cast<RankedTensorType>(type).getRank());
    if (hasBatch(func, index))
      dims[0] = DimSharding{ArrayAttr::get(context, {axis}), 1};
    seeds.arguments.push_back(
        ShardingAttr::get(context, dims, {}, ReductionKind::Sum));
  }
  return seeds;
}

llvm::Error mpc::setBatch(ModuleOp module, int64_t batch) {
  func::FuncOp func = getMain(module);
  int64_t old = getBatch(module);
  if (!func || old == 0)
    return llvm::createStringError("the model has no batch dimension");
  if (batch < 1)
    return llvm::createStringError("a batch of " + llvm::Twine(batch) +
                                   " is not possible");
  if (batch == old)
    return llvm::Error::success();
  for (unsigned i = 0; i < func.getNumArguments(); ++i)
    if (hasBatch(func, i) &&
        cast<RankedTensorType>(func.getArgumentTypes()[i]).getDimSize(0) != old)
      return llvm::createStringError("argument " + llvm::Twine(i) +
                                     " has another batch than " +
                                     llvm::Twine(old));
  if (old == 1)
    return llvm::createStringError(
        "the model is written for a batch of 1, in which the batch dimension "
        "cannot be told from "
        "others; write it for a larger batch");
  PlacementSeeds seeds = markBatch(func, old);
  ShardingPropagation propagation(func, seeds);
  if (failed(propagation.run()))
    return llvm::createStringError(
        "cannot find the batch dimension of every value");
  for (const auto &reshard : propagation.getReshards()) {
    Operation *producer = reshard.use->get().getDefiningOp();
    if (producer && producer->hasTrait<OpTrait::ConstantLike>()) {
      OpBuilder builder(reshard.use->getOwner());
      Operation *copy = builder.clone(*producer);
      copy->getResult(0).setType(
          resize(copy->getResult(0).getType(), reshard.to, old, batch));
      reshard.use->set(copy->getResult(0));
      continue;
    }
    std::string place;
    llvm::raw_string_ostream(place) << reshard.use->getOwner()->getLoc();
    return llvm::createStringError(
        "cannot change the batch from " + llvm::Twine(old) + " to " +
        llvm::Twine(batch) + ": '" +
        reshard.use->getOwner()->getName().getStringRef() + "' at " + place +
        " mixes rows of different samples");
  }
  llvm::DenseMap<Value, Type> types;
  for (BlockArgument argument : func.getArguments())
    types[argument] = resize(argument.getType(),
                             propagation.getSharding(argument), old, batch);
  for (Operation &op : func.getBody().front().without_terminator())
    for (Value result : op.getResults())
      if (!op.hasTrait<OpTrait::ConstantLike>())
        types[result] = resize(result.getType(),
                               propagation.getSharding(result), old, batch);
  for (auto [value, type] : types)
    value.setType(type);
  Block &block = func.getBody().front();
  func.setFunctionType(
      FunctionType::get(func.getContext(), block.getArgumentTypes(),
                        block.getTerminator()->getOperandTypes()));
  if (failed(verify(module)))
    return llvm::createStringError("the model does not allow a batch of " +
                                   llvm::Twine(batch));
  return llvm::Error::success();
}
