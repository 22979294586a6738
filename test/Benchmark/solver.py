#!/usr/bin/env python3
"""Run mpc-solve on a folder of sharding problems and score it.

usage: solver.py PROBLEMS REFERENCE.csv [--solver=build/bin/mpc-solve]
                 [--scale=0.1] [--only=A,G] [--threads=2] [--json=OUT.json]

PROBLEMS holds NAME.json or NAME.json.gz. REFERENCE.csv has the columns
problem,best_cost,seconds: the best cost known and the time limit. --scale
multiplies all limits. Points are best cost / our cost (above 1: better than the
best known), 0 without a valid solution; where best_cost is empty, our lower
bound stands for it. Every solution is checked and costed by
the evaluator in this file, which shares no code with the solver.
"""
import argparse
import csv
import gzip
import json
import pathlib
import subprocess
import sys
import time


def load(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as file:
        return json.load(file)["problem"]


def evaluate(problem, solution):
    """Return (cost, peak bytes); raise ValueError where the solution is malformed."""
    costs, usages = problem["nodes"]["costs"], problem["nodes"]["usages"]
    if len(solution) != len(costs):
        raise ValueError(f"{len(solution)} strategies for {len(costs)} nodes")
    for node, chosen in enumerate(solution):
        if type(chosen) is not int or not 0 <= chosen < len(costs[node]):
            raise ValueError(f"node {node} has no strategy {chosen}")
    cost = sum(costs[node][chosen] for node, chosen in enumerate(solution))
    for (a, b), table in zip(problem["edges"]["nodes"], problem["edges"]["costs"]):
        cost += table[solution[a] * len(costs[b]) + solution[b]]
    change = {}
    for (begin, end), usage, chosen in zip(problem["nodes"]["intervals"], usages, solution):
        if begin < end:
            change[begin] = change.get(begin, 0) + usage[chosen]
            change[end] = change.get(end, 0) - usage[chosen]
    running = peak = 0
    for moment in sorted(change):
        running += change[moment]
        peak = max(peak, running)
    return cost, peak


def check(problem, report):
    """The cost of the reported solution, by this file's own reckoning."""
    cost, peak = evaluate(problem, report["solution"])
    limit = problem.get("usage_limit")
    if limit is not None and peak > limit:
        raise ValueError(f"needs {peak} bytes of {limit}")
    # Beyond 64 bits costs are reported as floating point numbers.
    known = cost if isinstance(report["cost"], int) else float(cost)
    if (known, peak) != (report["cost"], report["peak_memory"]):
        raise ValueError(f"reported {report['cost']} and {report['peak_memory']} bytes, "
                         f"found {cost} and {peak}")
    if report["lower_bound"] > cost:
        raise ValueError(f"lower bound {report['lower_bound']} is above the cost {cost}")
    return cost


def run(arguments, path, limit):
    """The solver's report, its improvements as (seconds, cost), and wall seconds."""
    command = [arguments.solver, str(path), f"--time-limit={limit}",
               f"--threads={arguments.threads}", "--json"]
    begin = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    wall = time.monotonic() - begin
    if done.returncode != 0:
        raise ValueError(f"exit {done.returncode}: {done.stderr.strip()[-200:]}")
    steps = [line.split()[1:] for line in done.stderr.splitlines() if line.startswith("# ")]
    return json.loads(done.stdout), [(float(s), int(c)) for s, c in steps], wall


def measure(arguments, path, reference):
    name, best = reference["problem"], int(reference["best_cost"] or 0)
    limit = float(reference["seconds"]) * arguments.scale
    row = {"problem": name, "limit": limit, "best_known": best, "points": 0.0}
    try:
        report, steps, row["seconds"] = run(arguments, path, limit)
        row["cost"] = check(load(path), report)
        row["points"] = (best or report["lower_bound"]) / row["cost"] if row["cost"] else 1.0
        row["bound"], row["gap"] = report["lower_bound"], report["gap"]
        row["seconds_to_0.1%"] = next((s for s, c in steps if c <= row["cost"] * 1.001), None)
        if row["seconds"] > limit + 1:
            row["error"] = "took more than a second over its limit"
    except ValueError as error:
        row["error"] = str(error)
    return row


def show(row):
    if "cost" in row:
        gap = f"{100 * row['gap']:8.4f}%" if row["gap"] is not None else "  unknown"
        print(f"{row['problem']:>8} {row['limit']:7.1f} {row['seconds']:7.1f} "
              f"{row['cost']:>20} {row['points']:9.6f} {row['bound']:>20} "
              f"{gap} {row['seconds_to_0.1%']:7.2f}"
              f"  {row.get('error', '')}", flush=True)
    else:
        print(f"{row['problem']:>8} {row['limit']:7.1f}  {row['error']}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", type=pathlib.Path)
    parser.add_argument("reference", type=pathlib.Path)
    parser.add_argument("--solver", default="build/bin/mpc-solve")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", type=lambda names: names.split(","))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    with open(arguments.reference, newline="") as file:
        references = list(csv.DictReader(file))
    print(f"{'problem':>8} {'limit':>7} {'seconds':>7} {'cost':>20} {'points':>9} "
          f"{'lower bound':>20} {'gap':>9} {'to 0.1%':>7}")
    rows = []
    for reference in references:
        name = reference["problem"]
        if arguments.only and name not in arguments.only:
            continue
        found = [path for path in (arguments.problems / f"{name}.json.gz",
                                   arguments.problems / f"{name}.json") if path.exists()]
        if not found:
            sys.exit(f"no {name}.json or {name}.json.gz in {arguments.problems}")
        rows.append(measure(arguments, found[0], reference))
        show(rows[-1])
    if not rows:
        sys.exit("no problem of the reference was asked for")
    print(f"mean points {sum(row['points'] for row in rows) / len(rows):.6f}, "
          f"least {min(row['points'] for row in rows):.6f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")
    sys.exit(any("error" in row for row in rows))


if __name__ == "__main__":
    main()
