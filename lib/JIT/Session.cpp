//===- Session.cpp - variables and runs of a compiled model ---------------===//

#include "mpc/JIT/Session.h"

using namespace mlir;
using namespace mpc;

llvm::Expected<std::unique_ptr<Session>>
Session::create(const CompiledModel &model, const SessionOptions &options) {
  std::unique_ptr<Session> session(new Session(model, options.world));
  mpcrt_options native = {};
  native.struct_size = sizeof native;
  native.timeout_ms = options.timeoutMs;
  native.threads_per_device = model.getThreadsPerDevice();
  native.isolate = options.isolate;
  native.trace = options.trace;
  native.world = options.world ? options.world->getRuntime() : nullptr;
  if (llvm::Error error = toError(
          mpcrt_session_create(model.getRuntime(), &native, &session->session)))
    return error;
  if (llvm::Error error = session->countAllocated())
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

llvm::Expected<std::vector<VariableShard>>
Session::getShards(StringRef variable) const {
  mpcrt_tensor_info info = {};
  int32_t count = mpcrt_executable_variables(model.getRuntime());
  for (int32_t i = 0; i < count && info.name != variable; ++i)
    if (llvm::Error error =
            toError(mpcrt_executable_variable(model.getRuntime(), i, &info)))
      return error;
  std::vector<VariableShard> shards;
  for (mpcrt_shard shard = {};;) {
    if (llvm::Error error = toError(
            mpcrt_session_shard(session, variable.str().c_str(),
                                static_cast<int32_t>(shards.size()), &shard)))
      return error;
    if (shard.device < 0)
      return shards;
    shards.push_back({{shard.begin, shard.begin + info.rank},
                      {shard.size, shard.size + info.rank},
                      shard.is_here != 0});
  }
}

llvm::Error Session::readHere(StringRef variable, const VariableShard &shard,
                              MutableArrayRef<char> bytes) {
  return toError(mpcrt_session_read_here(session, variable.str().c_str(),
                                         shard.begin.data(), shard.size.data(),
                                         bytes.data(), bytes.size()));
}

/// Each process knows of its own devices.
llvm::Error Session::countAllocated() {
  for (int32_t device = 0;
       device < mpcrt_executable_devices(model.getRuntime()); ++device) {
    mpcrt_memory memory = {};
    // Of another process's device there is nothing to tell.
    if (mpcrt_status *status = mpcrt_session_memory(session, device, &memory))
      mpcrt_status_destroy(status);
    allocated.push_back(memory.allocated);
  }
  if (!world)
    return llvm::Error::success();
  auto lists = world->shareAll<int64_t>("allocated bytes", allocated);
  if (!lists)
    return lists.takeError();
  for (auto &list : *lists)
    for (auto [own, other] : llvm::zip_equal(allocated, list))
      own = std::max(own, other);
  return llvm::Error::success();
}

llvm::Expected<mpcrt_counters> Session::getCounters(int64_t device) const {
  mpcrt_counters counters = {};
  if (mpcrt_status *status = mpcrt_session_counters(session, device, &counters))
    mpcrt_status_destroy(status);
  if (!world)
    return counters;
  auto all = world->share<mpcrt_counters>("counters", counters);
  if (!all)
    return all.takeError();
  int64_t perRank =
      mpcrt_executable_devices(model.getRuntime()) / world->getSize();
  return (*all)[device / perRank];
}
