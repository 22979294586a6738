//===- Package.cpp - A package on disk ------------------------------------===//
#include "Package.h"
#include "ProgramRun.h"
#include "mpcrt/package/Machine.h"

namespace mpcrt {

void Package::fail(const std::string &message) const {
  throw FileError("package '" + path + "': " + message);
}

Package::Package(const std::string &path) : path(path), file(path) {
  try {
    members = readZipMembers(file);
  } catch (const FileError &error) {
    fail(std::string(error.what()) + "; write it again with 'mpc-run compile'");
  }
  for (const ZipMember &member : members)
    if (member.deflated)
      fail("'" + member.name + "' is compressed; packages are only stored");
  std::string text = read(packageManifestName);
  try {
    manifest = parsePackageManifest(text);
  } catch (const std::exception &error) {
    fail(std::string(packageManifestName) + ": " + error.what());
  }
}

const ZipMember &Package::find(const std::string &name) const {
  for (const ZipMember &member : members)
    if (member.name == name)
      return member;
  fail("there is no member '" + name + "': it is not a package of mpc");
}

std::string Package::read(const std::string &name) const {
  std::string bytes(find(name).size, '\0');
  readInto(name, bytes);
  return bytes;
}

void Package::readInto(const std::string &name, std::span<char> target) const {
  const ZipMember &member = find(name);
  if (member.size != target.size())
    fail("'" + name + "' has " + std::to_string(member.size) +
         " bytes, expected " + std::to_string(target.size()));
  try {
    readZipContent(file, member, target.data());
  } catch (const FileError &error) {
    fail(std::string(error.what()) + "; copy or compile the package again");
  }
}

/// Fails where this processor does not run the code.
static void checkProcessor(const Package &package,
                           const PackagedTarget &target) {
  if (target.arch != getArchitecture())
    package.fail("it is compiled for " + target.arch + ", this machine is " +
                 getArchitecture() + "; compile it on such a machine");
  std::string missing;
  for (const std::string &feature : findMissingFeatures(target.features))
    missing += (missing.empty() ? "" : ", ") + feature;
  if (!missing.empty())
    package.fail("its kernels need " + missing +
                 ", which this processor lacks; compile it here, or with "
                 "'mpc-run compile --cpu=x86-64-v3' or another common "
                 "processor");
}

const PackagedTarget &Package::chooseTarget() const {
  if (manifest.targets.empty()) {
    std::string names;
    for (const std::string &name : manifest.otherTargets)
      names += (names.empty() ? "'" : ", '") + name + "'";
    fail("it has code for " + (names.empty() ? "nothing" : names) +
         ", this runner has 'cpu' and 'cuda'");
  }
  const PackagedTarget &target = manifest.targets.front();
  if (!target.code.empty())
    checkProcessor(*this, target);
  check(mpcrt_target_check(target.target.c_str()));
  return target;
}

} // namespace mpcrt
