//===- LaunchRegions.cpp - launches of fused regions ----------------------===//
//
// A region is a launch, or several regions that do not wait for each other
// (mpc-share-launches) are one: it stands where the last of them stood.
//
//===----------------------------------------------------------------------===//

#include "LaunchBodyBuilder.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;
using nlohmann::json;

/// Moves the regions of a launch to the last one, and the reshapes of their
/// results, which are names of buffers, behind it. Nothing else between them
/// reads those results.
static void moveTogether(ArrayRef<FusedOp> regions) {
  Operation *first = FusedOp(regions.front()), *last = FusedOp(regions.back());
  llvm::SmallDenseSet<Value> results;
  SmallVector<Operation *> names;
  for (Operation *op = first; op != last; op = op->getNextNode()) {
    auto reshape = dyn_cast<ReshapeOp>(op);
    bool isName = reshape && results.contains(reshape.getInput());
    if (isName)
      names.push_back(op);
    auto region = dyn_cast<FusedOp>(op);
    if (isName || (region && llvm::is_contained(regions, region)))
      results.insert(op->result_begin(), op->result_end());
  }
  for (FusedOp region : regions.drop_back())
    region->moveBefore(last);
  for (Operation *name : llvm::reverse(names))
    name->moveAfter(last);
}

void mpc::moveLaunchesTogether(func::FuncOp function) {
  for (ArrayRef<FusedOp> regions : getGPULaunches(function))
    moveTogether(regions);
}

/// What a product computes with it is no region's any more.
void LaunchBodyBuilder::findLaunches() {
  for (SmallVector<FusedOp, 1> &regions : getGPULaunches(func)) {
    llvm::erase_if(regions,
                   [&](FusedOp region) { return epilogues.contains(region); });
    if (!regions.empty())
      launches[regions.back()] = regions;
  }
}

/// Whether a region may write an output over everything that its launch reads
/// there: its own inputs that `aliases` names.
bool LaunchBodyBuilder::mayWrite(ArrayRef<FusedOp> regions, FusedOp region,
                                 ArrayRef<unsigned> aliases, int64_t buffer) {
  for (FusedOp other : regions)
    for (auto [index, input] : llvm::enumerate(other.getInputs())) {
      int64_t read = getBuffer(input);
      bool isSame = other == region && read == buffer &&
                    llvm::is_contained(aliases, index);
      if (!isSame && getWhole(read) == getWhole(buffer))
        return false;
    }
  return true;
}

int64_t LaunchBodyBuilder::placeOutput(ArrayRef<FusedOp> regions,
                                       FusedOp region, unsigned output,
                                       ArrayRef<unsigned> aliases) {
  Operation *last = FusedOp(regions.back());
  Value value = region.getOutputs()[output];
  auto fits = [&](std::optional<int64_t> place) {
    return place && mayWrite(regions, region, aliases, *place);
  };
  std::optional<int64_t> place = getAssigned(value, last);
  if (!place)
    place = getGathered(value, last);
  if (fits(place))
    return buffers[value] = *place;
  std::optional<int64_t> sum = getSumPlace(value);
  if (fits(sum))
    return buffers[value] = *sum;
  if (sum) { // a sum that cannot be updated in place: copied at the end
    resultNames.erase(value);
    return newResult(value);
  }
  int64_t reuse = -1;
  for (unsigned number : aliases) {
    Value input = region.getInputs()[number];
    int64_t buffer = getBuffer(input);
    if (diesAt(input, last) && fits(buffer) &&
        getByteSize(input.getType()) >= getByteSize(value.getType()))
      reuse = buffer;
  }
  return newResult(value, reuse);
}

LogicalResult LaunchBodyBuilder::lowerLaunch(ArrayRef<FusedOp> regions) {
  FailureOr<LaunchKernel> kernel = context.target.add(regions);
  if (failed(kernel))
    return failure();
  // Inputs of the step are fed before the launch.
  for (FusedOp region : regions)
    for (Value input : region.getInputs())
      getBuffer(input);
  SmallVector<int64_t> used;
  size_t number = 0;
  for (FusedOp region : regions) {
    for (Value input : region.getInputs())
      used.push_back(getBuffer(input));
    for (unsigned output = 0; output < region.getNumResults(); ++output)
      used.push_back(
          placeOutput(regions, region, output, kernel->aliases[number++]));
  }
  json launch = std::move(kernel->fields);
  launch["op"] = "kernel";
  launch["kernel"] =
      context.symbols.try_emplace(kernel->symbol, context.symbols.size())
          .first->second;
  launch["buffers"] = toList(used);
  launch["scalars"] = json::array();
  for (OffsetAttr offset : kernel->scalars)
    launch["scalars"].push_back(
        getScalar({Scalar::PartOffset, offset.getDim()}));
  push(std::move(launch), used);
  return success();
}
