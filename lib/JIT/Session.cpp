//===- Session.cpp - variables and runs of a compiled model ---------------===//

#include "mpc/JIT/Session.h"

using namespace mlir;
using namespace mpc;

llvm::Expected<std::unique_ptr<Session>>
Session::create(const CompiledModel &model, const SessionOptions &options) {
  std::unique_ptr<Session> session(new Session(model));
  mpcrt_options native = {};
  native.struct_size = sizeof native;
  native.timeout_ms = options.timeoutMs;
  native.threads_per_device = model.getThreadsPerDevice();
  native.isolate = options.isolate;
  native.trace = options.trace;
  if (llvm::Error error = toError(
          mpcrt_session_create(model.getRuntime(), &native, &session->session)))
    return error;
  return session;
}

Session::~Session() {
  if (session)
    mpcrt_session_destroy(session);
}

llvm::Error Session::run(StringRef program, ArrayRef<mpcrt_buffer> inputs,
                         ArrayRef<mpcrt_buffer> outputs) {
  int32_t index =
      mpcrt_executable_find(model.getRuntime(), program.str().c_str());
  if (index < 0)
    return llvm::createStringError("no program '" + program + "'");
  return toError(mpcrt_session_run(session, index, inputs.data(), inputs.size(),
                                   outputs.data(), outputs.size()));
}

llvm::Expected<std::vector<data::HostArray>>
Session::run(StringRef program, ArrayRef<const data::HostArray *> inputs) {
  const mpcrt_executable *runtime = model.getRuntime();
  int32_t index = mpcrt_executable_find(runtime, program.str().c_str());
  if (index < 0)
    return llvm::createStringError("no program '" + program + "'");
  std::vector<mpcrt_buffer> in, out;
  for (const data::HostArray *array : inputs)
    in.push_back(
        {const_cast<char *>(array->bytes().data()), array->bytes().size()});
  static constexpr data::ElementType types[] = {
      data::ElementType::F32, data::ElementType::F64,  data::ElementType::I64,
      data::ElementType::I32, data::ElementType::I8,   data::ElementType::U8,
      data::ElementType::I1,  data::ElementType::BF16, data::ElementType::F16};
  static_assert(std::size(types) == MPCRT_DTYPES);
  std::vector<data::HostArray> results;
  for (int32_t i = 0; i < mpcrt_executable_outputs(runtime, index); ++i) {
    mpcrt_tensor_info info;
    if (llvm::Error error =
            toError(mpcrt_executable_output(runtime, index, i, &info)))
      return error;
    auto array = data::HostArray::allocate(
        types[info.dtype],
        ArrayRef<int64_t>(info.shape, static_cast<size_t>(info.rank)));
    if (!array)
      return array.takeError();
    results.push_back(std::move(*array));
    out.push_back(
        {results.back().mutableBytes().data(), results.back().bytes().size()});
  }
  if (llvm::Error error = run(program, in, out))
    return error;
  return results;
}

llvm::Error Session::write(StringRef variable, ArrayRef<char> bytes) {
  return toError(mpcrt_session_write(session, variable.str().c_str(), nullptr,
                                     nullptr, bytes.data(), bytes.size()));
}

llvm::Error Session::read(StringRef variable, MutableArrayRef<char> bytes) {
  return toError(mpcrt_session_read(session, variable.str().c_str(), nullptr,
                                    nullptr, bytes.data(), bytes.size()));
}

std::vector<int64_t> Session::getAllocatedBytes() const {
  std::vector<int64_t> bytes;
  for (int32_t device = 0;
       device < mpcrt_executable_devices(model.getRuntime()); ++device) {
    mpcrt_memory memory = {};
    if (mpcrt_status *status = mpcrt_session_memory(session, device, &memory))
      mpcrt_status_destroy(status);
    bytes.push_back(memory.allocated);
  }
  return bytes;
}

mpcrt_counters Session::getCounters(int64_t device) const {
  mpcrt_counters counters = {};
  if (mpcrt_status *status = mpcrt_session_counters(session, device, &counters))
    mpcrt_status_destroy(status);
  return counters;
}
