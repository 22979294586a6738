//===- Package.cpp - compiled programs in a file --------------------------===//

#include "mpc/JIT/Package.h"
#include "mpc/Data/Zip.h"
#include "mpc/JIT/Session.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace mpc;

namespace {
class PackageBuilder {
public:
  PackageBuilder(const PackageContents &contents,
                 mpcrt::PackageManifest &manifest, data::ZipWriter &zip)
      : contents(contents), manifest(manifest), zip(zip) {}

  llvm::Error write();
  PackageSizes sizes;

private:
  llvm::Error add(StringRef name, StringRef bytes) {
    return zip.add(name, bytes, "");
  }
  llvm::Error addCode();
  llvm::Error addVariable(VariableOp variable);
  llvm::Error storeTensor(VariableOp source, StringRef tensor,
                          mpcrt::InitialValue &initial);

  const PackageContents &contents;
  mpcrt::PackageManifest &manifest;
  data::ZipWriter &zip;
  /// Tensors that are stored: a master starts from its variable's.
  llvm::StringMap<mpcrt::InitialValue> stored;
};
} // namespace

llvm::Error PackageBuilder::addCode() {
  llvm::Expected<PackagedCode> code = contents.compiled.getTarget().package();
  if (!code)
    return code.takeError();
  std::string executable = contents.compiled.getExecutable().manifest.dump();
  sizes.kernels = code->kernels;
  sizes.codeBytes = code->codeBytes;
  llvm::XXH128_hash_t hash =
      llvm::xxh3_128bits(llvm::arrayRefFromStringRef(executable + code->bytes));
  manifest.hash =
      llvm::formatv("{0:x-16}{1:x-16}", hash.high64, hash.low64).str();
  const mpcrt::PackagedTarget &target = code->target;
  if (llvm::Error error = add(target.executable, executable))
    return error;
  if (!target.code.empty())
    if (llvm::Error error = add(target.code, code->bytes))
      return error;
  manifest.targets.push_back(std::move(code->target));
  return llvm::Error::success();
}

/// Adds the tensor's bytes as a member.
llvm::Error PackageBuilder::storeTensor(VariableOp source, StringRef tensor,
                                        mpcrt::InitialValue &initial) {
  if (auto it = stored.find(tensor); it != stored.end()) {
    initial = it->second;
    return llvm::Error::success();
  }
  if (!contents.weights)
    return llvm::createStringError("tensor '" + tensor +
                                   "' is needed; give --weights=FILE");
  llvm::Expected<data::HostArray> values = contents.weights->read(tensor);
  if (!values)
    return values.takeError();
  if (values->shape() != source.getFileShape())
    return llvm::createStringError(
        "variable '" + source.getSymName() + "' has shape " +
        data::shapeText(source.getFileShape()) + ", tensor '" + tensor +
        "' has " + data::shapeText(values->shape()));
  initial.source = mpcrt::InitialValue::Source::Stored;
  initial.name = "weights/" + std::to_string(stored.size());
  initial.type = values->type();
  stored[tensor] = initial;
  sizes.weightBytes += values->bytes().size();
  return add(initial.name, {values->bytes().data(), values->bytes().size()});
}

llvm::Error PackageBuilder::addVariable(VariableOp variable) {
  VariableOp source = getInitialSource(variable);
  mpcrt::PackagedVariable packaged{variable.getSymName().str(), {}};
  mpcrt::InitialValue &initial = packaged.initial;
  auto file = dyn_cast<FileInitAttr>(source.getInit());
  if (!file) {
    initial.distribution = getDistribution(source.getInit());
    initial.name = source.getSymName();
  } else if (!contents.holdsWeights) {
    initial.source = mpcrt::InitialValue::Source::Given;
    initial.name = file.getTensor().getValue();
  } else {
    if (llvm::Error error =
            storeTensor(source, file.getTensor().getValue(), initial))
      return error;
  }
  manifest.variables.push_back(std::move(packaged));
  return llvm::Error::success();
}

llvm::Error PackageBuilder::write() {
  if (llvm::Error error = addCode())
    return error;
  ModuleOp variables = contents.variables;
  for (auto variable : variables.getOps<VariableOp>())
    if (llvm::Error error = addVariable(variable))
      return error;
  if (llvm::Error error = add(mpcrt::packageManifestName,
                              mpcrt::writePackageManifest(manifest)))
    return error;
  return zip.finish();
}

llvm::Expected<PackageSizes>
mpc::writePackage(StringRef path, const PackageContents &contents,
                  mpcrt::PackageManifest manifest) {
  llvm::Expected<data::AtomicFile> file = data::AtomicFile::create(path);
  if (!file)
    return file.takeError();
  data::ZipWriter zip(*file);
  PackageBuilder builder(contents, manifest, zip);
  if (llvm::Error error = builder.write())
    return error;
  builder.sizes.totalBytes = zip.getSize();
  if (llvm::Error error = file->commit())
    return error;
  return builder.sizes;
}
