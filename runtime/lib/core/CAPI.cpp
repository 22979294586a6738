//===- CAPI.cpp - The public calls ----------------------------------------===//
#include "../cpu/Matmul.h"
#include "../cpu/Team.h"
#include "../cuda/MatmulOperands.h"
#include "Error.h"
#include "Registry.h"
#include "Session.h"
#include "Status.h"
#include <cstring>

using namespace mpcrt;

struct mpcrt_executable {
  std::shared_ptr<const Executable> shared;
};

struct mpcrt_session {
  Session session;
};

static void requireArgument(bool given, const char *name) {
  if (!given)
    fail(MPCRT_INVALID_ARGUMENT, text("argument '", name, "' is NULL"));
}

int32_t mpcrt_version(void) { return MPCRT_ABI_VERSION; }

//===----------------------------------------------------------------------===//
// Executables
//===----------------------------------------------------------------------===//

static std::vector<mpcrt_kernel> resolveKernels(const Manifest &manifest,
                                                mpcrt_resolver resolve,
                                                void *context) {
  std::vector<mpcrt_kernel> kernels;
  for (const Kernel &kernel : manifest.kernels) {
    bool canFind = kernel.isOfHost() && resolve;
    kernels.push_back(canFind ? resolve(kernel.symbol.c_str(), context)
                              : nullptr);
    if (kernel.isOfHost() && !kernels.back())
      fail(MPCRT_NOT_FOUND, text("there is no kernel '", kernel.symbol, "'"));
  }
  return kernels;
}

mpcrt_status *mpcrt_executable_load(const char *manifest, size_t length,
                                    mpcrt_resolver resolve, void *context,
                                    mpcrt_executable **out) {
  return guard([&] {
    requireArgument(manifest, "manifest");
    requireArgument(out, "out");
    auto executable = std::make_shared<Executable>();
    executable->manifest = parseManifest({manifest, length});
    executable->kernels =
        resolveKernels(executable->manifest, resolve, context);
    *out = new mpcrt_executable{std::move(executable)};
  });
}

void mpcrt_executable_destroy(mpcrt_executable *executable) {
  delete executable;
}

static const Program *findProgram(const mpcrt_executable *executable,
                                  int32_t program) {
  const auto &programs = executable->shared->manifest.programs;
  bool exists = program >= 0 && program < static_cast<int32_t>(programs.size());
  return exists ? &programs[program] : nullptr;
}

int32_t mpcrt_executable_devices(const mpcrt_executable *executable) {
  return executable->shared->manifest.deviceCount();
}

int32_t mpcrt_executable_programs(const mpcrt_executable *executable) {
  return static_cast<int32_t>(executable->shared->manifest.programs.size());
}

const char *mpcrt_executable_program_name(const mpcrt_executable *executable,
                                          int32_t program) {
  const Program *found = findProgram(executable, program);
  return found ? found->name.c_str() : nullptr;
}

int32_t mpcrt_executable_find(const mpcrt_executable *executable,
                              const char *name) {
  const auto &programs = executable->shared->manifest.programs;
  for (size_t i = 0; name && i < programs.size(); ++i)
    if (programs[i].name == name)
      return static_cast<int32_t>(i);
  return -1;
}

int32_t mpcrt_executable_inputs(const mpcrt_executable *executable,
                                int32_t program) {
  const Program *found = findProgram(executable, program);
  return found ? static_cast<int32_t>(found->inputs.size()) : -1;
}

int32_t mpcrt_executable_outputs(const mpcrt_executable *executable,
                                 int32_t program) {
  const Program *found = findProgram(executable, program);
  return found ? static_cast<int32_t>(found->outputs.size()) : -1;
}

int32_t mpcrt_executable_variables(const mpcrt_executable *executable) {
  return static_cast<int32_t>(executable->shared->manifest.variables.size());
}

static mpcrt_tensor_info describe(const TensorInfo &tensor) {
  return {tensor.name.c_str(), tensor.shape.data(), tensor.bytes,
          static_cast<int32_t>(tensor.shape.size()), tensor.dtype};
}

