//===- mpc-solve.cpp - Solve a sharding problem from a file ---------------===//
#include "mpc/Planner/ShardingReader.h"
#include "mpc/Planner/ShardingSolver.h"
#include "llvm/ADT/StringRef.h"
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

using namespace mpc;

enum ExitCode { Success = 0, Failure = 1, BadInput = 2, Infeasible = 3 };

static const char *const help =
    R"(mpc-solve: choose one strategy per node, within memory

usage: mpc-solve PROBLEM.json[.gz] [--time-limit=SECONDS] [--threads=N] [--json]

PROBLEM is in the form of the IOPDDL contest: costs, usages and live intervals
by node, tables of costs by edge, and a usage limit.

options:
  --time-limit=SECONDS  wall-clock time, reading included (default 60); stops
                        earlier where the best solution is proved optimal
  --threads=N           threads that search (default: one per core)
  --seed=N              another course of the search (default 1)
  --json                print one JSON object instead of the solution
  --help, --version

output: a line '# seconds cost' for every improvement, then the solution as
'[i, j, ...]', one strategy index per node. With --json the improvements go to
stderr, and stdout has one object with the keys solution, cost, lower_bound,
gap (cost / lower_bound - 1), peak_memory, memory_limit, seconds, optimal.

exit status: 0 solved, 1 failed, 2 wrong usage or bad input, 3 nothing fits in
memory ('[]' is printed).

examples:
  mpc-solve A.json.gz --time-limit=60
  mpc-solve stage.json --time-limit=1 --threads=1 --json | jq .gap
)";

namespace {
struct Arguments {
  std::string path;
  ShardingOptions options;
  bool json = false;
};
} // namespace

static int wrongUsage(const std::string &what) {
  std::fprintf(stderr, "mpc-solve: %s; try --help\n", what.c_str());
  return BadInput;
}

/// The option's value if \p argument is `--name=value`, or `--name` and the
/// value follows.
static bool takeValue(int argc, char **argv, int &i, llvm::StringRef name,
                      llvm::StringRef &value) {
  llvm::StringRef argument = argv[i];
  if (!argument.consume_front(name))
    return false;
  if (argument.consume_front("=")) {
    value = argument;
    return true;
  }
  if (!argument.empty() || i + 1 == argc)
    return false;
  value = argv[++i];
  return true;
}

/// Returns an exit code where the program ends here.
static std::optional<int> parseArguments(int argc, char **argv,
                                         Arguments &out) {
  out.options.threads = int(std::max(1u, std::thread::hardware_concurrency()));
  out.options.timeLimit = 60;
  for (int i = 1; i < argc; ++i) {
    llvm::StringRef argument = argv[i], value;
    if (argument == "--help" || argument == "-h") {
      std::fputs(help, stdout);
      return Success;
    }
    if (argument == "--version") {
      std::puts("mpc-solve " MPC_VERSION);
      return Success;
    }
    if (argument == "--json") {
      out.json = true;
    } else if (takeValue(argc, argv, i, "--time-limit", value)) {
      double &limit = out.options.timeLimit;
      if (value.getAsDouble(limit) || !std::isfinite(limit) || limit <= 0 ||
          limit > 1e7)
        return wrongUsage("expected seconds > 0 for --time-limit, found '" +
                          value.str() + "'");
    } else if (takeValue(argc, argv, i, "--threads", value)) {
      int &threads = out.options.threads;
      if (value.getAsInteger(10, threads) || threads < 1 || threads > 1024)
        return wrongUsage("expected 1 to 1024 for --threads, found '" +
                          value.str() + "'");
    } else if (takeValue(argc, argv, i, "--seed", value)) {
      if (value.getAsInteger(10, out.options.seed))
        return wrongUsage("expected a number for --seed, found '" +
                          value.str() + "'");
    } else if (argument.starts_with("-")) {
      return wrongUsage("unknown option or missing value '" + argument.str() +
                        "'");
    } else if (!out.path.empty()) {
      return wrongUsage("expected one problem, found a second one '" +
                        argument.str() + "'");
    } else {
      out.path = argument.str();
    }
  }
  if (out.path.empty())
    return wrongUsage("no problem given");
  return std::nullopt;
}

static void printSolution(const ShardingSolution &solution) {
  std::string text = "[";
  for (std::size_t i = 0; i < solution.size(); ++i)
    text += (i ? ", " : "") + std::to_string(solution[i]);
  text += "]\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

/// Beyond 64 bits JSON numbers are read as doubles anyway.
static nlohmann::json number(WideCost cost) {
  if (cost >= INT64_MIN && cost <= INT64_MAX)
    return std::int64_t(cost);
  return double(cost);
}

static void printJSON(const ShardingProblem &problem,
                      const ShardingResult &result) {
  nlohmann::ordered_json object;
  object["solution"] = result.solution;
  bool any = result.feasible;
  object["cost"] = any ? number(result.value.cost) : nlohmann::json();
  object["lower_bound"] = any ? number(result.lowerBound) : nlohmann::json();
  object["gap"] = any && result.gap() < 1e300 ? nlohmann::json(result.gap())
                                              : nlohmann::json();
  object["peak_memory"] =
      any ? nlohmann::json(result.value.peakUsage) : nlohmann::json();
  object["memory_limit"] = problem.usageLimit
                               ? nlohmann::json(*problem.usageLimit)
                               : nlohmann::json();
  object["seconds"] = result.seconds;
  object["optimal"] = result.optimal();
  std::puts(object.dump().c_str());
}

static void printBound(const ShardingResult &result) {
  char gap[40] = "unknown";
  if (result.gap() < 1e300)
    std::snprintf(gap, sizeof gap, "%.6f %%", 100 * result.gap());
  std::fprintf(stderr, "lower bound %s, gap %s, %s\n",
               toString(result.lowerBound).c_str(), gap,
               result.optimal() ? "optimal" : "not proved optimal");
}

static int run(int argc, char **argv) {
  Arguments arguments;
  if (auto code = parseArguments(argc, argv, arguments))
    return *code;
  auto problem = readShardingProblem(arguments.path);
  if (!problem) {
    std::fprintf(stderr, "mpc-solve: %s\n",
                 llvm::toString(problem.takeError()).c_str());
    return BadInput;
  }
  FILE *progress = arguments.json ? stderr : stdout;
  arguments.options.onImprovement = [&](double seconds,
                                        const ShardingSolution &,
                                        const ShardingValue &value) {
    std::fprintf(progress, "# %.3f %s\n", seconds,
                 toString(value.cost).c_str());
    std::fflush(progress);
  };
  ShardingResult result = solveSharding(*problem, arguments.options);
  if (arguments.json) {
    printJSON(*problem, result);
  } else {
    if (result.feasible)
      printBound(result);
    printSolution(result.solution);
  }
  if (!result.feasible) {
    std::fprintf(
        stderr,
        "mpc-solve: even the least usage of every node is over the limit\n");
    return Infeasible;
  }
  std::fflush(stdout);
  return std::ferror(stdout) ? Failure : Success;
}

int main(int argc, char **argv) {
  try {
    int code = run(argc, argv);
    // Freeing a gigabyte of tables one by one would cost time for nothing.
    std::fflush(stdout);
    std::_Exit(code);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "mpc-solve: %s\n", error.what());
    return Failure;
  }
}
