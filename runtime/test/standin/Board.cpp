//===- Board.cpp - Where ranks of the stand-in leave notes ----------------===//
#include "Board.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <unistd.h>

namespace mpcrt::standin {

namespace {
/// The notes of this process by path, whichever board they are on.
struct OwnNotes {
  std::mutex mutex;
  std::map<std::string, Note> notes;
};
OwnNotes &ownNotes() {
  static OwnNotes all;
  return all;
}
} // namespace

std::string Board::makeDirectory() {
  const char *set = std::getenv("TMPDIR");
  std::string base = set                             ? set
                     : access("/dev/shm", W_OK) == 0 ? "/dev/shm"
                                                     : "/tmp";
  std::string pattern = base + "/mpcrt-nccl-XXXXXX";
  return mkdtemp(pattern.data()) ? pattern : "";
}

void Board::publish(const std::string &name, Note note, bool isShared) {
  std::string path = pathOf(name);
  // First in memory: what is found as a file only is another process's.
  if (!isShared || note.empty()) {
    std::lock_guard lock(ownNotes().mutex);
    ownNotes().notes[path] = note;
  }
  if (!isShared)
    return;
  // Nobody sees half of it.
  std::ofstream(path + ".new", std::ios::binary)
      .write(note.data(), static_cast<std::streamsize>(note.size()));
  std::rename((path + ".new").c_str(), path.c_str());
}

bool Board::isOwn(const std::string &name) const {
  std::lock_guard lock(ownNotes().mutex);
  return ownNotes().notes.count(pathOf(name));
}

std::optional<Note> Board::find(const std::string &name, bool isShared) const {
  std::string path = pathOf(name);
  {
    std::lock_guard lock(ownNotes().mutex);
    auto found = ownNotes().notes.find(path);
    if (found != ownNotes().notes.end())
      return found->second;
  }
  if (!isShared || access(path.c_str(), R_OK) != 0)
    return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  return Note(std::istreambuf_iterator<char>(file), {});
}

void Board::remove(const std::string &name, bool isShared) {
  if (isShared)
    unlink(pathOf(name).c_str());
  std::lock_guard lock(ownNotes().mutex);
  ownNotes().notes.erase(pathOf(name));
}

void Board::clear() {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  std::lock_guard lock(ownNotes().mutex);
  std::erase_if(ownNotes().notes, [&](const auto &entry) {
    return entry.first.starts_with(directory + "/");
  });
}

} // namespace mpcrt::standin
