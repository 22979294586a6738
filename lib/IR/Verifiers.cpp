//===- Verifiers.cpp - what types alone do not say ------------------------===//

#include "InferenceSupport.h"
#include "mpc/IR/MPC.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;

bool mpc::hasModelShape(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape() || tensor.getEncoding())
    return false;
  // 2^59 elements of eight bytes are the most whose bytes can be counted.
  int64_t elements = 1;
  for (int64_t size : tensor.getShape())
    if (size < 1 || llvm::MulOverflow(elements, size, elements) ||
        elements > int64_t(1) << 59)
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Variables
//===----------------------------------------------------------------------===//

static LogicalResult verifyInitializer(VariableOp op) {
  bool isFloat = isa<FloatType>(op.getTensorType().getElementType());
  if (auto normal = dyn_cast<NormalInitAttr>(op.getInit())) {
    if (!isFloat)
      return op.emitOpError("a normal initializer needs floating-point "
                            "elements, found ")
             << op.getTensorType();
    if (!(normal.getStddev().getValueAsDouble() >= 0))
      return op.emitOpError("expected a standard deviation of at least 0");
    return success();
  }
  if (auto uniform = dyn_cast<UniformInitAttr>(op.getInit())) {
    if (!isFloat)
      return op.emitOpError("a uniform initializer needs floating-point "
                            "elements, found ")
             << op.getTensorType();
    if (!(uniform.getLow().getValueAsDouble() <
          uniform.getHigh().getValueAsDouble()))
      return op.emitOpError("expected a uniform range that is not empty");
    return success();
  }
  if (auto constant = dyn_cast<ConstantInitAttr>(op.getInit())) {
    if (!isFloat && !constant.getValue().getValue().isInteger())
      return op.emitOpError("expected a whole number for ")
             << op.getTensorType();
    return success();
  }
  if (auto file = dyn_cast<FileInitAttr>(op.getInit())) {
    if (file.getTensor().empty())
      return op.emitOpError("expected the name of a tensor in the file");
    return success();
  }
  if (isa<SameInitAttr>(op.getInit()))
    return success();
  return op.emitOpError("expected a constant, normal, uniform, file or same "
                        "initializer, found ")
         << op.getInit();
}

LogicalResult VariableOp::verify() {
  RankedTensorType type = getTensorType();
  if (failed(verifyInitializer(*this)))
    return failure();
  if (std::optional<ArrayRef<int64_t>> view = getView()) {
    auto fileType = RankedTensorType::get(*view, type.getElementType());
    if (!hasModelShape(fileType) ||
        fileType.getNumElements() != type.getNumElements())
      return emitOpError("expected a view of ")
             << type.getNumElements() << " elements, found "
             << shapeText(*view);
  }
  ShardingAttr sharding = getShardingAttr();
  if (sharding &&
      static_cast<int64_t>(sharding.getDims().size()) != type.getRank())
    return emitOpError("expected a sharding of rank ")
           << type.getRank() << ", found " << sharding;
  if (sharding && sharding.isPartial())
    return emitOpError("a variable's sharding cannot be partial");
  return success();
}

LogicalResult VariableOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  auto same = dyn_cast<SameInitAttr>(getInit());
  if (!same)
    return success();
  FlatSymbolRefAttr name = same.getVariable();
  auto source = symbolTable.lookupNearestSymbolFrom<VariableOp>(*this, name);
  if (!source)
    return emitOpError("there is no variable ") << name;
  if (isa<SameInitAttr>(source.getInit()))
    return emitOpError("starts from variable ")
           << name << ", which starts from another one itself";
  if (source.getFileShape() == getFileShape() &&
      source.getTensorType().getShape() == getTensorType().getShape())
    return success();
  return emitOpError("starts from variable ")
         << name << " of another shape, " << source.getTensorType();
}

/// A device's program sees its part of a variable: no dimension is larger.
static bool isPartOf(RankedTensorType part, RankedTensorType whole) {
  return part.getElementType() == whole.getElementType() &&
         part.getRank() == whole.getRank() &&
         llvm::all_of_zip(part.getShape(), whole.getShape(),
                          std::less_equal<>());
}

static LogicalResult verifyVariableUse(Operation *op, FlatSymbolRefAttr symbol,
                                       Type type,
                                       SymbolTableCollection &symbolTable) {
  auto variable = symbolTable.lookupNearestSymbolFrom<VariableOp>(op, symbol);
  if (!variable)
    return op->emitOpError("there is no variable ") << symbol;
  RankedTensorType whole = variable.getTensorType();
  auto function = op->getParentOfType<func::FuncOp>();
  if (function && function->hasAttr(tags::kLocal)) {
    if (isPartOf(cast<RankedTensorType>(type), whole))
      return success();
    return op->emitOpError("expected a part of variable ")
           << symbol << " of type " << whole << ", found " << type;
  }
  if (type != whole)
    return op->emitOpError("variable ")
           << symbol << " has type " << whole << ", found " << type;
  return success();
}

