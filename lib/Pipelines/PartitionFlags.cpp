//===- PartitionFlags.cpp - how tools spell a split -----------------------===//

#include "mpc/Pipelines/PartitionFlags.h"

using namespace mpc;
namespace cl = llvm::cl;

template <typename T>
void PartitionFlags::add(llvm::StringRef name, T &target, llvm::StringRef value,
                         llvm::StringRef text) {
  using Parser = std::conditional_t<std::is_same_v<T, int64_t>, CountParser,
                                    cl::parser<T>>;
  flags.push_back(std::make_unique<cl::opt<T, true, Parser>>(
      name, cl::desc(text), cl::location(target), cl::value_desc(value),
      cl::cat(category), InCommands{commands}));
}

PartitionFlags::PartitionFlags(PartitionOptions &options,
                               cl::OptionCategory &category,
                               llvm::ArrayRef<cl::SubCommand *> commands)
    : category(category), commands(commands.vec()) {
  add("devices", options.devices, "N",
      "virtual devices of this machine (default: 1, or 4 where a split is "
      "asked for)");
  add("cluster", options.cluster, "FILE|NAME",
      "a cluster description, or dgx-a100:N, dgx-h100:N, h200:N, "
      "v100-p3.16xlarge:N");
  add("partition", options.partition, "KIND",
      "none, layer, tensor, pipeline, data or auto (default: none on one "
      "device, else auto)");
  add("mesh", options.mesh, "AXES",
      "a hybrid by hand, outermost axis first: data:2,stage:2,tensor:2");
  add("micro-batches", options.microBatches, "M",
      "of a step (default: chosen)");
  add("schedule", options.schedule, "NAME|FILE.csv", "gpipe or 1f1b (default)");
  add("pin", options.pinFile, "FILE", "placements and stages to keep (JSON)");
  add("plan", options.planFile, "FILE", "split as this plan says");
  add("emit-plan", options.emitPlan, "FILE", "write the plan that is used");
}

bool PartitionFlags::areGiven() const {
  return llvm::any_of(
      flags, [](const auto &flag) { return flag->getNumOccurrences() > 0; });
}
