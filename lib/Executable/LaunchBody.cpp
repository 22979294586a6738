//===- LaunchBody.cpp - a local body as a straight-line list --------------===//

#include "LaunchBodyBuilder.h"
#include "mpc/IR/Tags.h"
#include "mpc/Transforms/Bodies.h"

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

//===----------------------------------------------------------------------===//
// Buffers and scalars
//===----------------------------------------------------------------------===//

int64_t LaunchBodyBuilder::addBuffer(BodyBuffer::Kind kind, StringRef name,
                                     int64_t bytes) {
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
  int64_t buffer =
      addBuffer(returned ? BodyBuffer::Value : BodyBuffer::Internal,
                returned ? name->second : "", getByteSize(value.getType()));
  if (mayReuse >= 0 && body.buffers[mayReuse].kind != BodyBuffer::Part)
    body.buffers[buffer].mayReuse = mayReuse;
  buffers[value] = buffer;
  return buffer;
}

int64_t LaunchBodyBuilder::getPart(int64_t whole, const DimSharding &cut,
                                   int64_t bytesOfOne, int64_t bytes) {
  Scalar start{Scalar::PartOffset, cut, bytesOfOne};
  for (auto [index, buffer] : llvm::enumerate(body.buffers))
    if (buffer.kind == BodyBuffer::Part && buffer.whole == whole &&
        buffer.start == start && buffer.bytes == bytes)
      return index;
  int64_t part = addBuffer(BodyBuffer::Part, "", bytes);
  body.buffers[part].whole = whole;
  body.buffers[part].start = start;
  return part;
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
  if (touched.kind == BodyBuffer::Part)
    touch(touched.whole);
}

void LaunchBodyBuilder::push(json launch, ArrayRef<int64_t> used) {
  awaitThose([&](const Pending &collective) {
    return llvm::any_of(used, [&](int64_t buffer) {
      return getWhole(buffer) == getWhole(collective.src) ||
             getWhole(buffer) == getWhole(collective.dst);
    });
  });
  llvm::for_each(used, [&](int64_t buffer) { touch(buffer); });
  body.launches.push_back(std::move(launch));
}

/// Whether nothing after `op` in this body reads the value.
bool LaunchBodyBuilder::diesAt(Value value, Operation *op) {
  // A reshape or a part is another name for the same bytes.
  Operation *producer = value.getDefiningOp();
  while (producer && (isa<ReshapeOp>(producer) || isPart(producer))) {
    value = producer->getOperand(0);
    producer = value.getDefiningOp();
  }
  return isUnusedAfter(value, op);
}

bool LaunchBodyBuilder::isUnusedAfter(Value value, Operation *op) {
  return llvm::all_of(value.getUsers(), [&](Operation *user) {
    if (isa<ReshapeOp>(user) || views.isView(user) || isPart(user))
      return isUnusedAfter(user->getResult(0), op);
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
    buffers[argument] = addBuffer(BodyBuffer::Value, name.getValue(),
                                  getByteSize(argument.getType()));
    if (func.getArgAttr(index, tags::kAccumulate))
      sums[name.getValue()] = buffers[argument];
  }
}

void LaunchBodyBuilder::feed(BlockArgument argument) {
  unsigned index = argument.getArgNumber();
  int64_t buffer =
      addBuffer(BodyBuffer::Internal, "", getByteSize(argument.getType()));
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
    if (!context.consumed.contains(name.getValue()))
      continue;
    resultNames.try_emplace(value, name.str());
    // A reshape is another name for the same bytes.
    while (auto reshape = value.getDefiningOp<ReshapeOp>())
      resultNames.try_emplace(value = reshape.getInput(), name.str());
  }
}

void LaunchBodyBuilder::fetch(unsigned result, int64_t buffer) {
  auto outputs = func.getResultAttrOfType<ArrayAttr>(result, tags::kOutputs);
  if (!outputs)
    return;
  auto sharding =
      func.getResultAttrOfType<ShardingAttr>(result, tags::kSharding);
  for (auto output : outputs.getAsRange<IntegerAttr>())
    push({{"op", "fetch"},
          {"output", output.getInt()},
          {"src", buffer},
          {"begin", getBegin(sharding)},
          {"size", toList(cast<RankedTensorType>(func.getResultTypes()[result])
                              .getShape())},
          {"if", getScalar({Scalar::Owner, {}, 1, sharding})}},
         {buffer});
}

LogicalResult LaunchBodyBuilder::lowerReturn() {
  Operation *terminator = func.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(terminator->getOperands())) {
    StringRef name =
        func.getResultAttrOfType<StringAttr>(index, tags::kValue).getValue();
    int64_t buffer = getBuffer(value);
    const BodyBuffer &place = body.buffers[buffer];
    bool isThere = place.kind == BodyBuffer::Value && place.name == name;
    if (context.consumed.contains(name) && !isThere) {
      if (place.kind == BodyBuffer::Variable &&
          getBodyKind(func) == schedule::ActionKind::Prepare) {
        // Sent from the variable's place, before anything can change it.
        body.aliases[name] = place.name;
      } else if (place.kind == BodyBuffer::Value && !sums.contains(name) &&
                 getBodyKind(func) == schedule::ActionKind::Update) {
        // The micro-batches are over: nobody adds to it any more.
        body.renamed[name] = place.name;
      } else {
        auto sum = sums.find(name);
        int64_t target = sum != sums.end()
                             ? sum->second
                             : addBuffer(BodyBuffer::Value, name,
                                         getByteSize(value.getType()));
        copy(buffer, target, typeOf(value));
        buffer = target;
      }
    }
    fetch(index, buffer);
  }
  return success();
}

FailureOr<LaunchBody> LaunchBodyBuilder::build() {
  body.name = func.getSymName().str();
  // After all reads, whatever the order of the ops is by now.
  Operation *terminator = func.getBody().front().getTerminator();
  SmallVector<AssignOp> assigns(func.getOps<AssignOp>());
  for (AssignOp assign : assigns)
    assign->moveBefore(terminator);
  takeArguments();
  nameResults();
  findLaunches();
  for (Operation &op : func.getBody().front().without_terminator())
    if (failed(lower(&op)))
      return failure();
  if (failed(lowerReturn()))
    return failure();
  awaitThose([](const Pending &) { return true; });
  return std::move(body);
}

FailureOr<LaunchBody> mpc::buildLaunchBody(func::FuncOp body,
                                           LaunchContext &context) {
  moveLaunchesTogether(body);
  return LaunchBodyBuilder(body, context).build();
}
