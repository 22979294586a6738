//===- ONNXFlags.cpp - options of tools that read ONNX files --------------===//

#include "mpc/Frontend/ONNXFlags.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ManagedStatic.h"

using namespace mpc;
namespace cl = llvm::cl;

namespace {
struct Flags {
  cl::OptionCategory category{
      "ONNX", "How MODEL.onnx is read: sizes of the dims that it leaves open"};
  cl::opt<int64_t> batch{"batch", cl::desc("Dim 0 of every input"),
                         cl::value_desc("N"), cl::init(0), cl::cat(category)};
  cl::opt<int64_t> sequence{
      "sequence", cl::desc("Dim 1 of inputs of token ids"), cl::value_desc("N"),
      cl::init(0), cl::cat(category)};
  cl::list<std::string> dims{"dim", cl::desc("A dim by its name in the file"),
                             cl::value_desc("NAME=N"), cl::cat(category)};
  cl::opt<bool> raise{"raise", cl::desc("Run mpc-raise (default: true)"),
                      cl::init(true), cl::cat(category)};
};
} // namespace

static llvm::ManagedStatic<Flags> flags;

void mpc::registerONNXFlags() { *flags; }

llvm::Expected<ONNXOptions> mpc::getONNXFlags() {
  ONNXOptions options;
  options.batch = flags->batch;
  options.sequence = flags->sequence;
  options.raise = flags->raise;
  auto dims = parseDims(std::vector<std::string>(flags->dims));
  if (!dims)
    return dims.takeError();
  options.dims = std::move(*dims);
  return options;
}
