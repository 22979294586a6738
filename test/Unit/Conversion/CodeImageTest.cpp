//===- CodeImageTest.cpp - objects as one block that runs anywhere --------===//

#include "mpc/Conversion/CodeImage.h"
#include "../../../runtime/lib/package/Code.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "gtest/gtest.h"

using namespace mpc;

namespace {

std::unique_ptr<llvm::MemoryBuffer> compile(const char *text) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::LLVMContext context;
  llvm::SMDiagnostic diagnostic;
  auto module = llvm::parseAssemblyString(text, diagnostic, context);
  EXPECT_TRUE(module) << diagnostic.getMessage().str();
  llvm::Triple triple(llvm::sys::getProcessTriple());
  std::string reason;
  auto *backend = llvm::TargetRegistry::lookupTarget(triple, reason);
  std::unique_ptr<llvm::TargetMachine> machine(backend->createTargetMachine(
      triple, "generic", "", {}, llvm::Reloc::PIC_, llvm::CodeModel::Small));
  module->setTargetTriple(triple);
  module->setDataLayout(machine->createDataLayout());
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream os(bytes);
  llvm::legacy::PassManager passes;
  EXPECT_FALSE(machine->addPassesToEmitFile(passes, os, nullptr,
                                            llvm::CodeGenFileType::ObjectFile));
  passes.run(*module);
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(
      std::move(bytes), "kernel", /*RequiresNullTerminator=*/false);
}

/// Clears buffer 0 with a call, and copies to buffer 1 a number that it finds
/// through a table of addresses.
const char *const callsAndTables = R"(
@first = internal constant double 2.5
@second = internal constant double 7.25
@table = internal constant [2 x ptr] [ptr @first, ptr @second]
declare ptr @memset(ptr, i32, i64)
define void @k(ptr %buffers, ptr %scalars, i64 %begin, i64 %end) {
  %p0 = load ptr, ptr %buffers
  %slot = getelementptr ptr, ptr %buffers, i64 1
  %p1 = load ptr, ptr %slot
  %r = call ptr @memset(ptr %p0, i32 0, i64 %end)
  %index = load i64, ptr %scalars
  %entry = getelementptr [2 x ptr], ptr @table, i64 0, i64 %index
  %address = load ptr, ptr %entry
  %value = load double, ptr %address
  store double %value, ptr %p1
  ret void
})";

/// A constant pool, which is found relative to the code.
const char *const constants = R"(
define void @c(ptr %buffers, ptr %scalars, i64 %begin, i64 %end) {
  %p0 = load ptr, ptr %buffers
  %x = load double, ptr %p0
  %y = fmul double %x, 3.14159
  store double %y, ptr %p0
  ret void
})";

TEST(CodeImage, RunsWhereverItLies) {
  auto calls = compile(callsAndTables), pool = compile(constants);
  auto image = linkCode(
      {{"c", pool->getMemBufferRef()}, {"k", calls->getMemBufferRef()}});
  ASSERT_TRUE(static_cast<bool>(image)) << toString(image.takeError());
  ASSERT_EQ(image->layout.imports.size(), 1u);
  EXPECT_EQ(image->layout.imports[0].first, "memset");
  EXPECT_EQ(image->layout.relocations.size(), 2u);
  mpcrt::LoadedCode a(image->bytes, image->layout),
      b(image->bytes, image->layout);
  for (const mpcrt::LoadedCode *code : {&a, &b}) {
    double zeros[2] = {1, 1}, result[1] = {0};
    char *buffers[2] = {reinterpret_cast<char *>(zeros),
                        reinterpret_cast<char *>(result)};
    for (int64_t index : {0, 1}) {
      code->find("k")(buffers, &index, 0, 16);
      EXPECT_EQ(result[0], index ? 7.25 : 2.5);
    }
    EXPECT_EQ(zeros[1], 0);
    char *one[1] = {reinterpret_cast<char *>(result)};
    code->find("c")(one, nullptr, 0, 1);
    EXPECT_EQ(result[0], 7.25 * 3.14159);
    EXPECT_EQ(code->find("none"), nullptr);
  }
}

TEST(CodeImage, UnknownFunctionsAreRefused) {
  auto object = compile(R"(
declare void @launch_missiles()
define void @k(ptr %b, ptr %s, i64 %x, i64 %y) {
  call void @launch_missiles()
  ret void
})");
  auto image = linkCode({{"k", object->getMemBufferRef()}});
  ASSERT_FALSE(static_cast<bool>(image));
  EXPECT_EQ(toString(image.takeError()),
            "kernel 'k' cannot be packaged: it calls 'launch_missiles', which "
            "packages cannot ask for");
}

TEST(CodeImage, AnObjectWithoutItsKernelIsRefused) {
  auto object = compile(constants);
  auto image = linkCode({{"other", object->getMemBufferRef()}});
  ASSERT_FALSE(static_cast<bool>(image));
  EXPECT_EQ(toString(image.takeError()),
            "kernel 'other' cannot be packaged: its object does not define it");
}

} // namespace
