//===- LaunchBody.cpp - a local body as a straight-line list --------------===//

#include "mpc/Executable/LaunchBody.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;
using nlohmann::json;

int64_t mpc::getByteSize(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.getNumElements() * ceilDiv(tensor.getElementTypeBitWidth(), 8);
}

std::string mpc::getDTypeName(Type type) {
  if (type.isUnsignedInteger(8))
    return "u8";
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

static json toList(ArrayRef<int64_t> values) {
  return std::vector<int64_t>(values.begin(), values.end());
}

static SmallVector<int64_t> getStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;)
    strides[d - 1] = strides[d] * shape[d];
  return strides;
}

namespace {
class LaunchBodyBuilder {
public:
  LaunchBodyBuilder(func::FuncOp func, LaunchContext &context) : func(func), context(context) {}

  FailureOr<LaunchBody> build() {
    body.name = func.getSymName().str();
    takeArguments();
    nameResults();
    for (Operation &op : func.getBody().front().without_terminator())
      if (failed(lower(&op)))
        return failure();
    if (failed(lowerReturn()))
      return failure();
    return std::move(body);
  }

private:
  // Buffers.
  int64_t addBuffer(BodyBuffer::Kind kind, StringRef name, int64_t bytes);
  int64_t newResult(Value value, int64_t mayReuse = -1);
  int64_t getBuffer(Value value);
  void touch(int64_t buffer);
  bool diesAt(Value value, Operation *op);

  // Scalars.
  int64_t getScalar(Scalar scalar);
  json getBegin(ShardingAttr sharding);
  int64_t getGroup(ArrayAttr axes);

  // Launches.
  void push(json launch, ArrayRef<int64_t> buffers);
  void takeArguments();
  void nameResults();
  void feed(BlockArgument argument);
  LogicalResult lower(Operation *op);
  LogicalResult lowerFused(FusedOp op);
  LogicalResult lowerContraction(Operation *op);
  LogicalResult lowerCollective(Operation *op);
  void lowerShardSlice(ShardSliceOp op);
  void lowerConcat(ConcatOp op);
  void copy(int64_t from, int64_t to, RankedTensorType type);
  LogicalResult lowerReturn();
  void fetch(unsigned result, int64_t buffer);

  std::optional<int64_t> getAssignedPlace(FusedOp op, unsigned output, const Kernel &kernel);
  std::optional<int64_t> getSumPlace(Value value);
  bool mayWrite(FusedOp op, unsigned output, const Kernel &kernel, int64_t buffer);

  func::FuncOp func;
  LaunchContext &context;
  LaunchBody body;
  llvm::DenseMap<Value, int64_t> buffers;
  llvm::StringMap<int64_t> variables;
  /// Results of the body by value, and the sums so far by name.
  llvm::DenseMap<Value, std::string> resultNames;
  llvm::StringMap<int64_t> sums;
};
} // namespace

//===----------------------------------------------------------------------===//
// Buffers and scalars
//===----------------------------------------------------------------------===//

int64_t LaunchBodyBuilder::addBuffer(BodyBuffer::Kind kind, StringRef name, int64_t bytes) {
  BodyBuffer buffer;
  buffer.kind = kind;
  buffer.name = name.str();
  buffer.bytes = bytes;
  body.buffers.push_back(buffer);
  return body.buffers.size() - 1;
}

/// A buffer for a result, named when the body returns it.
int64_t LaunchBodyBuilder::newResult(Value value, int64_t mayReuse) {
  auto name = resultNames.find(value);
  bool returned = name != resultNames.end();
  int64_t buffer = addBuffer(returned ? BodyBuffer::Value : BodyBuffer::Internal,
                             returned ? name->second : "", getByteSize(value.getType()));
  body.buffers[buffer].mayReuse = mayReuse;
  buffers[value] = buffer;
  return buffer;
}