static mpcrt_status *describeAt(const mpcrt_executable *executable,
                                int32_t program,
                                std::vector<TensorInfo> Program::*list,
                                int32_t index, mpcrt_tensor_info *out) {
  return guard([&] {
    requireArgument(out, "out");
    const Program *found = findProgram(executable, program);
    if (!found)
      fail(MPCRT_NOT_FOUND, text("there is no program ", program));
    const std::vector<TensorInfo> &tensors = found->*list;
    if (index < 0 || index >= static_cast<int32_t>(tensors.size()))
      fail(MPCRT_NOT_FOUND, text("program '", found->name, "' has ",
                                 tensors.size(), " of these, not ", index));
    *out = describe(tensors[index]);
  });
}

mpcrt_status *mpcrt_executable_input(const mpcrt_executable *executable,
                                     int32_t program, int32_t index,
                                     mpcrt_tensor_info *out) {
  return describeAt(executable, program, &Program::inputs, index, out);
}

mpcrt_status *mpcrt_executable_output(const mpcrt_executable *executable,
                                      int32_t program, int32_t index,
                                      mpcrt_tensor_info *out) {
  return describeAt(executable, program, &Program::outputs, index, out);
}

mpcrt_status *mpcrt_executable_variable(const mpcrt_executable *executable,
                                        int32_t index, mpcrt_tensor_info *out) {
  return guard([&] {
    requireArgument(out, "out");
    const auto &variables = executable->shared->manifest.variables;
    if (index < 0 || index >= static_cast<int32_t>(variables.size()))
      fail(MPCRT_NOT_FOUND, text("there is no variable ", index));
    *out = describe(variables[index].tensor);
  });
}

//===----------------------------------------------------------------------===//
// Sessions
//===----------------------------------------------------------------------===//

int32_t mpcrt_default_threads(int32_t devices) {
  return Team::defaultThreads(devices);
}

static mpcrt_options readOptions(const mpcrt_options *given) {
  mpcrt_options options = {};
  if (!given)
    return options;
  if (given->struct_size != sizeof(mpcrt_options))
    fail(MPCRT_INVALID_ARGUMENT,
         text("'struct_size' of the options is ", given->struct_size,
              ", expected ", sizeof(mpcrt_options)));
  constexpr int32_t mostThreads = 4096;
  if (given->threads_per_device < 0 || given->threads_per_device > mostThreads)
    fail(MPCRT_INVALID_ARGUMENT,
         text("'threads_per_device' is ", given->threads_per_device,
              ", expected 0 to ", mostThreads));
  return *given;
}

mpcrt_status *mpcrt_session_create(const mpcrt_executable *executable,
                                   const mpcrt_options *options,
                                   mpcrt_session **out) {
  return guard([&] {
    requireArgument(executable, "executable");
    requireArgument(out, "out");
    *out = new mpcrt_session{Session(executable->shared, readOptions(options))};
  });
}

void mpcrt_session_destroy(mpcrt_session *session) { delete session; }

mpcrt_status *mpcrt_session_run(mpcrt_session *session, int32_t program,
                                const mpcrt_buffer *inputs, size_t input_count,
                                const mpcrt_buffer *outputs,
                                size_t output_count) {
  return guard([&] {
    requireArgument(session, "session");
    requireArgument(inputs || !input_count, "inputs");
    requireArgument(outputs || !output_count, "outputs");
    session->session.run(program, {inputs, input_count},
                         {outputs, output_count});
  });
}

/// Moves a box of a variable between the host and the devices.
template <typename Move>
static mpcrt_status *moveBox(mpcrt_session *session, const char *variable,
                             const void *data, Move move) {
  return guard([&] {
    requireArgument(session, "session");
    requireArgument(variable, "variable");
    requireArgument(data, "data");
    move(session->session);
  });
}

mpcrt_status *mpcrt_session_write(mpcrt_session *session, const char *variable,
                                  const int64_t *begin, const int64_t *size,
                                  const void *data, size_t bytes) {
  return moveBox(session, variable, data, [&](Session &target) {
    target.write(variable, begin, size, data, bytes);
  });
}

mpcrt_status *mpcrt_session_read(mpcrt_session *session, const char *variable,
                                 const int64_t *begin, const int64_t *size,
                                 void *data, size_t bytes) {
  return moveBox(session, variable, data, [&](Session &source) {
    source.read(variable, begin, size, data, bytes);
  });
}

mpcrt_status *mpcrt_session_read_here(mpcrt_session *session,
                                      const char *variable,
                                      const int64_t *begin, const int64_t *size,
                                      void *data, size_t bytes) {
  return moveBox(session, variable, data, [&](Session &source) {
    source.readHere(variable, begin, size, data, bytes);
  });
}

