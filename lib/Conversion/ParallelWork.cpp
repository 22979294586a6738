//===- ParallelWork.cpp - several threads, one list -----------------------===//

#include "ParallelWork.h"
#include <thread>
#include <vector>

llvm::Error mpc::workInParallel(size_t threads,
                                llvm::function_ref<llvm::Error()> work) {
  std::vector<llvm::Error> errors;
  for (size_t i = 0; i < threads; ++i)
    errors.push_back(llvm::Error::success());
  auto run = [&](size_t thread) {
    llvm::Error error = work();
    errors[thread] =
        llvm::joinErrors(std::move(errors[thread]), std::move(error));
  };
  std::vector<std::thread> others;
  for (size_t i = 1; i < threads; ++i)
    others.emplace_back(run, i);
  run(0);
  for (std::thread &other : others)
    other.join();
  llvm::Error all = llvm::Error::success();
  for (llvm::Error &error : errors)
    all = llvm::joinErrors(std::move(all), std::move(error));
  return all;
}