LogicalResult ReadOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  return verifyVariableUse(*this, getVariableAttr(), getType(), symbolTable);
}

LogicalResult AssignOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  return verifyVariableUse(*this, getVariableAttr(), getValue().getType(),
                           symbolTable);
}

//===----------------------------------------------------------------------===//
// Model and shape
//===----------------------------------------------------------------------===//

LogicalResult ConstantOp::verify() {
  Type element = cast<RankedTensorType>(getType()).getElementType();
  if (!isa<FloatAttr, IntegerAttr>(getValue()) ||
      getValue().getType() != element)
    return emitOpError("expected a value of type ")
           << element << ", found " << getValue();
  return success();
}

LogicalResult ScatterAddOp::verify() {
  auto ids = cast<RankedTensorType>(getIds().getType());
  auto updates = cast<RankedTensorType>(getUpdates().getType());
  auto table = cast<RankedTensorType>(getType());
  if (table.getRank() < 1)
    return emitOpError("expected a table of at least one dimension, found ")
           << table;
  Shape expected(ids.getShape());
  llvm::append_range(expected, table.getShape().drop_front());
  if (updates.getShape() != ArrayRef<int64_t>(expected))
    return emitOpError("expected updates of shape ")
           << shapeText(expected) << ", found "
           << shapeText(updates.getShape());
  if (updates.getElementType() != table.getElementType())
    return emitOpError("expected one element type, found ")
           << updates.getElementType() << " and " << table.getElementType();
  return success();
}

static LogicalResult verifySameElements(Operation *op) {
  Type from = getElementTypeOrSelf(op->getOperand(0).getType());
  Type to = getElementTypeOrSelf(op->getResult(0).getType());
  if (from != to)
    return op->emitOpError("expected one element type, found ")
           << from << " and " << to;
  return success();
}

LogicalResult ReshapeOp::verify() {
  int64_t from = cast<RankedTensorType>(getInput().getType()).getNumElements();
  int64_t to = cast<RankedTensorType>(getType()).getNumElements();
  if (from != to)
    return emitOpError("expected as many elements in the result as in the "
                       "input, found ")
           << to << " and " << from;
  return verifySameElements(*this);
}

LogicalResult BroadcastOp::verify() {
  ArrayRef<int64_t> from =
      cast<RankedTensorType>(getInput().getType()).getShape();
  ArrayRef<int64_t> to = cast<RankedTensorType>(getType()).getShape();
  bool fits =
      from.size() <= to.size() &&
      llvm::all_of_zip(from, to.take_back(from.size()),
                       [](int64_t a, int64_t b) { return a == 1 || a == b; });
  if (!fits)
    return emitOpError("shape ")
           << shapeText(from) << " does not broadcast to " << shapeText(to);
  return verifySameElements(*this);
}

LogicalResult CastOp::verify() {
  ArrayRef<int64_t> from =
      cast<RankedTensorType>(getInput().getType()).getShape();
  ArrayRef<int64_t> to = cast<RankedTensorType>(getType()).getShape();
  if (from != to)
    return emitOpError("expected equal shapes, found ")
           << shapeText(from) << " and " << shapeText(to);
  return success();
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

LogicalResult ProgramOp::verify() {
  if (getInputNames().size() != getInputTypes().size())
    return emitOpError("has ") << getInputNames().size() << " input names for "
                               << getInputTypes().size() << " input types";
  if (getOutputNames().size() != getOutputTypes().size())
    return emitOpError("has ")
           << getOutputNames().size() << " output names for "
           << getOutputTypes().size() << " output types";
  if (static_cast<int64_t>(getMicroBatches()) < 1)
    return emitOpError("expected at least 1 micro-batch");
  return success();
}

LogicalResult ProgramOp::verifySymbolUses(SymbolTableCollection &symbols) {
  for (auto body : getBodies().getAsRange<FlatSymbolRefAttr>())
    if (!symbols.lookupNearestSymbolFrom<func::FuncOp>(*this, body))
      return emitOpError("body '")
             << body.getValue() << "' is not a function of the module";
  return success();
}

LogicalResult FusedOp::verify() {
  Block &body = getBody().front();
  if (body.getArgumentTypes() != getInputs().getTypes())
    return emitOpError("expected region arguments of the inputs' types");
  auto yield = dyn_cast<YieldOp>(body.back());
  if (!yield)
    return emitOpError("expected the region to end with 'mpc.yield'");
  if (yield.getOperandTypes() != getResultTypes())
    return yield.emitOpError("expected values of the results' types");
  for (Operation &op : body)
    if (!isMemoryEffectFree(&op))
      return op.emitOpError("has side effects, which 'mpc.fused' cannot have");
  return success();
}
