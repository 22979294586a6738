#include "mpc/Planner/ShardingReader.h"
#include "JSONCursor.h"
#include "llvm/Support/MemoryBuffer.h"
#include <functional>
#include <map>
#include <set>
#include <zlib.h>

using namespace mpc;

namespace {

/// Fills a problem from its JSON text; the cursor keeps the first error.
class ProblemParser {
public:
  explicit ProblemParser(llvm::StringRef text) : cursor(text) {
    // About five characters a number: one allocation, rarely a second.
    problem.edgeCosts.values.reserve(text.size() / 5);
  }

  llvm::Expected<ShardingProblem> run();

private:
  using Member = std::function<void()>;
  void object(const char *where, const std::map<llvm::StringRef, Member> &known,
              const std::set<llvm::StringRef> &optional = {});
  void ragged(RaggedArray &into);
  void intervals();
  void limit();
  llvm::Error attachEdges();

  JSONCursor cursor;
  ShardingProblem problem;
  RaggedArray edgeNodes;
};

} // namespace

void ProblemParser::object(const char *where,
                           const std::map<llvm::StringRef, Member> &known,
                           const std::set<llvm::StringRef> &optional) {
  std::set<llvm::StringRef> seen;
  if (cursor.enterObject())
    do {
      llvm::StringRef key = cursor.key();
      auto member = known.find(key);
      if (member == known.end())
        cursor.skipValue();
      else if (seen.insert(key).second)
        member->second();
      else
        cursor.fail(("second '" + key + "' in " + where).str());
    } while (cursor.nextInObject());
  for (const auto &[key, member] : known)
    if (!seen.count(key) && !optional.count(key))
      cursor.fail(("no '" + key + "' in " + where).str());
}

void ProblemParser::ragged(RaggedArray &into) {
  std::int64_t value;
  if (cursor.enterArray())
    do {
      if (cursor.enterArray())
        do {
          if (!cursor.integer(value))
            return;
          into.values.push_back(value);
        } while (cursor.nextInArray());
      into.offsets.push_back(into.values.size());
    } while (cursor.nextInArray());
}

void ProblemParser::intervals() {
  RaggedArray pairs;
  ragged(pairs);
  for (std::size_t node = 0; node < pairs.size(); ++node) {
    auto pair = pairs[node];
    if (pair.size() != 2) {
      cursor.fail("interval of node " + std::to_string(node) +
                  ": expected [begin, end], found " +
                  std::to_string(pair.size()) + " numbers");
      return;
    }
    problem.intervals.push_back({pair[0], pair[1]});
  }
}

void ProblemParser::limit() {
  std::int64_t value = 0;
  if (cursor.integer(value))
    problem.usageLimit = value;
}

/// Turns lists of nodes into pairs.
llvm::Error ProblemParser::attachEdges() {
  problem.edges.reserve(edgeNodes.size());
  for (std::size_t edge = 0; edge < edgeNodes.size(); ++edge) {
    auto members = edgeNodes[edge];
    if (members.size() != 2)
      return llvm::createStringError("edge %zu: expected 2 nodes, found %zu",
                                     edge, members.size());
    for (std::int64_t node : members)
      if (node < 0 || std::size_t(node) >= problem.nodeCount())
        return llvm::createStringError("edge %zu: no node %lld among %zu nodes",
                                       edge, (long long)node,
                                       problem.nodeCount());
    problem.edges.emplace_back(members[0], members[1]);
  }
  return llvm::Error::success();
}

llvm::Expected<ShardingProblem> ProblemParser::run() {
  auto nodes = [this] {
    object("'nodes'", {{"intervals", [this] { intervals(); }},
                       {"costs", [this] { ragged(problem.nodeCosts); }},
                       {"usages", [this] { ragged(problem.nodeUsages); }}});
  };
  auto edges = [this] {
    object("'edges'", {{"nodes", [this] { ragged(edgeNodes); }},
                       {"costs", [this] { ragged(problem.edgeCosts); }}});
  };
  auto body = [&] {
    object("'problem'",
           {{"nodes", nodes},
            {"edges", edges},
            {"usage_limit", [this] { limit(); }}},
           {"usage_limit"});
  };
  object("the file", {{"problem", body}});
  cursor.finish();
  if (llvm::Error error = cursor.takeError())
    return error;
  if (llvm::Error error = attachEdges())
    return error;
  if (llvm::Error error = problem.check())
    return error;
  return std::move(problem);
}

llvm::Expected<ShardingProblem>
mpc::parseShardingProblem(llvm::StringRef text) {
  return ProblemParser(text).run();
}

/// More than any real problem, less than what would exhaust memory.
static constexpr std::size_t greatestText = std::size_t(2) << 30;

static llvm::Expected<std::string> inflateAll(llvm::StringRef packed) {
  z_stream stream = {};
  if (inflateInit2(&stream, 15 + 16) != Z_OK)
    return llvm::createStringError("cannot start zlib");
  std::string text;
  stream.next_in = (Bytef *)packed.data();
  stream.avail_in = packed.size();
  int status = Z_OK;
  std::size_t length = 0;
  while (status == Z_OK && length < greatestText) {
    text.resize(std::max<std::size_t>(16 * packed.size(), 2 * length) +
                (1 << 16));
    std::size_t room = std::min<std::size_t>(text.size() - length, 1u << 30);
    stream.next_out = (Bytef *)text.data() + length;
    stream.avail_out = room;
    status = inflate(&stream, Z_NO_FLUSH);
    length += room - stream.avail_out;
    // Files may consist of several members; each starts like a file.
    if (status == Z_STREAM_END && stream.avail_in > 0)
      status = inflateReset(&stream);
  }
  inflateEnd(&stream);
  if (length >= greatestText)
    return llvm::createStringError("unpacks to more than 2 GiB");
  if (status != Z_STREAM_END)
    return llvm::createStringError(
        "damaged or cut short gzip data after %zu unpacked bytes", length);
  text.resize(length);
  return text;
}

static llvm::Expected<ShardingProblem>
parsePerhapsPacked(llvm::StringRef content) {
  if (content.size() > greatestText)
    return llvm::createStringError("is larger than 2 GiB");
  if (!content.starts_with("\x1f\x8b"))
    return parseShardingProblem(content);
  llvm::Expected<std::string> text = inflateAll(content);
  if (!text)
    return text.takeError();
  return parseShardingProblem(*text);
}

llvm::Expected<ShardingProblem> mpc::readShardingProblem(llvm::StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return llvm::createStringError("%s: %s", path.str().c_str(),
                                   file.getError().message().c_str());
  llvm::Expected<ShardingProblem> problem =
      parsePerhapsPacked((*file)->getBuffer());
  if (!problem)
    return llvm::createStringError("%s: %s", path.str().c_str(),
                                   llvm::toString(problem.takeError()).c_str());
  return problem;
}
