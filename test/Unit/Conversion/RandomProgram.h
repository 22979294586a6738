//===- RandomProgram.h - random ops that can be fused -----------*- C++ -*-===//

#ifndef MPC_TEST_UNIT_CONVERSION_RANDOMPROGRAM_H
#define MPC_TEST_UNIT_CONVERSION_RANDOMPROGRAM_H

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

/// Ops on values of a few related shapes, so that many of them can be fused.
class RandomProgram {
public:
  explicit RandomProgram(unsigned seed) : engine(seed) {}
  std::string make(unsigned numOps) {
    int64_t n = pick<int64_t>({1, 2, 5, 16}), c = pick<int64_t>({1, 3, 17, 48});
    for (Shape shape : {Shape{n, c}, Shape{n, c}, Shape{n, 1}, Shape{c},
                        Shape{c, n}, Shape{}})
      addArgument(shape);
    while (ops < numOps)
      addOp();
    return "func.func @f(" + arguments + ") -> (" +
           typeOf(values.back().second) + ", " +
           typeOf(values[values.size() - 3].second) + ") {\n" + body +
           "  return %" + values.back().first + ", %" +
           values[values.size() - 3].first + " : " +
           typeOf(values.back().second) + ", " +
           typeOf(values[values.size() - 3].second) + "\n}\n";
  }

private:
  using Shape = std::vector<int64_t>;
  using Named = std::pair<std::string, Shape>;
  template <typename T> T pick(std::vector<T> choices) {
    return choices[engine() % choices.size()];
  }
  static std::string typeOf(const Shape &shape) {
    std::string text = "tensor<";
    for (int64_t size : shape)
      text += std::to_string(size) + "x";
    return text + "f32>";
  }
  void addArgument(const Shape &shape) {
    std::string name = "x" + std::to_string(values.size());
    arguments +=
        (arguments.empty() ? "%" : ", %") + name + ": " + typeOf(shape);
    values.emplace_back(name, shape);
  }
  void add(const std::string &text, const Shape &shape) {
    std::string name = "v" + std::to_string(ops++);
    body += "  %" + name + " = mpc." + text + "\n";
    values.emplace_back(name, shape);
  }
  /// The NumPy broadcast; none where sizes disagree.
  static std::optional<Shape> broadcast(Shape a, Shape b) {
    if (a.size() < b.size())
      std::swap(a, b);
    for (size_t i = 0; i < b.size(); ++i) {
      int64_t &size = a[a.size() - b.size() + i];
      if (size != b[i] && size != 1 && b[i] != 1)
        return std::nullopt;
      size = std::max(size, b[i]);
    }
    return a;
  }
  void addBinary(const Named &a, const Named &b) {
    std::optional<Shape> shape = broadcast(a.second, b.second);
    if (!shape)
      return;
    add(pick<std::string>({"add", "mul", "maximum", "sub"}) + " %" + a.first +
            ", %" + b.first + " : (" + typeOf(a.second) + ", " +
            typeOf(b.second) + ") -> " + typeOf(*shape),
        *shape);
  }
  void addReduce(const Named &a) {
    Shape shape = a.second;
    if (shape.empty())
      return;
    size_t dim = engine() % shape.size();
    shape[dim] = 1;
    add("reduce " + pick<std::string>({"sum", "max", "min"}) + " %" + a.first +
            " dims [" + std::to_string(dim) + "] : " + typeOf(a.second) +
            " -> " + typeOf(shape),
        shape);
  }
  void addView(const Named &a) {
    if (a.second.size() != 2)
      return;
    Shape turned{a.second[1], a.second[0]}, line{a.second[0] * a.second[1]};
    Shape cut{a.second[0], (a.second[1] + 1) / 2};
    switch (engine() % 3) {
    case 0:
      return add("transpose %" + a.first + " [1, 0] : " + typeOf(a.second) +
                     " -> " + typeOf(turned),
                 turned);
    case 1:
      return add("reshape %" + a.first + " : " + typeOf(a.second) + " to " +
                     typeOf(turned),
                 turned);
    default:
      return add("slice %" + a.first + " dim 1 start " +
                     std::to_string(a.second[1] - cut[1]) + " size " +
                     std::to_string(cut[1]) + " : " + typeOf(a.second) +
                     " -> " + typeOf(cut),
                 cut);
    }
  }
  void addMatmul(const Named &a, const Named &b) {
    if (a.second.size() != 2 || b.second.size() != 2 ||
        a.second[1] != b.second[0])
      return;
    Shape shape{a.second[0], b.second[1]};
    add("matmul %" + a.first + ", %" + b.first + " : (" + typeOf(a.second) +
            ", " + typeOf(b.second) + ") -> " + typeOf(shape),
        shape);
  }
  void addOp() {
    Named a = values[engine() % values.size()],
          b = values[engine() % values.size()];
    // Mostly what was made last: chains are what is fused.
    if (engine() % 2)
      a = values.back();
    switch (engine() % 8) {
    case 0:
      return addReduce(a);
    case 1:
      return addView(a);
    case 2:
      return addMatmul(a, b);
    case 3:
    case 4:
      return add(pick<std::string>({"tanh", "neg", "relu", "sigmoid"}) + " %" +
                     a.first + " : " + typeOf(a.second),
                 a.second);
    default:
      return addBinary(a, b);
    }
  }

  std::mt19937 engine;
  std::vector<Named> values;
  std::string arguments, body;
  unsigned ops = 0;
};

#endif
