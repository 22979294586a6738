//===- Inputs.cpp - data for a program ------------------------------------===//

#include "mpc/Driver/Inputs.h"
#include "mpc/IR/Tags.h"
#include "mpc/Driver/Model.h"

using namespace mlir;
using namespace mpc;

static func::FuncOp getMain(ModuleOp model) {
  return model.lookupSymbol<func::FuncOp>("main");
}

llvm::StringMap<int64_t> mpc::getIndexLimits(ModuleOp model) {
  llvm::StringMap<int64_t> limits;
  func::FuncOp main = getMain(model);
  for (auto [index, argument] : llvm::enumerate(main.getArguments()))
    for (Operation *user : argument.getUsers())
      if (auto embedding = dyn_cast<EmbeddingOp>(user))
        limits[getInputName(main, index)] =
            cast<RankedTensorType>(embedding.getTable().getType())
                .getDimSize(0);
  return limits;
}

int64_t mpc::getNumClasses(ModuleOp model) {
  func::FuncOp main = getMain(model);
  if (main.getNumResults() == 0)
    return 0;
  auto type = cast<RankedTensorType>(main.getResultTypes()[0]);
  return type.getRank() == 0 ? 0 : type.getShape().back();
}

int64_t mpc::getSequence(ModuleOp model) {
  for (Type type : getMain(model).getArgumentTypes())
    if (auto tensor = dyn_cast<RankedTensorType>(type);
        tensor && tensor.getRank() == 2 && tensor.getElementType().isInteger())
      return tensor.getDimSize(1);
  return 0;
}

bool mpc::isTokenData(StringRef text) {
  return text.ends_with(".txt") || text.contains(".bin:") ||
         text.ends_with(".bin");
}

llvm::Expected<std::shared_ptr<const data::Dataset>>
mpc::openData(StringRef text, data::Split split, const RunOptions &options,
              ModuleOp model) {
  data::DataOptions dataOptions;
  dataOptions.directory = options.dataDirectory;
  dataOptions.split = split;
  dataOptions.sequence =
      options.sequence ? options.sequence : getSequence(model);
  if (isTokenData(text) && dataOptions.sequence <= 0)
    return llvm::createStringError(
        "data '" + text +
        "' are tokens, but the model has no input of "
        "token ids [batch, sequence]");
  return data::openDataset(text, dataOptions);
}

llvm::Expected<LossKind> mpc::chooseLoss(const RunOptions &options,
                                         const data::Dataset &dataset) {
  if (!options.loss.empty())
    return parseLoss(options.loss);
  if (isTokenData(options.data))
    return LossKind::NextToken;
  for (const data::Field &field : dataset.fields())
    if (field.name == "label" && data::isFloat(field.type))
      return LossKind::SquaredError;
  return LossKind::CrossEntropy;
}

llvm::Expected<data::Feed>
mpc::makeFeed(std::shared_ptr<const data::Dataset> dataset,
              ArrayRef<TensorInfo> inputs, ModuleOp model,
              const AutodiffOptions &loss) {
  llvm::StringMap<int64_t> limits = getIndexLimits(model);
  std::vector<data::FeedInput> fed;
  for (const TensorInfo &info : inputs) {
    if (info.shape.empty())
      return llvm::createStringError(
          "input '" + info.name +
          "' has no batch dimension, data cannot give it");
    data::FeedInput input{
        info.name,
        info.type,
        data::Shape(ArrayRef<int64_t>(info.shape).drop_front()),
        {},
        {}};
    if (auto limit = limits.find(info.name); limit != limits.end())
      input.limit = limit->second;
    if (info.name == "label" && loss.loss != LossKind::SquaredError) {
      input.limit = getNumClasses(model);
      input.ignored = loss.ignoreIndex;
    }
    fed.push_back(std::move(input));
  }
  return data::Feed::create(std::move(dataset), std::move(fed));
}
