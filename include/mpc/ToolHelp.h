//===- ToolHelp.h - what --version and --help say ---------------*- C++ -*-===//
//
// For the tools that are upstream's mains over mpc's dialects and passes:
//
//   mpc::ToolHelp help("mpc-opt", "  mpc-opt mlp.mlir --partition=data\n");
//
//===----------------------------------------------------------------------===//

#ifndef MPC_TOOLHELP_H
#define MPC_TOOLHELP_H

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"

namespace mpc {

/// Declared before the command line is parsed; lives as long as the program.
class ToolHelp {
public:
  ToolHelp(llvm::StringRef tool, const llvm::Twine &examples)
      : text(("\nEXAMPLES:\n" + examples).str()), help(text) {
    llvm::cl::SetVersionPrinter([tool](llvm::raw_ostream &os) {
      os << tool << " " << MPC_VERSION << " (LLVM " << LLVM_VERSION_STRING
         << ")\n";
    });
  }

private:
  std::string text;
  llvm::cl::extrahelp help;
};

} // namespace mpc

#endif
