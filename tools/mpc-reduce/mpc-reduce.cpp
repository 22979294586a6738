//===- mpc-reduce.cpp - makes a failing module smaller --------------------===//

#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "mpc/InitAll.h"
#include "mpc/Reduce/Reduce.h"
#include "mpc/ToolHelp.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/ToolOutputFile.h"

namespace cl = llvm::cl;

static cl::opt<std::string> input(cl::Positional, cl::Required,
                                  cl::desc("<module>"));
static cl::opt<std::string> output("o", cl::init("-"), cl::desc("output file"));
static cl::opt<std::string>
    test("test", cl::Required,
         cl::desc("program that exits with 0 when the module in the file it is "
                  "given still shows the failure"));

static int fail(const llvm::Twine &message) {
  llvm::errs() << "mpc-reduce: " << message << "\n";
  return 1;
}

int main(int argc, char **argv) {
  mpc::ToolHelp help(
      "mpc-reduce",
      "  mpc-reduce broken.mlir --test=./still-broken.sh -o small.mlir\n"
      "      where still-broken.sh is, for instance:\n"
      "      #!/bin/sh\n"
      "      mpc-opt --partition=data \"$1\" 2>&1 | grep -q 'error: ...'\n");
  cl::ParseCommandLineOptions(argc, argv, "makes a failing module smaller\n");
  mlir::DialectRegistry registry;
  mpc::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::parseSourceFile<mlir::ModuleOp>(input, &context);
  if (!module)
    return 1;

  llvm::SmallString<64> path;
  if (std::error_code error =
          llvm::sys::fs::createTemporaryFile("mpc-reduce", "mlir", path))
    return fail("cannot create a temporary file: " + error.message());
  llvm::FileRemover remover(path);
  auto isInteresting = [&](mlir::ModuleOp candidate) {
    std::error_code error;
    llvm::raw_fd_ostream file(path, error);
    file << candidate;
    file.close();
    return !error && llvm::sys::ExecuteAndWait(test, {test, path}) == 0;
  };
  if (!isInteresting(*module))
    return fail("'" + test + "' does not exit with 0 for '" + input + "'");

  std::string error;
  auto file = mlir::openOutputFile(output, &error);
  if (!file)
    return fail(error);
  file->os() << *mpc::reduceModule(*module, isInteresting) << "\n";
  file->keep();
}
