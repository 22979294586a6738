//===- OptimizerRules.cpp - formulas of the optimizers --------------------===//
//
// PyTorch's torch.optim.SGD, Adam and AdamW, in its order of operations.
//
//===----------------------------------------------------------------------===//

#include "OptimizerRules.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mpc;

static constexpr StringLiteral kFirstMoment = "m", kSecondMoment = "v";

/// `scalar` with the element type of `like`.
static Value matchType(TensorBuilder &t, Value scalar, Value like) {
  return t.cast(scalar, getElementTypeOrSelf(like));
}

static Value addDecay(TensorBuilder &t, Value gradient, Value variable,
                      double weightDecay) {
  if (weightDecay == 0)
    return gradient;
  return t.add(gradient, t.mul(variable, weightDecay));
}

namespace {
class SGDRule : public OptimizerRule {
public:
  explicit SGDRule(const AddOptimizerOptions &options) : options(options) {}

  ArrayRef<StringLiteral> getStateNames() const override {
    static constexpr StringLiteral names[] = {kFirstMoment};
    return ArrayRef(names).take_front(options.momentum != 0 ? 1 : 0);
  }

  void prepare(TensorBuilder &, Value learningRate, Value) override {
    lr = learningRate;
  }

  Value update(TensorBuilder &t, Value variable, Value gradient,
               MutableArrayRef<Value> state, bool decays) const override {
    gradient =
        addDecay(t, gradient, variable, decays ? options.weightDecay : 0);
    Value direction = gradient;
    if (options.momentum != 0) {
      Value buffer = t.add(t.mul(state[0], options.momentum), gradient);
      state[0] = buffer;
      direction = options.nesterov
                      ? t.add(gradient, t.mul(buffer, options.momentum))
                      : buffer;
    }
    return t.sub(variable, t.mul(direction, matchType(t, lr, variable)));
  }

private:
  AddOptimizerOptions options;
  Value lr;
};

class AdamRule : public OptimizerRule {
public:
  explicit AdamRule(const AddOptimizerOptions &options)
      : options(options), isDecoupled(options.kind == OptimizerKind::AdamW) {}

  ArrayRef<StringLiteral> getStateNames() const override {
    static constexpr StringLiteral names[] = {kFirstMoment, kSecondMoment};
    return names;
  }

  /// In f64: near step 1, 1 - beta^step of a beta close to 1 has few digits in
  /// f32.
  void prepare(TensorBuilder &t, Value lr, Value step) override {
    Type f32 = getElementTypeOrSelf(lr);
    Type f64 = Float64Type::get(lr.getContext());
    Value wideStep = t.cast(step, f64), wideRate = t.cast(lr, f64);
    Value correction1 = t.sub(1, t.pow(options.beta1, wideStep));
    Value correction2 = t.sub(1, t.pow(options.beta2, wideStep));
    stepSize = t.cast(t.div(wideRate, correction1), f32);
    rootScale = t.cast(t.div(1, t.sqrt(correction2)), f32);
    if (isDecoupled && options.weightDecay != 0)
      keep = t.cast(t.sub(1, t.mul(wideRate, options.weightDecay)), f32);
  }

  Value update(TensorBuilder &t, Value variable, Value gradient,
               MutableArrayRef<Value> state, bool decays) const override {
    if (!isDecoupled)
      gradient =
          addDecay(t, gradient, variable, decays ? options.weightDecay : 0);
    else if (keep && decays)
      variable = t.mul(variable, matchType(t, keep, variable));
    Value mean = average(t, state[0], gradient, options.beta1);
    Value square = average(t, state[1], t.square(gradient), options.beta2);
    state[0] = mean, state[1] = square;
    Value root = t.mul(t.sqrt(square), matchType(t, rootScale, variable));
    Value direction = t.div(mean, t.add(root, options.epsilon));
    return t.sub(variable, t.mul(direction, matchType(t, stepSize, variable)));
  }

private:
  static Value average(TensorBuilder &t, Value old, Value next, double share) {
    return t.add(t.mul(old, share), t.mul(next, 1 - share));
  }

  AddOptimizerOptions options;
  bool isDecoupled;
  /// lr / (1 - beta1^step); 1 / sqrt(1 - beta2^step); 1 - lr * decay or null.
  Value stepSize, rootScale, keep;
};
} // namespace

static llvm::Error checkRange(StringRef name, double value, double low,
                              double high) {
  if (value >= low && value < high)
    return llvm::Error::success();
  return llvm::createStringError(llvm::formatv(
      "option '{0}' is {1}, expected at least {2} and less than {3}", name,
      value, low, high));
}

static llvm::Error checkOptions(const AddOptimizerOptions &options) {
  double any = std::numeric_limits<double>::infinity();
  if (options.nesterov && options.momentum <= 0)
    return llvm::createStringError(
        "option 'nesterov' needs a positive 'momentum'");
  return llvm::joinErrors(
      llvm::joinErrors(
          llvm::joinErrors(checkRange("momentum", options.momentum, 0, any),
                           checkRange("beta1", options.beta1, 0, 1)),
          llvm::joinErrors(checkRange("beta2", options.beta2, 0, 1),
                           checkRange("epsilon", options.epsilon, 0, any))),
      llvm::joinErrors(checkRange("weight-decay", options.weightDecay, 0, any),
                       checkRange("clip", options.clip, 0, any)));
}

llvm::Expected<std::unique_ptr<OptimizerRule>>
mpc::createOptimizerRule(const AddOptimizerOptions &options) {
  if (llvm::Error error = checkOptions(options))
    return std::move(error);
  if (options.kind == OptimizerKind::SGD)
    return std::make_unique<SGDRule>(options);
  return std::make_unique<AdamRule>(options);
}