mpcrt_status *mpcrt_session_input_rows(const mpcrt_session *session,
                                       int32_t program, int32_t input,
                                       uint8_t *rows, size_t count) {
  return guard([&] {
    requireArgument(session, "session");
    requireArgument(rows || !count, "rows");
    session->session.markRows(program, input, {rows, count});
  });
}

mpcrt_status *mpcrt_session_shard(const mpcrt_session *session,
                                  const char *variable, int32_t index,
                                  mpcrt_shard *out) {
  return guard([&] {
    requireArgument(session, "session");
    requireArgument(variable, "variable");
    requireArgument(out, "out");
    if (!session->session.shard(variable, index, *out))
      *out = {nullptr, nullptr, -1, 0};
  });
}

//===----------------------------------------------------------------------===//
// What happened
//===----------------------------------------------------------------------===//

mpcrt_status *mpcrt_session_memory(const mpcrt_session *session, int32_t device,
                                   mpcrt_memory *out) {
  return guard([&] {
    requireArgument(session, "session");
    requireArgument(out, "out");
    *out = session->session.memory(device);
  });
}

mpcrt_status *mpcrt_session_trace(const mpcrt_session *session,
                                  mpcrt_trace_event *events, size_t capacity,
                                  size_t *count) {
  return guard([&] {
    requireArgument(session, "session");
    requireArgument(events || !capacity, "events");
    requireArgument(count, "count");
    *count = session->session.trace(events, capacity);
  });
}

mpcrt_status *mpcrt_session_counters(const mpcrt_session *session,
                                     int32_t device, mpcrt_counters *out) {
  return guard([&] {
    requireArgument(session, "session");
    requireArgument(out, "out");
    *out = session->session.counters(device);
  });
}

static void checkDesc(const mpcrt_matmul_desc &desc) {
  auto known = [](int32_t dtype) { return dtype >= 0 && dtype < MPCRT_DTYPES; };
  if (!known(desc.dtype) || !known(desc.c_dtype))
    fail(MPCRT_INVALID_ARGUMENT, "unknown dtype of a matmul");
  if (desc.activation < 0 || desc.activation >= MPCRT_ACTIVATIONS)
    fail(MPCRT_INVALID_ARGUMENT, "unknown activation of a matmul");
  if (desc.batch_rank < 0 || desc.batch_rank > MPCRT_MAX_BATCH)
    fail(MPCRT_INVALID_ARGUMENT, text("'batch_rank' is ", desc.batch_rank,
                                      ", expected 0 to ", MPCRT_MAX_BATCH));
  bool empty = desc.m < 1 || desc.n < 1 || desc.k < 1;
  for (int32_t i = 0; i < desc.batch_rank; ++i)
    empty |= desc.batch[i] < 1;
  if (empty)
    fail(MPCRT_INVALID_ARGUMENT, "a matmul has a size below 1");
}

mpcrt_status *mpcrt_matmul_workspace(const mpcrt_matmul_desc *desc,
                                     int32_t threads, int64_t *bytes) {
  return guard([&] {
    requireArgument(desc, "desc");
    requireArgument(bytes, "bytes");
    checkDesc(*desc);
    if (threads < 1)
      fail(MPCRT_INVALID_ARGUMENT, text("'threads' is ", threads));
    TeamSize size(threads);
    *bytes = MatmulPlan(*desc).workspaceBytes();
  });
}

mpcrt_status *mpcrt_cuda_matmul_copies(const mpcrt_matmul_desc *desc,
                                       int64_t *bytes) {
  return guard([&] {
    requireArgument(desc, "desc");
    requireArgument(bytes, "bytes");
    checkDesc(*desc);
    *bytes = cuda::copiesBytes(*desc);
  });
}

mpcrt_status *mpcrt_target_check(const char *target) {
  return guard([&] {
    requireArgument(target, "target");
    if (auto *check = Registry::get().device(target).check)
      check();
  });
}

int32_t mpcrt_matmul_has_type(int32_t dtype) {
  return hasMatmul(dtype) ? 1 : 0;
}

int32_t mpcrt_matmul_has_fast_epilogue(const mpcrt_matmul_desc *desc) {
  return desc && hasFastEpilogue(*desc) ? 1 : 0;
}
