//===- Board.h - Where ranks of the stand-in leave notes --------*- C++ -*-===//
#ifndef MPCRT_TEST_STANDIN_BOARD_H
#define MPCRT_TEST_STANDIN_BOARD_H

#include <optional>
#include <string>
#include <vector>

namespace mpcrt::standin {

using Note = std::vector<char>;

/// Notes by name, from every rank for every rank. Those of this process are
/// found in memory, those of others as files of the directory.
class Board {
public:
  /// A new directory under $TMPDIR, /dev/shm or /tmp.
  static std::string makeDirectory();

  explicit Board(std::string directory) : directory(std::move(directory)) {}

  /// `isShared`: other processes read it too.
  void publish(const std::string &name, Note note, bool isShared);
  std::optional<Note> find(const std::string &name, bool isShared) const;
  /// Whether this process has published it.
  bool isOwn(const std::string &name) const;
  void remove(const std::string &name, bool isShared);
  /// All notes, and the directory.
  void clear();

private:
  std::string pathOf(const std::string &name) const {
    return directory + "/" + name;
  }
  std::string directory;
};

} // namespace mpcrt::standin

#endif // MPCRT_TEST_STANDIN_BOARD_H
