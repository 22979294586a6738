#!/usr/bin/env python3
"""Change sharding problems, to see that the solver is not tuned to a few.

usage: solver-variants.py PROBLEMS OUT NAME... [--seconds=10]

For every NAME.json.gz in PROBLEMS writes into OUT: other memory limits (1.02,
1.05 and 1.3 times the floor's peak, and none), nodes and edges in another
order, costs of every node and edge times a random factor, and three parts of
the graph by node order, with 1.1 times their own floor as the limit. Given two
names, also both problems side by side. OUT/reference.csv lists them without
best costs; solver.py takes it, and scores by the lower bound:

    solver.py OUT OUT/reference.csv
"""
import argparse
import gzip
import json
import pathlib
import random

FORBIDDEN = 10**17
NODE_KEYS = ("intervals", "costs", "usages")


def floor_peak(problem):
    """The peak of every node at its least usage."""
    change = {}
    for (begin, end), usage in zip(problem["nodes"]["intervals"], problem["nodes"]["usages"]):
        if begin < end:
            change[begin] = change.get(begin, 0) + min(usage)
            change[end] = change.get(end, 0) - min(usage)
    running = peak = 0
    for moment in sorted(change):
        running += change[moment]
        peak = max(peak, running)
    return peak


def limited(problem, factor):
    changed = {key: problem[key] for key in ("nodes", "edges")}
    if factor is not None:
        changed["usage_limit"] = int(factor * floor_peak(problem))
    return changed


def induced(problem, chosen):
    """The graph of the nodes `chosen`, in that order; the limit is unset."""
    place = {node: index for index, node in enumerate(chosen)}
    nodes, edges = problem["nodes"], problem["edges"]
    kept = [(ends, table) for ends, table in zip(edges["nodes"], edges["costs"])
            if all(node in place for node in ends)]
    return {"nodes": {key: [nodes[key][node] for node in chosen] for key in NODE_KEYS},
            "edges": {"nodes": [[place[node] for node in ends] for ends, _ in kept],
                      "costs": [table for _, table in kept]}}


def reordered(problem, randomness):
    order = list(range(len(problem["nodes"]["costs"])))
    randomness.shuffle(order)
    changed = induced(problem, order)
    pairs = list(zip(changed["edges"]["nodes"], changed["edges"]["costs"]))
    randomness.shuffle(pairs)
    changed["edges"] = {"nodes": [ends for ends, _ in pairs], "costs": [table for _, table in pairs]}
    return changed | {"usage_limit": problem["usage_limit"]}


def rescaled(problem, randomness):
    def scale(costs):
        factor = randomness.uniform(0.5, 2)
        return [cost if cost >= FORBIDDEN else int(cost * factor) for cost in costs]
    return {"nodes": problem["nodes"] | {"costs": [scale(c) for c in problem["nodes"]["costs"]]},
            "edges": problem["edges"] | {"costs": [scale(c) for c in problem["edges"]["costs"]]},
            "usage_limit": problem["usage_limit"]}


def side_by_side(first, second):
    shift = len(first["nodes"]["costs"])
    moved = [[node + shift for node in ends] for ends in second["edges"]["nodes"]]
    return limited({"nodes": {key: first["nodes"][key] + second["nodes"][key] for key in NODE_KEYS},
                    "edges": {"nodes": first["edges"]["nodes"] + moved,
                              "costs": first["edges"]["costs"] + second["edges"]["costs"]}}, 1.1)


def variants(problem):
    for factor in (1.02, 1.05, 1.3, None):
        yield f"limit-{factor}", limited(problem, factor)
    yield "order", reordered(problem, random.Random(1))
    yield "costs", rescaled(problem, random.Random(2))
    count = len(problem["nodes"]["costs"])
    for low, high in ((0, 0.5), (0.25, 0.75), (0.45, 0.55)):
        part = induced(problem, range(int(low * count), int(high * count)))
        yield f"part-{low}-{high}", limited(part, 1.1)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    loaded, written = [], []

    def write(name, problem):
        with gzip.open(arguments.out / f"{name}.json.gz", "wt", compresslevel=1) as file:
            json.dump({"problem": problem}, file, separators=(",", ":"))
        written.append(name)

    for name in arguments.names:
        with gzip.open(arguments.problems / f"{name}.json.gz", "rt") as file:
            loaded.append(json.load(file)["problem"])
        for label, changed in variants(loaded[-1]):
            write(f"{name}-{label}", changed)
    if len(loaded) == 2:
        write("+".join(arguments.names), side_by_side(*loaded))
    lines = [f"{name},,{arguments.seconds}" for name in written]
    (arguments.out / "reference.csv").write_text("\n".join(["problem,best_cost,seconds", *lines, ""]))


if __name__ == "__main__":
    main()
