//===- Threads.h - the threads of a GPU's block, on one CPU -----*- C++ -*-===//
//
// Every thread is a fiber that runs until it has to wait for others: at a
// barrier for its block, at a shuffle or a vote for its warp. Threads run one
// after the other, so that a missing barrier shows: who reads too early reads
// what nobody has written yet.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_TEST_LIB_GPUSIMULATOR_THREADS_H
#define MPC_TEST_LIB_GPUSIMULATOR_THREADS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include <cstdint>

namespace mpc::test {

/// In which order the threads of a block take turns.
enum class ThreadOrder { Ascending, Descending };

/// Runs `kernel` once for every thread of every block, block after block. Fails
/// where threads wait for each other forever.
llvm::Error runGrid(int64_t gridSize, int64_t blockSize, ThreadOrder order,
                    llvm::function_ref<void()> kernel);
/// The same for threads that never wait: much faster.
void runGridAlone(int64_t gridSize, int64_t blockSize, ThreadOrder order,
                  llvm::function_ref<void()> kernel);

// What the running thread asks for.
int32_t getThreadId();
int32_t getBlockId();
void waitForBlock();
/// The value of another lane; all 32 take part. `kind`: 0 xor, 1 index.
int32_t shuffle(int32_t value, int32_t operand, int32_t kind);
/// Bit i: the predicate of lane i.
int32_t ballot(bool predicate);

} // namespace mpc::test

#endif