int64_t LaunchBodyBuilder::getBuffer(Value value) {
  auto it = buffers.find(value);
  if (it != buffers.end())
    return it->second;
  feed(cast<BlockArgument>(value)); // the only values that appear on demand
  return buffers.lookup(value);
}

void LaunchBodyBuilder::touch(int64_t buffer) {
  BodyBuffer &touched = body.buffers[buffer];
  int64_t position = body.launches.size();
  if (touched.first < 0)
    touched.first = position;
  touched.last = position;
}

void LaunchBodyBuilder::push(json launch, ArrayRef<int64_t> used) {
  llvm::for_each(used, [&](int64_t buffer) { touch(buffer); });
  body.launches.push_back(std::move(launch));
}

/// Whether nothing after `op` in this body reads the value.
bool LaunchBodyBuilder::diesAt(Value value, Operation *op) {
  return llvm::all_of(value.getUsers(), [&](Operation *user) {
    return user == op || user->isBeforeInBlock(op);
  });
}

int64_t LaunchBodyBuilder::getScalar(Scalar scalar) {
  auto *it = llvm::find(body.scalars, scalar);
  if (it != body.scalars.end())
    return it - body.scalars.begin();
  body.scalars.push_back(scalar);
  return body.scalars.size() - 1;
}

json LaunchBodyBuilder::getBegin(ShardingAttr sharding) {
  json begin = json::array();
  for (const DimSharding &dim : sharding.getDims())
    begin.push_back(getScalar({Scalar::PartOffset, dim}));
  return begin;
}

int64_t LaunchBodyBuilder::getGroup(ArrayAttr axes) {
  return getScalar({Scalar::Group, DimSharding{axes, 0}});
}

//===----------------------------------------------------------------------===//
// Arguments and results
//===----------------------------------------------------------------------===//

void LaunchBodyBuilder::takeArguments() {
  for (BlockArgument argument : func.getArguments()) {
    unsigned index = argument.getArgNumber();
    auto name = func.getArgAttrOfType<StringAttr>(index, tags::kValue);
    if (!name)
      continue; // fed where it is used first
    buffers[argument] =
        addBuffer(BodyBuffer::Value, name.getValue(), getByteSize(argument.getType()));
    if (func.getArgAttr(index, tags::kAccumulate))
      sums[name.getValue()] = buffers[argument];
  }
}

void LaunchBodyBuilder::feed(BlockArgument argument) {
  unsigned index = argument.getArgNumber();
  int64_t buffer = addBuffer(BodyBuffer::Internal, "", getByteSize(argument.getType()));
  buffers[argument] = buffer;
  auto input = func.getArgAttrOfType<IntegerAttr>(index, tags::kInput);
  auto sharding = func.getArgAttrOfType<ShardingAttr>(index, tags::kSharding);
  push({{"op", "feed"},
        {"input", input.getInt()},
        {"dst", buffer},
        {"begin", getBegin(sharding)},
        {"size", toList(typeOf(argument).getShape())}},
       {buffer});
}

/// Finds the values that are stored where other bodies look for them.
void LaunchBodyBuilder::nameResults() {
  Operation *terminator = func.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(terminator->getOperands())) {
    auto name = func.getResultAttrOfType<StringAttr>(index, tags::kValue);
    if (context.consumed.contains(name.getValue()))
      resultNames.try_emplace(value, name.str());
  }
}

void LaunchBodyBuilder::fetch(unsigned result, int64_t buffer) {
  auto outputs = func.getResultAttrOfType<ArrayAttr>(result, tags::kOutputs);
  if (!outputs)
    return;
  auto sharding = func.getResultAttrOfType<ShardingAttr>(result, tags::kSharding);
  for (auto output : outputs.getAsRange<IntegerAttr>())
    push({{"op", "fetch"},
          {"output", output.getInt()},
          {"src", buffer},
          {"begin", getBegin(sharding)},
          {"size", toList(cast<RankedTensorType>(func.getResultTypes()[result]).getShape())},
          {"if", getScalar({Scalar::Owner, {}, 1, sharding})}},
         {buffer});
}

