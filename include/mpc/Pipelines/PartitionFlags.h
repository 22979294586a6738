//===- PartitionFlags.h - how tools spell a split ---------------*- C++ -*-===//
//
// The command-line options of a split, declared once for every tool:
//
//   static PartitionOptions options;
//   static cl::OptionCategory category("Split");
//   static PartitionFlags flags(options, category);
//   cl::ParseCommandLineOptions(argc, argv);
//   if (flags.areGiven()) ...
//
//===----------------------------------------------------------------------===//

#ifndef MPC_PIPELINES_PARTITIONFLAGS_H
#define MPC_PIPELINES_PARTITIONFLAGS_H

#include "mpc/Planner/Planner.h"
#include "llvm/Support/CommandLine.h"

namespace mpc {
/// How many there are of something.
struct Count {
  int64_t value = 0;
  operator int64_t() const { return value; }
};
/// Of ZeRO; an option that is not given stays chosen by the planner.
struct ZeroStage {
  int64_t value = PartitionOptions::kChosenZero;
  operator int64_t() const { return value; }
};
} // namespace mpc

/// Reads a count of 1 or more; an option that is not given stays 0.
template <>
class llvm::cl::parser<mpc::Count> : public llvm::cl::basic_parser<mpc::Count> {
public:
  using basic_parser::basic_parser;
  bool parse(Option &option, StringRef, StringRef text, mpc::Count &count) {
    if (!text.getAsInteger(10, count.value) && count >= 1)
      return false;
    return option.error("expected a whole number from 1, found '" + text + "'");
  }
};

template <>
class llvm::cl::parser<mpc::ZeroStage>
    : public llvm::cl::basic_parser<mpc::ZeroStage> {
public:
  using basic_parser::basic_parser;
  bool parse(Option &option, StringRef, StringRef text, mpc::ZeroStage &stage) {
    if (!text.getAsInteger(10, stage.value) && stage >= 0 &&
        stage <= mpc::kMaxZero)
      return false;
    return option.error("expected 0, 1, 2 or 3, found '" + text + "'");
  }
};

namespace mpc {

using CountParser = llvm::cl::parser<Count>;

/// A modifier of llvm::cl: the commands that have the option. The program
/// itself where there are none.
struct InCommands {
  llvm::ArrayRef<llvm::cl::SubCommand *> commands;
  template <typename Option> void apply(Option &option) const {
    for (llvm::cl::SubCommand *command : commands)
      option.addSubCommand(*command);
  }
};

/// --devices, --cluster, --partition, --mesh, --micro-batches, --schedule,
/// --zero, --zero-min-bytes, --sequence-parallel, --recompute, --pin, --plan
/// and --emit-plan, which write to a PartitionOptions. Both live as long as the
/// program: llvm::cl keeps pointers.
class PartitionFlags {
public:
  PartitionFlags(PartitionOptions &options, llvm::cl::OptionCategory &category,
                 llvm::ArrayRef<llvm::cl::SubCommand *> commands = {});

  /// True when the command line has one of them.
  bool areGiven() const;

private:
  template <typename Parser, typename T>
  void add(llvm::StringRef name, T &target, llvm::StringRef value,
           llvm::StringRef text);

  llvm::cl::OptionCategory &category;
  std::vector<llvm::cl::SubCommand *> commands;
  std::vector<std::unique_ptr<llvm::cl::Option>> flags;
};

} // namespace mpc

#endif
