//===- PackageTest.cpp - Packages, good and bad ---------------------------===//
#include "TestSession.h"
#include "mpcrt/package/Check.h"
#include "mpcrt/package/Machine.h"
#include "mpcrt/package/Runner.h"
#include "package/Model.h"
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <random>
#include <unistd.h>

using namespace mpcrt;
using namespace mpcrt::test;

namespace {

/// A package without kernels: main copies variables "w" (stored) and "r"
/// (normal) to outputs, and input "x" to another.
class PackageTest : public ::testing::Test {
protected:
  PackageTest() {
    std::string pattern = ::testing::TempDir() + "mpcpkg-XXXXXX";
    folder = ::mkdtemp(pattern.data());
    path = folder + "/a.mpcpkg";
    manifest.tool = "test";
    PackagedTarget target;
    target.target = "cpu";
    target.arch = getArchitecture();
    target.executable = "cpu/executable.json";
    target.code = "cpu/kernels.bin";
    manifest.targets = {target};
    InitialValue stored{
        InitialValue::Source::Stored, {}, "weights/0", ElementType::F32};
    InitialValue drawn{InitialValue::Source::Drawn,
                       {DistributionKind::Normal, 1, 2},
                       "r",
                       ElementType::F32};
    manifest.variables = {{"w", stored}, {"r", drawn}};
    manifest.inputs = {{"x", 10, {}}};
    addMembers();
  }
  ~PackageTest() override {
    std::string command = "rm -rf '" + folder + "'";
    EXPECT_EQ(std::system(command.c_str()), 0);
  }

  void addMembers() {
    ManifestBuilder b(1);
    b.input("x", "i64", {4}).output("w", "f32", {4}).output("r", "f32", {4});
    b.output("x", "i64", {4});
    b.variable("w", "f32", {4}, {shard(0, 0, {0}, {4})});
    b.variable("r", "f32", {4}, {shard(0, 64, {0}, {4})});
    int body =
        b.body({16, 16, 32}, {feed(0, 2, {0}, {4}), fetch(0, 0, {0}, {4}),
                              fetch(1, 1, {0}, {4}), fetch(2, 2, {0}, {4})});
    b.act(0, body, {0, 64, 128}, {0});
    members["cpu/executable.json"] = b.manifest.dump();
    members["cpu/kernels.bin"] = "";
    const float w[4] = {1, 2, 3, 4};
    members["weights/0"] =
        std::string(reinterpret_cast<const char *>(w), sizeof w);
  }

  /// Writes the package; `change` may edit the text of package.json.
  void write(const std::function<void(std::string &)> &change = {}) {
    std::string text = writePackageManifest(manifest);
    if (change)
      change(text);
    OutputFile file(path);
    ZipFileWriter zip([&](std::string_view bytes) { file.append(bytes); });
    for (const auto &[name, bytes] : members)
      zip.add(name, bytes, "");
    zip.add(packageManifestName, text, "");
    zip.finish();
    file.commit();
  }

