//===- Ptxas.cpp - runs the assembler, and reads its report ---------------===//

#include "mpc/Conversion/Ptxas.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace mpc;
using llvm::StringRef;

/// Longer than any kernel takes; a hanging program must not hang us.
static constexpr unsigned kSecondsToWait = 300;

std::optional<Ptxas> Ptxas::find() {
  if (auto path = llvm::sys::Process::GetEnv("MPC_PTXAS"))
    return llvm::sys::fs::can_execute(*path) ? std::optional(Ptxas(*path))
                                             : std::nullopt;
  for (const char *variable : {"CUDA_PATH", "CUDA_HOME"}) {
    auto toolkit = llvm::sys::Process::GetEnv(variable);
    if (!toolkit)
      continue;
    llvm::SmallString<128> path(*toolkit);
    llvm::sys::path::append(path, "bin", "ptxas");
    if (llvm::sys::fs::can_execute(path))
      return Ptxas(std::string(path));
  }
  if (auto path = llvm::sys::findProgramByName("ptxas"))
    return Ptxas(*path);
  StringRef usual = "/usr/local/cuda/bin/ptxas";
  if (llvm::sys::fs::can_execute(usual))
    return Ptxas(usual.str());
  return std::nullopt;
}

llvm::Expected<Ptxas> Ptxas::require() {
  if (std::optional<Ptxas> ptxas = find())
    return *ptxas;
  return llvm::createStringError(
      "found no ptxas by $MPC_PTXAS, in $CUDA_PATH/bin, $CUDA_HOME/bin, on the "
      "PATH or in /usr/local/cuda/bin; PTX alone needs none");
}

/// The number before `unit` in ptxas's report: "0 bytes stack frame".
static int64_t readNumber(StringRef report, StringRef unit) {
  size_t end = report.find(unit);
  if (end == StringRef::npos)
    return 0;
  StringRef before = report.take_front(end).rtrim();
  size_t begin = before.find_last_not_of("0123456789");
  int64_t number = 0;
  before.drop_front(begin == StringRef::npos ? 0 : begin + 1)
      .getAsInteger(10, number);
  return number;
}

static void readReport(StringRef report, Cubin &cubin) {
  cubin.registers = readNumber(report, "registers");
  cubin.stackBytes = readNumber(report, "bytes stack frame");
  cubin.spillStoreBytes = readNumber(report, "bytes spill stores");
  cubin.spillLoadBytes = readNumber(report, "bytes spill loads");
  cubin.sharedBytes = readNumber(report, "bytes smem");
}

namespace {
/// A file that is gone at the end.
class TemporaryFile {
public:
  static llvm::Expected<TemporaryFile> create(StringRef suffix) {
    llvm::SmallString<128> path;
    if (std::error_code code =
            llvm::sys::fs::createTemporaryFile("mpc", suffix, path))
      return llvm::createStringError("cannot create a temporary file: " +
                                     code.message());
    return TemporaryFile(path);
  }
  StringRef getPath() const { return path; }
  std::string read() const {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : "";
  }

private:
  explicit TemporaryFile(StringRef path) : path(path), remover(path) {}
  std::string path;
  llvm::FileRemover remover;
};
} // namespace

static llvm::Error write(StringRef path, StringRef text) {
  std::error_code code;
  llvm::raw_fd_ostream os(path, code);
  if (!code) {
    os << text;
    os.flush();
    code = os.error();
    os.clear_error();
  }
  if (code)
    return llvm::createStringError("cannot write '" + path +
                                   "': " + code.message());
  return llvm::Error::success();
}

llvm::Expected<Cubin> Ptxas::assemble(StringRef ptx, StringRef chip) const {
  auto input = TemporaryFile::create("ptx");
  if (!input)
    return input.takeError();
  auto output = TemporaryFile::create("cubin");
  if (!output)
    return output.takeError();
  auto report = TemporaryFile::create("log");
  if (!report)
    return report.takeError();
  if (llvm::Error error = write(input->getPath(), ptx))
    return error;
  std::string arch = ("-arch=" + chip).str();
  StringRef arguments[] = {
      path, "-v", arch, input->getPath(), "-o", output->getPath()};
  std::optional<StringRef> redirects[] = {StringRef(), report->getPath(),
                                          report->getPath()};
  std::string message;
  int code = llvm::sys::ExecuteAndWait(path, arguments, std::nullopt, redirects,
                                       kSecondsToWait, 0, &message);
  std::string said = report->read();
  if (code != 0)
    return llvm::createStringError(
        "'" + path + "' refuses a kernel: " +
        (message.empty() ? StringRef(said).rtrim().str() : message));
  Cubin cubin;
  cubin.code = output->read();
  readReport(said, cubin);
  return cubin;
}
