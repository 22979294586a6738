#include "mpc/Planner/ShardingReader.h"
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <zlib.h>

using namespace mpc;

static const std::string example =
    R"({"problem": {"name": "x\"y", "edges": {"costs": [[0, 9, 9, 0]], "nodes": [[0, 1]]},
  "nodes": {"usages": [[8, 2], [8, 2]], "extra": [{"a": [1.5, null, true]}],
            "intervals": [[0, 5], [3, 7]], "costs": [[1, 1e18], [0, 0]]},
  "usage_limit": 10}})";

static std::string errorOf(llvm::StringRef text) {
  auto problem = parseShardingProblem(text);
  return problem ? "" : llvm::toString(problem.takeError());
}

static std::string replaced(std::string text, llvm::StringRef what,
                            llvm::StringRef by) {
  std::size_t at = text.find(what.str());
  EXPECT_NE(at, std::string::npos);
  return text.replace(at, what.size(), by.str());
}

TEST(ShardingReader, ReadsKeysInAnyOrderAndSkipsOthers) {
  auto p = llvm::cantFail(parseShardingProblem(example));
  ASSERT_EQ(p.nodeCount(), 2u);
  EXPECT_EQ(p.nodeCosts[0].vec(),
            (std::vector<std::int64_t>{1, 1000000000000000000}));
  EXPECT_EQ(p.nodeUsages[1].vec(), (std::vector<std::int64_t>{8, 2}));
  EXPECT_EQ(p.intervals[1].end, 7);
  EXPECT_EQ(p.edges[0], (std::pair<std::int32_t, std::int32_t>(0, 1)));
  EXPECT_EQ(p.usageLimit, 10);
}

TEST(ShardingReader, LimitIsOptional) {
  auto p = llvm::cantFail(
      parseShardingProblem(replaced(example, ",\n  \"usage_limit\": 10", "")));
  EXPECT_FALSE(p.usageLimit);
}

TEST(ShardingReader, ErrorsNameLineAndColumn) {
  EXPECT_EQ(errorOf(""),
            "line 1, column 1: expected an object, found the end of the text");
  EXPECT_EQ(errorOf(replaced(example, "[8, 2], [8, 2]", "[8, 2], [8; 2]")),
            "line 2, column 34: expected ',' or ']', found ';'");
  EXPECT_EQ(errorOf(replaced(example, "[3, 7]", "[3, 7.5]")),
            "line 3, column 39: expected an integer, found a fraction");
  EXPECT_EQ(errorOf(replaced(example, "1e18", "1e19")),
            "line 3, column 58: number does not fit 64 bits");
  EXPECT_EQ(errorOf(replaced(example, ": 10", ": 9223372036854775808")),
            "line 4, column 18: number does not fit 64 bits");
  EXPECT_EQ(errorOf(replaced(example, "10}}", "10}} x")),
            "line 4, column 23: expected the end of the text, found 'x'");
}

TEST(ShardingReader, ErrorsNameWhatIsMissingOrDouble) {
  EXPECT_NE(errorOf(replaced(example, "\"usages\"", "\"usage\""))
                .find("no 'usages' in 'nodes'"),
            std::string::npos);
  EXPECT_NE(errorOf(replaced(example, "\"extra\"", "\"usages\""))
                .find("second 'usages' in 'nodes'"),
            std::string::npos);
  EXPECT_EQ(errorOf(replaced(example, "[[0, 1]]", "[[0, 2]]")),
            "edge 0: no node 2 among 2 nodes");
  EXPECT_EQ(errorOf(replaced(example, "[[0, 1]]", "[[0, 1, 1]]")),
            "edge 0: expected 2 nodes, found 3");
  EXPECT_NE(
      errorOf(replaced(example, "[[0, 5]", "[[0]")).find("interval of node 0"),
      std::string::npos);
}

TEST(ShardingReader, DeepNestingIsAnError) {
  std::string deep(100000, '[');
  EXPECT_NE(errorOf("{\"x\": " + deep).find("200 levels"), std::string::npos);
}

/// Random damage must give an error or a problem that passes its check.
TEST(ShardingReader, SurvivesDamage) {
  std::mt19937 random(7);
  const std::string alphabet = "{}[]\",:0123456789.eE-+ \\ntfx\n";
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text = example;
    for (unsigned edit = 0; edit <= random() % 3; ++edit) {
      std::size_t at = random() % text.size();
      switch (random() % 4) {
      case 0:
        text.erase(at, 1 + random() % 8);
        break;
      case 1:
        text.insert(at, 1, alphabet[random() % alphabet.size()]);
        break;
      case 2:
        text[at] = char(random());
        break;
      default:
        text.insert(at, text.substr(random() % text.size(), random() % 30));
      }
      if (text.empty())
        text = " ";
    }
    auto problem = parseShardingProblem(text);
    if (!problem) {
      EXPECT_FALSE(llvm::toString(problem.takeError()).empty());
      continue;
    }
    ++accepted;
    EXPECT_FALSE(bool(problem->check()));
  }
  EXPECT_GT(accepted, 0);
  for (std::size_t length = 0; length < example.size(); ++length)
    EXPECT_NE(errorOf(llvm::StringRef(example).take_front(length)), "");
}

namespace {
struct ReaderFile : testing::Test {
  std::string path = testing::TempDir() + "mpc-reader-test.json.gz";
  void pack(llvm::StringRef text) {
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, text.data(), unsigned(text.size()));
    gzclose(file);
  }
  std::string errorOfFile() {
    auto problem = readShardingProblem(path);
    return problem ? "" : llvm::toString(problem.takeError());
  }
  ~ReaderFile() override { std::remove(path.c_str()); }
};
} // namespace

TEST_F(ReaderFile, ReadsGzip) {
  pack(example);
  EXPECT_EQ(llvm::cantFail(readShardingProblem(path)).nodeCount(), 2u);
}

TEST_F(ReaderFile, CutShortGzipIsAnError) {
  pack(example);
  std::ifstream in(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  in.close();
  for (std::size_t length : {3ul, 12ul, bytes.size() / 2, bytes.size() - 1}) {
    std::ofstream(path, std::ios::binary) << bytes.substr(0, length);
    EXPECT_NE(errorOfFile().find("damaged or cut short gzip data"),
              std::string::npos);
  }
}

TEST_F(ReaderFile, MissingFileNamesThePath) {
  EXPECT_NE(errorOfFile().find(path), std::string::npos);
}
