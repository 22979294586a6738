#!/usr/bin/env python3
"""GPT-2 124M from PyTorch's ONNX: mpc beside PyTorch and ONNX Runtime, on two threads.

    python3 -m venv /tmp/peers
    /tmp/peers/bin/pip install torch transformers onnx onnxscript onnxruntime numpy
    /tmp/peers/bin/python test/Benchmark/gpt2_peers.py [--mpc=build/bin/mpc-run] [--rounds=3]

Every program runs by itself, in turn; a round gives a median, the table the median of
the rounds and the ratio to the peer (or to mpc on one device). The model is exported to
--model=DIR once. Peers that are not installed are left out. Results also go to --json=FILE.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

from peers import MPC_RUN, ROOT, run_mpc, run_python

NAME = "gpt2_124m-18-dynamic"
TRAIN = ["--mode=train", "--loss=next-token", "--optimizer=adamw", "--batch=4", "--sequence=64", "--runs=6"]
INFER = ["--mode=infer", "--batch=2", "--sequence=32", "--runs=20"]
SPLITS = {kind: [f"--partition={kind}", "--devices=4"] for kind in ("tensor", "pipeline", "data")}
# As by hand: every replica repeats AdamW. The planner shares its state.
SPLITS["data --zero=0"] = SPLITS["data"] + ["--zero=0"]
# Four devices on two cores: larger products are worth more than a smaller bubble.
SPLITS["pipeline"].append("--micro-batches=2")

TORCH = """
import statistics, time, torch, transformers
torch.set_num_threads(2)
model = transformers.GPT2LMHeadModel(transformers.GPT2Config(resid_pdrop=0, embd_pdrop=0, attn_pdrop=0))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
ids = torch.randint(0, 50257, (4, 64))
times = []
for _ in range(8):
    start = time.perf_counter()
    optimizer.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=BF16):
        loss = model(ids, labels=ids).loss
    loss.backward()
    optimizer.step()
    loss.item()
    times.append(time.perf_counter() - start)
print(1e3 * statistics.median(times[2:]))
"""

ONNX_RUNTIME = """
import statistics, time, numpy, onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2
session = onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
feed = {session.get_inputs()[0].name: numpy.random.randint(0, 50257, (2, 32))}
times = []
for _ in range(24):
    start = time.perf_counter()
    session.run(None, feed)
    times.append(time.perf_counter() - start)
print(1e3 * statistics.median(times[4:]))
"""


def export(directory):
    path = os.path.join(directory, NAME + ".onnx")
    if not os.path.exists(path):
        script = os.path.join(ROOT, "test", "Frontend", "export.py")
        subprocess.run([sys.executable, script, directory, NAME], check=True)
    return path


def measure(arguments, model):
    """Milliseconds by name, one a round; seconds of compiling by name."""
    times, compiling = {}, {}

    def add(name, milliseconds):
        if milliseconds is not None:
            times.setdefault(name, []).append(milliseconds)

    for _ in range(arguments.rounds):
        train = run_mpc(arguments.mpc, model, TRAIN, cache=False)
        compiling.setdefault("cold", []).append(train["compile_seconds"])
        add("train", train["median_ms"])
        add("train PyTorch", run_python(TORCH, BF16=False))
        add("train bf16", run_mpc(arguments.mpc, model, TRAIN + ["--dtype=bf16"])["median_ms"])
        add("train PyTorch autocast", run_python(TORCH, BF16=True))
        add("infer", run_mpc(arguments.mpc, model, INFER)["median_ms"])
        add("infer ONNX Runtime", run_python(ONNX_RUNTIME, MODEL=model))
        for kind, options in SPLITS.items():
            add(kind, run_mpc(arguments.mpc, model, TRAIN + options)["median_ms"])
        compiling.setdefault("cached", []).append(run_mpc(arguments.mpc, model, TRAIN)["compile_seconds"])
    return times, compiling


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mpc", default=MPC_RUN)
    parser.add_argument("--model", default=os.path.join(tempfile.gettempdir(), "mpc-gpt2"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json")
    arguments = parser.parse_args()
    os.makedirs(arguments.model, exist_ok=True)
    times, compiling = measure(arguments, export(arguments.model))

    ms = {name: statistics.median(values) for name, values in times.items()}
    bases = {"train": "train PyTorch", "train bf16": "train PyTorch autocast", "infer": "infer ONNX Runtime"}
    bases |= {kind: "train" for kind in SPLITS}
    print(f"{'':22} {'ms':>9} {'ratio':>6} to")
    for name, value in ms.items():
        base = bases.get(name)
        print(f"{name:22} {value:9.1f} " + (f"{value / ms[base]:6.2f} {base}" if base in ms else ""))
    for name, values in compiling.items():
        print(f"compile {name:12} {statistics.median(values):9.2f} s")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"ms": times, "compile_seconds": compiling}, file, indent=1)


if __name__ == "__main__":
    main()
