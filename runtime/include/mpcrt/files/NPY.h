//===- NPY.h - NumPy's files ------------------------------------*- C++ -*-===//
//
// .npy holds one array behind a line of text, .npz is a zip archive of them.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_FILES_NPY_H
#define MPCRT_FILES_NPY_H

#include "mpcrt/files/ElementType.h"
#include <span>
#include <vector>

namespace mpcrt {

/// The text before the numbers of a .npy file.
struct ArrayHeader {
  ElementType type = ElementType::F32;
  bool fortranOrder = false;
  std::vector<int64_t> shape;
  size_t dataOffset = 0;
};

/// `content` is the whole file; the data's size is not checked here. Versions 1
/// to 3, little-endian numbers and bool.
ArrayHeader parseArrayHeader(std::string_view content);

/// Magic, version 1 and the dictionary, padded to a multiple of 64 bytes. The
/// type must not be bf16, which NumPy lacks.
std::string writeArrayHeader(ElementType type, std::span<const int64_t> shape);

/// Copies a column-major array of `width`-byte elements to row-major `target`.
void copyRowMajor(std::span<const int64_t> shape, size_t width,
                  const char *columns, char *target);

/// An array in memory, dense and row-major.
struct Array {
  std::string name;
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;
  std::string bytes;
};

/// All arrays of a .npz file in the archive's order, names without ".npy".
/// Errors name file and member.
std::vector<Array> readArrays(const std::string &path);
/// Written aside and renamed; members are stored. bf16 is written as f32.
void writeArrays(const std::string &path, const std::vector<Array> &arrays);

/// The product of the extents; nothing where one is negative or it leaves
/// 2^63 - 1.
std::optional<int64_t> countElements(std::span<const int64_t> shape);

/// "[2, 3]"; "[]" for rank 0.
std::string printShape(std::span<const int64_t> shape);

} // namespace mpcrt

#endif // MPCRT_FILES_NPY_H
