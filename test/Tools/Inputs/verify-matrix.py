"""Everything together: verifies splits that combine every two levels of these factors at least once.

    verify-matrix.py MODELS WORK

MODELS has gpt-tiny.mlir and mlp-tiny.mlir, WORK is a directory to write to. Each row is one `mpc-run verify`; it
passes when the split network equals the unsplit one and every device allocates what was predicted.
"""
import itertools
import json
import os
import random
import subprocess
import sys

FACTORS = {
    "schedule": ["gpipe", "1f1b", "interleaved:2", "zb-h1", "zb-h2", "zb-v", "zb-auto", "dualpipev", "csv"],
    "axes": ["data", "tensor", "tensor and sequence"],
    "zero": [0, 1, 2, 3],
    "recompute": ["none", "selective", "full"],
    "model": ["gpt, tied", "gpt, untied", "mlp"],
    "counts": ["divisible", "odd"],
}


def pairs(row):
    return set(itertools.combinations(sorted(row.items(), key=lambda item: item[0]), 2))


def cover():
    """Rows in which every pair of levels of two factors occurs."""
    generator = random.Random(1)
    levels = [[(factor, level) for level in options] for factor, options in FACTORS.items()]
    wanted = {pair for a, b in itertools.combinations(range(len(levels)), 2)
              for pair in itertools.product(levels[a], levels[b])}
    wanted = {tuple(sorted(pair, key=lambda item: item[0])) for pair in wanted}
    while wanted:
        row = max(({factor: generator.choice(options) for factor, options in FACTORS.items()} for _ in range(200)),
                  key=lambda candidate: len(pairs(candidate) & wanted))
        if pairs(row) & wanted:
            wanted -= pairs(row)
            yield row


def untie(text):
    """The tiny GPT with an output projection of its own."""
    variable = "mpc.variable @head parameter normal(0.0, 0.02) : tensor<32x32xf32>\n"
    read = "  %head = mpc.read @head : tensor<32x32xf32>\n"
    lines = text.splitlines(keepends=True)
    last = max(i for i, line in enumerate(lines) if "%wte" in line)
    lines[last] = read + lines[last].replace("%wte", "%head")
    first = next(i for i, line in enumerate(lines) if line.startswith("mpc.variable"))
    lines.insert(first, variable)
    return "".join(lines)


def write_table(path, micros):
    """A schedule of nobody's making: one stage takes whole backwards, the other halves, the second ones last."""
    forward = [f"0F{m}" for m in range(micros)]
    with open(path, "w") as file:
        file.write(",".join(forward + [f"0B{m}" for m in range(micros)]) + "\n")
        turns = [cell for m in range(micros) for cell in (f"1F{m}", f"1I{m}")]
        file.write(",".join(turns + [f"1W{m}" for m in range(micros)]) + "\n")
    return path


def options_of(row, work):
    micros, batch = (4, 8) if row["counts"] == "divisible" else (3, 11)
    axes = {"stage": 2}
    if row["axes"] == "data" or row["zero"]:
        axes = {"data": 2, **axes}
    if row["axes"] != "data":
        axes["tensor"] = 2
    schedule = row["schedule"]
    if schedule == "csv":
        schedule = write_table(os.path.join(work, f"table-{micros}.csv"), micros)
    options = ["--mesh=" + ",".join(f"{name}:{size}" for name, size in axes.items()), f"--schedule={schedule}",
               f"--micro-batches={micros}", f"--batch={batch}", f"--zero={row['zero']}", "--zero-min-bytes=0",
               f"--recompute={row['recompute']}", "--momentum=0.9", "--clip=0.5", "--weight-decay=0.1", "--json"]
    return options + (["--sequence-parallel"] if row["axes"] == "tensor and sequence" else [])


def main():
    models, work = sys.argv[1:]
    files = {"gpt, tied": os.path.join(models, "gpt-tiny.mlir"), "gpt, untied": os.path.join(work, "untied.mlir"),
             "mlp": os.path.join(models, "mlp-tiny.mlir")}
    with open(files["gpt, tied"]) as tied, open(files["gpt, untied"], "w") as untied:
        untied.write(untie(tied.read()))
    rows = failures = 0
    for row in cover():
        loss = "cross-entropy" if row["model"] == "mlp" else "next-token"
        command = ["mpc-run", "verify", files[row["model"]], f"--loss={loss}"] + options_of(row, work)
        done = subprocess.run(command, capture_output=True, text=True)
        rows += 1
        result = json.loads(done.stdout) if done.stdout.startswith("{") else {}
        if done.returncode or result["predicted_peak_bytes"] != result["allocated_peak_bytes"]:
            failures += 1
            print("FAILED:", " ".join(command), "\n", done.stdout, done.stderr)
    print(f"{rows} splits, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
