//===- Model.cpp - A package that runs ------------------------------------===//
#include "Model.h"
#include <algorithm>

namespace mpcrt {

static mpcrt_kernel findKernel(const char *symbol, void *context) {
  auto *code = static_cast<const LoadedCode *>(context);
  return code ? code->find(symbol) : nullptr;
}

PackagedModel::PackagedModel(const Package &package,
                             const ModelOptions &options)
    : package(package) {
  const PackagedTarget &target = package.chooseTarget();
  std::string manifest = package.read(target.executable);
  try {
    if (!target.code.empty())
      code = std::make_unique<LoadedCode>(package.read(target.code),
                                          target.layout);
    check(mpcrt_executable_load(manifest.data(), manifest.size(), findKernel,
                                code.get(), &executable));
  } catch (const RunFailure &error) {
    package.fail("'" + target.executable + "': " + error.what());
  }
  mpcrt_options native = {};
  native.struct_size = sizeof native;
  native.timeout_ms = static_cast<uint32_t>(options.timeoutMs);
  native.threads_per_device =
      options.threads ? options.threads : target.threads;
  try {
    check(mpcrt_session_create(executable, &native, &session));
    initialize(options);
  } catch (...) {
    if (session)
      mpcrt_session_destroy(session);
    mpcrt_executable_destroy(executable);
    throw;
  }
}

PackagedModel::~PackagedModel() {
  mpcrt_session_destroy(session);
  mpcrt_executable_destroy(executable);
}

static Array drawInitial(const InitialValue &initial,
                         const mpcrt_tensor_info &info, uint64_t seed) {
  Array array = makeArray(info);
  size_t count = array.bytes.size() / elementBytes(array.type);
  std::vector<float> values(count);
  drawInitialValues(initial.distribution, seed, initial.name, values);
  convert(ElementType::F32, reinterpret_cast<const char *>(values.data()),
          array.type, array.bytes.data(), static_cast<int64_t>(count));
  return array;
}

/// The array's elements as the variable has them.
static Array convertTo(const mpcrt_tensor_info &info, const Array &source) {
  Array array = makeArray(info);
  size_t count = array.bytes.size() / elementBytes(array.type);
  if (source.bytes.size() / elementBytes(source.type) != count)
    throw FileError("variable '" + array.name + "' has shape " +
                    printShape(array.shape) + ", tensor '" + source.name +
                    "' of the weights has " + printShape(source.shape));
  convert(source.type, source.bytes.data(), array.type, array.bytes.data(),
          static_cast<int64_t>(count));
  return array;
}

Array PackagedModel::makeInitial(const PackagedVariable &variable,
                                 const mpcrt_tensor_info &info,
                                 uint64_t seed) const {
  const InitialValue &initial = variable.initial;
  if (initial.source == InitialValue::Source::Drawn)
    return drawInitial(initial, info, seed);
  if (initial.source == InitialValue::Source::Given)
    package.fail("variable '" + variable.name + "' starts from tensor '" +
                 initial.name +
                 "', which the package does not hold; give --weights=FILE");
  Array stored = makeArray(info);
  stored.type = initial.type;
  stored.bytes.resize(static_cast<size_t>(info.bytes) /
                      elementBytes(makeArray(info).type) *
                      elementBytes(initial.type));
  package.readInto(initial.name, stored.bytes);
  return convertTo(info, stored);
}

static const Array *findArray(const std::vector<Array> &arrays,
                              const std::string &name) {
  auto it = std::find_if(arrays.begin(), arrays.end(), [&](const Array &array) {
    return array.name == name;
  });
  return it == arrays.end() ? nullptr : &*it;
}

/// The array of the weights file that a variable starts from, or null.
static const Array *findGiven(const std::vector<Array> &given,
                              const PackagedVariable &variable) {
  if (const Array *own = findArray(given, variable.name))
    return own;
  return variable.initial.source == InitialValue::Source::Given
             ? findArray(given, variable.initial.name)
             : nullptr;
}

void PackagedModel::initialize(const ModelOptions &options) {
  std::vector<Array> given;
  if (!options.weights.empty())
    given = readWeights(options.weights);
  const PackageManifest &manifest = package.getManifest();
  uint64_t seed = options.seed.value_or(manifest.seed);
  std::map<std::string, const PackagedVariable *> byName;
  for (const PackagedVariable &variable : manifest.variables)
    byName[variable.name] = &variable;
  bool anyGiven = false;
  for (int32_t i = 0; i < mpcrt_executable_variables(executable); ++i) {
    mpcrt_tensor_info info;
    check(mpcrt_executable_variable(executable, i, &info));
    auto it = byName.find(info.name);
    if (it == byName.end())
      package.fail("variable '" + std::string(info.name) +
                   "' has no initial value");
    const Array *own = findGiven(given, *it->second);
    anyGiven |= own != nullptr;
    Array array =
        own ? convertTo(info, *own) : makeInitial(*it->second, info, seed);
    check(mpcrt_session_write(session, info.name, nullptr, nullptr,
                              array.bytes.data(), array.bytes.size()));
  }
  if (!options.weights.empty() && !anyGiven)
    throw FileError("weights '" + options.weights +
                    "' have no tensor with the name of a variable");
}

std::vector<Array> PackagedModel::readVariables() {
  std::vector<Array> arrays;
  for (int32_t i = 0; i < mpcrt_executable_variables(executable); ++i) {
    mpcrt_tensor_info info;
    check(mpcrt_executable_variable(executable, i, &info));
    Array array = makeArray(info);
    check(mpcrt_session_read(session, info.name, nullptr, nullptr,
                             array.bytes.data(), array.bytes.size()));
    arrays.push_back(std::move(array));
  }
  return arrays;
}

} // namespace mpcrt
