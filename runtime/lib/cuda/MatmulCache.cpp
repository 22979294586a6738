//===- MatmulCache.cpp - Chosen algorithms on disk ------------------------===//
#include "MatmulCache.h"
#include "../core/Error.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace mpcrt::cuda {

namespace fs = std::filesystem;

static fs::path folder() {
  auto get = [](const char *name) -> fs::path {
    const char *value = std::getenv(name);
    return value ? value : "";
  };
  if (fs::path own = get("MPC_CACHE_DIR"); !own.empty())
    return own;
  if (fs::path cache = get("XDG_CACHE_HOME"); !cache.empty())
    return cache / "mpc";
  fs::path home = get("HOME");
  return home.empty() ? home : home / ".cache" / "mpc";
}

static std::string fileName(const std::string &gpu, size_t version) {
  std::string name = text("matmul-", version, "-", gpu, ".txt");
  for (char &c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '.')
      c = '_';
  return name;
}

MatmulCache &MatmulCache::of(const std::string &gpu, size_t version) {
  static std::mutex mutex;
  static std::map<std::string, MatmulCache> caches;
  std::lock_guard lock(mutex);
  fs::path where = folder();
  std::string path =
      where.empty() ? "" : (where / fileName(gpu, version)).string();
  auto [it, isNew] = caches.try_emplace(path.empty() ? gpu : path);
  if (isNew) {
    it->second.path = path;
    it->second.load();
  }
  return it->second;
}

/// A line of the file, or nothing where it is damaged.
static std::optional<std::pair<std::string, LtHeuristic>>
parseLine(const std::string &line) {
  std::istringstream in(line);
  std::string problem, bytes, code;
  if (!std::getline(in, problem, '\t') || !std::getline(in, bytes, '\t') ||
      !std::getline(in, code))
    return std::nullopt;
  constexpr size_t digits = 16, words = 8;
  auto isNumber = [](const std::string &text, const char *allowed) {
    return !text.empty() && text.find_first_not_of(allowed) == text.npos;
  };
  if (code.size() != digits * words || bytes.size() > digits ||
      !isNumber(bytes, "0123456789") || !isNumber(code, "0123456789abcdef"))
    return std::nullopt;
  LtHeuristic choice = {};
  choice.workspaceBytes = std::strtoull(bytes.c_str(), nullptr, 10);
  for (size_t i = 0; i < words; ++i)
    choice.algorithm.data[i] =
        std::strtoull(code.substr(i * digits, digits).c_str(), nullptr, 16);
  return std::pair(problem, choice);
}

void MatmulCache::load() {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);)
    if (auto parsed = parseLine(line))
      choices.insert(*parsed);
}

void MatmulCache::save() const {
  if (path.empty())
    return;
  std::error_code ignored;
  fs::create_directories(fs::path(path).parent_path(), ignored);
  std::string aside = text(path, ".", getpid());
  {
    std::ofstream out(aside);
    for (const auto &[problem, choice] : choices) {
      out << problem << '\t' << choice.workspaceBytes << '\t';
      for (uint64_t word : choice.algorithm.data) {
        char digits[17];
        std::snprintf(digits, sizeof digits, "%016llx",
                      static_cast<unsigned long long>(word));
        out << digits;
      }
      out << '\n';
    }
    if (!out.flush())
      return;
  }
  fs::rename(aside, path, ignored);
}

std::optional<LtHeuristic> MatmulCache::find(const std::string &problem) {
  std::lock_guard lock(mutex);
  auto found = choices.find(problem);
  if (found == choices.end())
    return std::nullopt;
  return found->second;
}

void MatmulCache::add(const std::string &problem, const LtHeuristic &choice) {
  std::lock_guard lock(mutex);
  choices[problem] = choice;
  save();
}

} // namespace mpcrt::cuda