  std::string readBytes() {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  void writeBytes(std::string_view bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

  /// Loads and runs what is at `path`; the message of what went wrong.
  std::string tryRun(ModelOptions options = {}) {
    try {
      Package package(path);
      PackagedModel model(package, options);
      ProgramRun program = model.getProgram("main");
      program.drawInputs(package.getManifest().inputs, 1, 1);
      program.run();
      outputs = program.getOutputs();
      return "";
    } catch (const std::exception &error) {
      return error.what();
    }
  }
  void expectError(const std::string &part, ModelOptions options = {}) {
    std::string message = tryRun(options);
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }

  std::string folder, path;
  PackageManifest manifest;
  std::map<std::string, std::string> members;
  std::vector<Array> outputs;
};

float elementOf(const Array &array, size_t index) {
  float value = 0;
  std::memcpy(&value, array.bytes.data() + index * sizeof value, sizeof value);
  return value;
}

TEST_F(PackageTest, startsFromStoredAndDrawnValues) {
  write();
  ASSERT_EQ(tryRun(), "");
  EXPECT_EQ(elementOf(outputs[0], 3), 4.0f);
  float drawn[4];
  drawInitialValues({DistributionKind::Normal, 1, 2}, 0, "r", drawn);
  EXPECT_EQ(std::memcmp(outputs[1].bytes.data(), drawn, sizeof drawn), 0);
  ModelOptions other;
  other.seed = 7;
  ASSERT_EQ(tryRun(other), "");
  EXPECT_NE(std::memcmp(outputs[1].bytes.data(), drawn, sizeof drawn), 0);
}

TEST_F(PackageTest, weightsOfFilesGoFirst) {
  const float values[4] = {9, 8, 7, 6};
  std::string bytes(reinterpret_cast<const char *>(values), sizeof values);
  writeArrays(folder + "/w.npz", {{"w", ElementType::F32, {4}, bytes}});
  write();
  ModelOptions options;
  options.weights = folder + "/w.npz";
  ASSERT_EQ(tryRun(options), "");
  EXPECT_EQ(elementOf(outputs[0], 0), 9.0f);
  std::string header =
      R"({"t":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})";
  uint64_t size = header.size();
  std::string prefix(reinterpret_cast<const char *>(&size), 8);
  options.weights = folder + "/w.safetensors";
  std::ofstream(options.weights, std::ios::binary) << prefix << header << bytes;
  expectError("no tensor with the name of a variable", options);
  manifest.variables[0].initial = {
      InitialValue::Source::Given, {}, "t", ElementType::F32};
  write();
  ASSERT_EQ(tryRun(options), "");
  EXPECT_EQ(elementOf(outputs[0], 3), 6.0f);
  expectError("variable 'w' starts from tensor 't', which the package does not "
              "hold; give --weights");
  std::ofstream(options.weights, std::ios::binary) << prefix << header << "cut";
  expectError("cut short", options);
}

TEST_F(PackageTest, manifestsSurviveTheirText) {
  manifest.seed = ~uint64_t{0};
  manifest.variables.push_back({"inf",
                                {InitialValue::Source::Drawn,
                                 {DistributionKind::Constant, -HUGE_VAL, 0},
                                 "",
                                 {}}});
  manifest.training = {"mse", "sgd", 0.1, true};
  manifest.check = {2, {0.1, 1e300}, 0xffffffff};
  manifest.targets[0].layout.kernels["k"] = 64;
  manifest.targets[0].layout.imports = {{"memset", 8}};
  manifest.targets[0].layout.relocations = {16, 24};
  std::string text = writePackageManifest(manifest);
  PackageManifest back = parsePackageManifest(text);
  EXPECT_EQ(writePackageManifest(back), text);
  EXPECT_EQ(back.variables[2].initial.distribution.a, -HUGE_VAL);
}

TEST_F(PackageTest, refusesWhatItDoesNotKnow) {
  auto replace = [](std::string from, std::string to) {
    return [=](std::string &text) {
      text.replace(text.find(from), from.size(), to);
    };
  };
  write(replace("\"version\": 1", "\"version\": 2"));
  expectError("package.json: the package has version 2, this runner reads "
              "version 1; compile it");
  write(replace("\"kind\": \"stored\"", "\"kind\": \"magic\""));
  expectError("variables[0].initial.kind: unknown kind 'magic'");
  write(replace("\"target\": \"cpu\"", "\"target\": \"abacus\""));
  expectError("it has code for 'abacus', this runner has 'cpu' and 'cuda'");
  write(replace("\"tool\"", "\"toll\""));
  expectError("unknown field 'toll'");
  write([](std::string &text) { text = "{"; });
  expectError("package.json: ");
  members.erase("cpu/kernels.bin");
  write();
  expectError("there is no member 'cpu/kernels.bin'");
}

TEST_F(PackageTest, refusesOtherMachines) {
  manifest.targets[0].arch = "vax";
  write();
  expectError("it is compiled for vax, this machine is " + getArchitecture());
  manifest.targets[0].arch = getArchitecture();
  manifest.targets[0].features = {"something-for-the-system"};
  write();
  EXPECT_EQ(tryRun(), "");
#ifdef __x86_64__
  // No processor has these two.
  manifest.targets[0].features = {"sse4.2", "xop", "avx512vp2intersect"};
  write();
  expectError("which this processor lacks; compile it here, or with "
              "'mpc-run compile --cpu=x86-64-v3'");
#endif
}

TEST_F(PackageTest, refusesCodeThatLeavesItsBlock) {
  CodeLayout layout;
  layout.kernels["k"] = 57;
  std::string code(64, '\0');
  auto message = [&] {
    try {
      LoadedCode loaded(code, layout);
      return std::string();
    } catch (const FileError &error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(message(), "kernel 'k' at byte 57 leaves the code of 64 bytes");
  layout.kernels["k"] = 0;
  layout.imports = {{"system", 8}};
  EXPECT_EQ(message(),
            "kernels call 'system', which this runner does not have");
  layout.imports = {{"memset", ~uint64_t{0}}};
  EXPECT_NE(message(), "");
  layout.imports = {};
  layout.relocations = {~uint64_t{0} - 3};
  EXPECT_NE(message(), "");
  layout.relocations = {56};
  EXPECT_EQ(message(), "");
}

TEST_F(PackageTest, truncationsAndDamageAreErrors) {
  write();
  std::string good = readBytes();
  ASSERT_EQ(tryRun(), "");
  std::vector<Array> wanted = outputs;
  for (size_t size = 0; size < good.size(); size += 7) {
    writeBytes(good.substr(0, size));
    expectError("package '" + path + "'");
  }
  std::mt19937 random(1);
  for (int i = 0; i < 1000; ++i) {
    std::string bad = good;
    bad[random() % bad.size()] ^= static_cast<char>(1 + random() % 255);
    writeBytes(bad);
    if (!tryRun().empty())
      continue;
    // What got through did not touch anything (a time stamp, say).
    for (size_t o = 0; o < wanted.size(); ++o)
      EXPECT_EQ(outputs[o].bytes, wanted[o].bytes);
  }
}

TEST_F(PackageTest, checksCompareRuns) {
  write();
  Package package(path);
  PackagedModel model(package, {});
  PackagedCheck check = runCheck(model.getExecutable(), model.getSession(),
                                 package.getManifest(), 2);
  ASSERT_EQ(check.values.size(), 3u);
  EXPECT_NEAR(check.values[0], std::sqrt(30.0), 1e-9);
  manifest.check = check;
  write();
  char tool[] = "mpc-exec", verify[] = "verify", exact[] = "--tolerance=0";
  char *words[] = {tool, verify, path.data(), exact};
  EXPECT_EQ(runPackageCommand("mpc-exec", 4, words), 0);
  manifest.check->values[0] *= 1.001;
  write();
  EXPECT_EQ(runPackageCommand("mpc-exec", 4, words), 1);
  manifest.check.reset();
  write();
  EXPECT_EQ(runPackageCommand("mpc-exec", 4, words), 2);
}

} // namespace