LogicalResult LaunchBodyBuilder::lowerReturn() {
  Operation *terminator = func.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(terminator->getOperands())) {
    StringRef name = func.getResultAttrOfType<StringAttr>(index, tags::kValue).getValue();
    int64_t buffer = getBuffer(value);
    const BodyBuffer &place = body.buffers[buffer];
    bool isThere = place.kind == BodyBuffer::Value && place.name == name;
    if (context.consumed.contains(name) && !isThere) {
      if (place.kind == BodyBuffer::Variable) {
        body.aliases[name] = place.name;
        // The variable's place itself is read by whoever takes the value.
      } else {
        auto sum = sums.find(name);
        int64_t target = sum != sums.end()
                             ? sum->second
                             : addBuffer(BodyBuffer::Value, name, getByteSize(value.getType()));
        copy(buffer, target, typeOf(value));
        buffer = target;
      }
    }
    fetch(index, buffer);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

LogicalResult LaunchBodyBuilder::lower(Operation *op) {
  if (auto read = dyn_cast<ReadOp>(op)) {
    auto [it, isNew] = variables.try_emplace(read.getVariable(), 0);
    if (isNew)
      it->second = addBuffer(BodyBuffer::Variable, read.getVariable(), getByteSize(read.getType()));
    buffers[read] = it->second;
    return success();
  }
  if (auto reshape = dyn_cast<ReshapeOp>(op)) {
    buffers[reshape] = getBuffer(reshape.getInput());
    return success();
  }
  if (auto assign = dyn_cast<AssignOp>(op)) {
    auto [it, isNew] = variables.try_emplace(assign.getVariable(), 0);
    if (isNew)
      it->second = addBuffer(BodyBuffer::Variable, assign.getVariable(),
                             getByteSize(assign.getValue().getType()));
    int64_t value = getBuffer(assign.getValue());
    if (value != it->second)
      copy(value, it->second, typeOf(assign.getValue()));
    return success();
  }
  if (auto fused = dyn_cast<FusedOp>(op))
    return lowerFused(fused);
  if (isa<ContractionOpInterface>(op))
    return lowerContraction(op);
  if (auto slice = dyn_cast<ShardSliceOp>(op))
    return lowerShardSlice(slice), success();
  if (auto concat = dyn_cast<ConcatOp>(op))
    return lowerConcat(concat), success();
  return lowerCollective(op);
}

/// Whether the region may write an output over everything it reads there.
bool LaunchBodyBuilder::mayWrite(FusedOp op, unsigned output, const Kernel &kernel,
                                 int64_t buffer) {
  for (auto [index, input] : llvm::enumerate(op.getInputs()))
    if (getBuffer(input) == buffer && !llvm::is_contained(kernel.aliases[output], index))
      return false;
  return true;
}

/// The variable that the output is assigned to, when it can be written at once:
/// nobody reads the old value later.
std::optional<int64_t> LaunchBodyBuilder::getAssignedPlace(FusedOp op, unsigned output,
                                                           const Kernel &kernel) {
  Value value = op.getResult(output);
  for (Operation *user : value.getUsers()) {
    auto assign = dyn_cast<AssignOp>(user);
    if (!assign || resultNames.contains(value))
      continue;
    bool isLast = true;
    for (auto read : func.getOps<ReadOp>())
      if (read.getVariable() == assign.getVariable())
        isLast &= diesAt(read.getResult(), op);
    if (!isLast)
      continue;
    auto [it, isNew] = variables.try_emplace(assign.getVariable(), 0);
    if (isNew)
      it->second = addBuffer(BodyBuffer::Variable, assign.getVariable(), getByteSize(value.getType()));
    if (mayWrite(op, output, kernel, it->second))
      return it->second;
  }
  return std::nullopt;
}

/// Where a returned sum over micro-batches stands already.
std::optional<int64_t> LaunchBodyBuilder::getSumPlace(Value value) {
  auto name = resultNames.find(value);
  if (name == resultNames.end())
    return std::nullopt;
  auto sum = sums.find(name->second);
  return sum == sums.end() ? std::nullopt : std::optional(sum->second);
}

LogicalResult LaunchBodyBuilder::lowerFused(FusedOp op) {
  FailureOr<Kernel> kernel = context.kernels.add(op);
  if (failed(kernel))
    return failure();
  SmallVector<int64_t> used;
  for (Value input : op.getInputs())
    used.push_back(getBuffer(input));
  for (auto [index, output] : llvm::enumerate(op.getOutputs())) {
    if (std::optional<int64_t> place = getAssignedPlace(op, index, *kernel)) {
      buffers[output] = *place;
    } else if (std::optional<int64_t> sum = getSumPlace(output);
               sum && mayWrite(op, index, *kernel, *sum)) {
      buffers[output] = *sum;
    } else {
      int64_t reuse = -1;
      for (unsigned input : kernel->aliases[index])
        if (diesAt(op.getInputs()[input], op) && mayWrite(op, index, *kernel, used[input]) &&
            getByteSize(op.getInputs()[input].getType()) >= getByteSize(output.getType()))
          reuse = used[input];
      if (sum) { // a sum that cannot be updated in place: copied at the end
        resultNames.erase(output);
        newResult(output);
      } else {
        newResult(output, reuse);
      }
    }
    used.push_back(buffers[output]);
  }
  json scalars = json::array();
  for (OffsetAttr offset : kernel->scalars)
    scalars.push_back(getScalar({Scalar::PartOffset, offset.getDim()}));
  int64_t symbol =
      context.symbols.try_emplace(kernel->symbol, context.symbols.size()).first->second;
  push({{"op", "kernel"},
        {"kernel", symbol},
        {"buffers", toList(used)},
        {"scalars", scalars},
        {"extent", kernel->extent},
        {"grain", kernel->grain}},
       used);
  return success();
}

LogicalResult LaunchBodyBuilder::lowerContraction(Operation *op) {
  std::optional<mpcrt_matmul_desc> desc = getMatmulDesc(op);
  if (!desc)
    return op->emitOpError("has no GEMM: its inner dimensions do not form one stride, or its "
                           "element type is not f32 or bf16");
  int64_t a = getBuffer(op->getOperand(0)), b = getBuffer(op->getOperand(1));
  desc->accumulate = op->hasAttr(tags::kAccumulate);
  std::optional<int64_t> sum = getSumPlace(op->getResult(0));
  if (desc->accumulate && !sum)
    return op->emitOpError("accumulates into a sum that the body does not return");
  if (desc->accumulate)
    buffers[op->getResult(0)] = *sum;
  else
    newResult(op->getResult(0));
  int64_t c = buffers[op->getResult(0)];
  json launch = toJSON(*desc);
  launch["a"] = a;
  launch["b"] = b;
  launch["c"] = c;
  body.matmuls.push_back(*desc);
  push(std::move(launch), {a, b, c});
  return success();
}

LogicalResult LaunchBodyBuilder::lowerCollective(Operation *op) {
  auto axes = op->getAttrOfType<ArrayAttr>("axes");
  if (!axes || op->getNumOperands() != 1)
    return op->emitOpError("has no lowering to a launch");
  Value input = op->getOperand(0), result = op->getResult(0);
  int64_t src = getBuffer(input);
  bool inPlace = isa<AllReduceOp>(op) && diesAt(input, op);
  int64_t dst = newResult(result, inPlace ? src : -1);
  json launch = {{"group", getGroup(axes)},
                 {"dtype", getDTypeName(typeOf(input).getElementType())},
                 {"src", src},
                 {"dst", dst}};
  if (auto reduce = dyn_cast<AllReduceOp>(op)) {
    launch["op"] = "all_reduce";
    launch["reduce"] = stringifyReductionKind(reduce.getKind()).str();
    launch["count"] = typeOf(input).getNumElements();
  } else if (auto gather = dyn_cast<AllGatherOp>(op)) {
    launch["op"] = "all_gather";
    launch["shape"] = toList(typeOf(result).getShape());
    launch["dim"] = gather.getDim();
    launch["block"] = gather.getBlock();
  } else if (auto scatter = dyn_cast<ReduceScatterOp>(op)) {
    launch["op"] = "reduce_scatter";
    launch["reduce"] = stringifyReductionKind(scatter.getKind()).str();
    launch["shape"] = toList(typeOf(input).getShape());
    launch["dim"] = scatter.getDim();
    launch["block"] = scatter.getBlock();
  } else if (auto exchange = dyn_cast<AllToAllOp>(op)) {
    SmallVector<int64_t> shape(typeOf(input).getShape());
    shape[exchange.getToDim()] = typeOf(input).getDimSize(exchange.getToDim());
    shape[exchange.getFromDim()] = typeOf(result).getDimSize(exchange.getFromDim());
    launch["op"] = "all_to_all";
    launch["shape"] = toList(shape);
    launch["src_dim"] = exchange.getFromDim();
    launch["src_block"] = exchange.getFromBlock();
    launch["dst_dim"] = exchange.getToDim();
    launch["dst_block"] = exchange.getToBlock();
  } else {
    return op->emitOpError("has no lowering to a launch");
  }
  push(std::move(launch), {src, dst});
  return success();
}

void LaunchBodyBuilder::lowerShardSlice(ShardSliceOp op) {
  int64_t src = getBuffer(op.getInput()), dst = newResult(op.getResult());
  SmallVector<int64_t> from = getStrides(typeOf(op.getInput()).getShape());
  RankedTensorType type = typeOf(op.getResult());
  int64_t start = getScalar({Scalar::PartOffset, op.getOffset().getDim(), from[op.getDim()]});
  push({{"op", "copy"},
        {"src", src},
        {"dst", dst},
        {"elem", ceilDiv(type.getElementTypeBitWidth(), 8)},
        {"shape", toList(type.getShape())},
        {"src_offset", 0},
        {"src_start", start},
        {"dst_offset", 0},
        {"src_strides", toList(from)},
        {"dst_strides", toList(getStrides(type.getShape()))}},
       {src, dst});
}

void LaunchBodyBuilder::lowerConcat(ConcatOp op) {
  SmallVector<int64_t> sources;
  for (Value input : op.getInputs())
    sources.push_back(getBuffer(input));
  int64_t dst = newResult(op.getResult());
  SmallVector<int64_t> to = getStrides(typeOf(op.getResult()).getShape());
  int64_t start = 0;
  for (auto [input, src] : llvm::zip(op.getInputs(), sources)) {
    RankedTensorType type = typeOf(input);
    push({{"op", "copy"},
          {"src", src},
          {"dst", dst},
          {"elem", ceilDiv(type.getElementTypeBitWidth(), 8)},
          {"shape", toList(type.getShape())},
          {"src_offset", 0},
          {"dst_offset", start * to[op.getDim()]},
          {"src_strides", toList(getStrides(type.getShape()))},
          {"dst_strides", toList(to)}},
         {src, dst});
    start += type.getDimSize(op.getDim());
  }
}

void LaunchBodyBuilder::copy(int64_t from, int64_t to, RankedTensorType type) {
  push({{"op", "copy"},
        {"src", from},
        {"dst", to},
        {"elem", ceilDiv(type.getElementTypeBitWidth(), 8)},
        {"shape", json::array({type.getNumElements()})},
        {"src_offset", 0},
        {"dst_offset", 0},
        {"src_strides", json::array({1})},
        {"dst_strides", json::array({1})}},
       {from, to});
}

FailureOr<LaunchBody> mpc::buildLaunchBody(func::FuncOp body, LaunchContext &context) {
  return LaunchBodyBuilder(body, context).build();
}
