//===- Interpreter.cpp - functions and state ------------------------------===//

#include "Evaluators.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::test;

static int64_t countElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

Tensor Tensor::zeros(ArrayRef<int64_t> shape) {
  return {shape.vec(), std::vector<double>(countElements(shape))};
}

void test::forEach(ArrayRef<int64_t> shape,
                   function_ref<void(const Coords &)> body) {
  Coords coords(shape.size());
  for (int64_t point = 0, count = countElements(shape); point < count;
       ++point) {
    int64_t rest = point;
    for (size_t dim = shape.size(); dim-- > 0; rest /= shape[dim])
      coords[dim] = rest % shape[dim];
    body(coords);
  }
}

double test::at(const Tensor &tensor, const Coords &coords) {
  size_t dropped = coords.size() - tensor.shape.size();
  int64_t offset = 0;
  for (auto [dim, size] : llvm::enumerate(tensor.shape))
    offset = offset * size + (size == 1 ? 0 : coords[dropped + dim]);
  return tensor.data[offset];
}

double &test::ref(Tensor &tensor, const Coords &coords) {
  int64_t offset = 0;
  for (auto [coord, size] : llvm::zip_equal(coords, tensor.shape))
    offset = offset * size + coord;
  return tensor.data[offset];
}

ArrayRef<int64_t> test::shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static llvm::Error fail(Operation *op, const Twine &reason) {
  std::string text;
  llvm::raw_string_ostream(text)
      << op->getName() << " at " << op->getLoc() << ": " << reason;
  return llvm::createStringError(text);
}

static llvm::Error checkTensor(Operation *op, const Twine &name,
                               const Tensor &tensor, Type type) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(type).getShape();
  if (ArrayRef(tensor.shape) == shape && tensor.size() == countElements(shape))
    return llvm::Error::success();
  return fail(op, name + " has another shape than the program");
}

static bool hasOffset(Operation *op) {
  auto positional = dyn_cast<PositionalOpInterface>(op);
  return positional && positional.getShardOffset();
}

llvm::Expected<std::vector<Tensor>> test::evaluateOp(Operation *op,
                                                     Operands operands) {
  if (hasOffset(op))
    return fail(op, "is a part of an op, of another device's shapes");
  for (auto *evaluator : {evaluatePointwise, evaluateShape, evaluateModel})
    if (std::optional<std::vector<Tensor>> results = evaluator(op, operands))
      return std::move(*results);
  return fail(op, "is unknown to the interpreter");
}

namespace {
/// The values of one run.
class Frame {
public:
  explicit Frame(const Variables &variables)
      : before(variables), after(variables) {}

  llvm::Error bind(Block &block, Operands values) {
    Operation *parent = block.getParentOp();
    if (values.size() != block.getNumArguments())
      return fail(parent, "expected " + Twine(block.getNumArguments()) +
                              " inputs, found " + Twine(values.size()));
    for (auto [argument, value] :
         llvm::zip_equal(block.getArguments(), values)) {
      if (llvm::Error error =
              checkTensor(parent, "input " + Twine(argument.getArgNumber()),
                          value, argument.getType()))
        return error;
      tensors[argument] = value;
    }
    return llvm::Error::success();
  }

  llvm::Expected<std::vector<Tensor>> run(Block &block) {
    for (Operation &op : block.without_terminator())
      if (llvm::Error error = step(&op))
        return error;
    return getOperands(block.getTerminator());
  }

  Variables takeVariables() { return std::move(after); }

private:
  std::vector<Tensor> getOperands(Operation *op) {
    std::vector<Tensor> operands;
    for (Value operand : op->getOperands())
      operands.push_back(tensors.at(operand));
    return operands;
  }

  llvm::Error step(Operation *op) {
    if (auto read = dyn_cast<ReadOp>(op))
      return this->read(read);
    if (auto assign = dyn_cast<AssignOp>(op)) {
      after[assign.getVariable().str()] = tensors.at(assign.getValue());
      return llvm::Error::success();
    }
    llvm::Expected<std::vector<Tensor>> results =
        isa<FusedOp>(op) ? runRegion(op) : evaluateOp(op, getOperands(op));
    if (!results)
      return results.takeError();
    for (auto [result, tensor] : llvm::zip_equal(op->getResults(), *results))
      tensors[result] = std::move(tensor);
    return llvm::Error::success();
  }

  llvm::Error read(ReadOp op) {
    auto it = before.find(op.getVariable().str());
    if (it == before.end())
      return fail(op, "variable has no value");
    tensors[op.getResult()] = it->second;
    return checkTensor(op, "variable", it->second, op.getResult().getType());
  }

  llvm::Expected<std::vector<Tensor>> runRegion(Operation *op) {
    Block &block = op->getRegion(0).front();
    if (llvm::Error error = bind(block, getOperands(op)))
      return error;
    return run(block);
  }

  const Variables &before;
  Variables after;
  llvm::DenseMap<Value, Tensor> tensors;
};
} // namespace

llvm::Expected<Evaluation> test::evaluate(func::FuncOp func, Operands inputs,
                                          const Variables &variables) {
  if (func.isExternal())
    return fail(func, "has no body");
  Block &block = func.getBody().front();
  Frame frame(variables);
  if (llvm::Error error = frame.bind(block, inputs))
    return error;
  llvm::Expected<std::vector<Tensor>> outputs = frame.run(block);
  if (!outputs)
    return outputs.takeError();
  return Evaluation{std::move(*outputs), frame.takeVariables()};
}
