#include "mpc/Planner/RowLoads.h"
#include <algorithm>

using namespace mpc;

RowLoads::RowLoads(const ReducedProblem &problem)
    : problem(problem), rooms(problem.capacity),
      blockRoom((problem.rows() + blockSize - 1) / blockSize) {
  for (int block = 0; block < int(blockRoom.size()); ++block)
    refreshBlock(block);
}

void RowLoads::refreshBlock(int block) {
  auto begin = rooms.begin() + block * blockSize;
  auto end = std::min(begin + blockSize, rooms.end());
  blockRoom[block] = *std::min_element(begin, end);
}

void RowLoads::assign(const Assignment &assignment) {
  std::vector<std::int64_t> change(rooms.size() + 1);
  for (int v = 0; v < problem.size(); ++v)
    for (const auto &piece : problem.pieces(v)) {
      change[piece.begin] += piece.excess[assignment[v]];
      change[piece.end] -= piece.excess[assignment[v]];
    }
  settle(change);
}

void RowLoads::assignFloor(llvm::function_ref<bool(int v, int value)> alive) {
  std::vector<std::int64_t> change(rooms.size() + 1);
  for (int v = 0; v < problem.size(); ++v)
    for (const auto &piece : problem.pieces(v)) {
      std::int64_t least = INT64_MAX;
      for (int y = 0; y < problem.domain(v); ++y)
        if (alive(v, y))
          least = std::min(least, piece.excess[y]);
      change[piece.begin] += least;
      change[piece.end] -= least;
    }
  settle(change);
}

/// Turns changes of load from row to row into rooms.
void RowLoads::settle(const std::vector<std::int64_t> &change) {
  std::int64_t load = 0;
  for (std::size_t row = 0; row < rooms.size(); ++row)
    rooms[row] = problem.capacity[row] - (load += change[row]);
  for (int block = 0; block < int(blockRoom.size()); ++block)
    refreshBlock(block);
}

void RowLoads::add(int begin, int end, std::int64_t bytes) {
  while (begin < end) {
    int block = begin / blockSize,
        stop = std::min(end, (block + 1) * blockSize);
    bool whole = stop - begin == blockSize;
    for (int row = begin; row < stop; ++row)
      rooms[row] -= bytes;
    if (whole)
      blockRoom[block] -= bytes;
    else
      refreshBlock(block);
    begin = stop;
  }
}

void RowLoads::move(int v, int from, int to) {
  for (const auto &piece : problem.pieces(v))
    if (std::int64_t more = piece.excess[to] - piece.excess[from])
      add(piece.begin, piece.end, more);
}

bool RowLoads::atLeast(int begin, int end, std::int64_t bytes) const {
  while (begin < end) {
    int block = begin / blockSize,
        stop = std::min(end, (block + 1) * blockSize);
    if (blockRoom[block] < bytes)
      for (int row = begin; row < stop; ++row)
        if (rooms[row] < bytes)
          return false;
    begin = stop;
  }
  return true;
}

std::int64_t RowLoads::leastRoom(int begin, int end) const {
  std::int64_t least = INT64_MAX;
  while (begin < end) {
    int block = begin / blockSize,
        stop = std::min(end, (block + 1) * blockSize);
    if (stop - begin == blockSize)
      least = std::min(least, blockRoom[block]);
    else
      least = std::min(least, *std::min_element(rooms.begin() + begin,
                                                rooms.begin() + stop));
    begin = stop;
  }
  return least;
}

bool RowLoads::fits(int v, int from, int to) const {
  for (const auto &piece : problem.pieces(v)) {
    std::int64_t more = piece.excess[to] - piece.excess[from];
    if (more > 0 && !atLeast(piece.begin, piece.end, more))
      return false;
  }
  return true;
}

std::int64_t RowLoads::leastRoom() const {
  return blockRoom.empty()
             ? 0
             : *std::min_element(blockRoom.begin(), blockRoom.end());
}

int RowLoads::tightestRow() const {
  return int(std::min_element(rooms.begin(), rooms.end()) - rooms.begin());
}

void RowPrices::refresh() {
  for (std::size_t row = 0; row < price.size(); ++row)
    prefix[row + 1] = prefix[row] + price[row];
}

double RowPrices::capacityValue() const {
  double value = 0;
  for (std::size_t row = 0; row < price.size(); ++row)
    value += price[row] * double(problem.capacity[row]);
  return value;
}
