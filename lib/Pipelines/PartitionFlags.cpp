//===- PartitionFlags.cpp - how tools spell a split -----------------------===//

#include "mpc/Pipelines/PartitionFlags.h"

using namespace mpc;
namespace cl = llvm::cl;

template <typename Parser, typename T>
void PartitionFlags::add(llvm::StringRef name, T &target, llvm::StringRef value,
                         llvm::StringRef text) {
  flags.push_back(std::make_unique<cl::opt<T, true, Parser>>(
      name, cl::desc(text), cl::location(target), cl::value_desc(value),
      cl::cat(category), InCommands{commands}));
}

PartitionFlags::PartitionFlags(PartitionOptions &options,
                               cl::OptionCategory &category,
                               llvm::ArrayRef<cl::SubCommand *> commands)
    : category(category), commands(commands.vec()) {
  add<CountParser>(
      "devices", options.devices, "N",
      "virtual devices of this machine (default: 1, or 4 where a split is "
      "asked for)");
  add<cl::parser<std::string>>(
      "cluster", options.cluster, "FILE|NAME",
      "a cluster description, detect (the GPUs of this machine), or "
      "dgx-a100:N, dgx-h100:N, h200:N, v100-p3.16xlarge:N");
  add<cl::parser<std::string>>(
      "partition", options.partition, "KIND",
      "none, layer, tensor, pipeline, data or auto (default: none on one "
      "device, else auto)");
  add<cl::parser<std::string>>(
      "mesh", options.mesh, "AXES",
      "a hybrid by hand, outermost axis first: data:2,stage:2,tensor:2");
  add<CountParser>("micro-batches", options.microBatches, "M",
                   "of a step (default: chosen)");
  add<cl::parser<std::string>>(
      "schedule", options.schedule, "NAME|FILE.csv",
      "gpipe, 1f1b (default), interleaved:V with V stages a group, zb-h1, "
      "zb-h2, zb-v, zb-auto[:N] with N micro-batches kept at most, dualpipev, "
      "or a table of actions, one row a group");
  add<cl::parser<ZeroStage>>(
      "zero", options.zero, "0..3",
      "what data-parallel replicas share: 1 optimizer state, 2 gradients too, "
      "3 parameters too (default: chosen)");
  add<cl::parser<int64_t>>("zero-min-bytes", options.zeroMinBytes, "BYTES",
                           "smaller parameters are not shared (default 65536)");
  add<cl::parser<bool>>(
      "sequence-parallel", options.sequenceParallel, "",
      "with tensor parallelism, cut norms and residuals along the tokens");
  add<cl::parser<std::string>>(
      "recompute", options.recompute, "none|selective|full",
      "what the backward computes again instead of keeping it: the inside of "
      "attention; all but a few values between layers (default: none, or more "
      "where nothing else fits)");
  add<cl::parser<std::string>>("pin", options.pinFile, "FILE",
                               "placements and stages to keep (JSON)");
  add<cl::parser<std::string>>("plan", options.planFile, "FILE",
                               "split as this plan says");
  add<cl::parser<std::string>>("emit-plan", options.emitPlan, "FILE",
                               "write the plan that is used");
}

bool PartitionFlags::areGiven() const {
  return llvm::any_of(
      flags, [](const auto &flag) { return flag->getNumOccurrences() > 0; });
}
