#!/usr/bin/env python3
"""The MLP 784-512-256-10, batch 128, Adam: one training step of mpc beside PyTorch and JAX.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install torch jax numpy
    /tmp/peers/bin/python test/Benchmark/mlp_peers.py --mpc=build/bin/mpc-run

Every program runs on two threads, one at a time, in turn; each round gives a median step, and the table shows the
median of the rounds and the ratio to PyTorch. Peers that are not installed are left out. The results also go to
--json=FILE.
"""
import argparse
import json
import os
import statistics

from peers import MPC_RUN, ROOT, run_mpc, run_python

MODEL = os.path.join(ROOT, "test", "Models", "mlp.mlir")
STEPS = 200
OPTIONS = ["--mode=train", "--optimizer=adam", "--loss=cross-entropy", f"--runs={STEPS}"]

TORCH = """
import statistics, time, torch
torch.set_num_threads(2)
layers = torch.nn.Sequential(torch.nn.Linear(784, 512), torch.nn.ReLU(), torch.nn.Linear(512, 256),
                             torch.nn.ReLU(), torch.nn.Linear(256, 10))
optimizer = torch.optim.Adam(layers.parameters(), lr=1e-3)
x, y = torch.randn(128, 784), torch.randint(0, 10, (128,))
times = []
for _ in range(STEPS):
    start = time.perf_counter()
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(layers(x), y)
    loss.backward()
    optimizer.step()
    loss.item()
    times.append(time.perf_counter() - start)
print(1e3 * statistics.median(times[20:]))
"""

JAX = """
import statistics, time, jax, jax.numpy as jnp
def init(key, n, m): return jax.random.normal(key, (n, m)) * (2 / n) ** 0.5, jnp.zeros(m)
keys = jax.random.split(jax.random.PRNGKey(0), 5)
params = [init(keys[0], 784, 512), init(keys[1], 512, 256), init(keys[2], 256, 10)]
x, y = jax.random.normal(keys[3], (128, 784)), jax.random.randint(keys[4], (128,), 0, 10)
def loss_fn(params, x, y):
    for w, b in params[:-1]: x = jax.nn.relu(x @ w + b)
    logits = x @ params[-1][0] + params[-1][1]
    return -jnp.mean(jax.nn.log_softmax(logits)[jnp.arange(128), y])
zeros = jax.tree.map(jnp.zeros_like, params)
@jax.jit
def step(params, m, v, t, x, y):
    loss, g = jax.value_and_grad(loss_fn)(params, x, y)
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
    params = jax.tree.map(lambda p, m, v: p - 1e-3 * (m / (1 - 0.9 ** t)) / (jnp.sqrt(v / (1 - 0.999 ** t)) + 1e-8), params, m, v)
    return params, m, v, loss
m, v, times = zeros, zeros, []
for t in range(1, STEPS + 1):
    start = time.perf_counter()
    params, m, v, loss = step(params, m, v, float(t), x, y)
    loss.block_until_ready()
    times.append(time.perf_counter() - start)
print(1e3 * statistics.median(times[20:]))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mpc", default=MPC_RUN)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json")
    arguments = parser.parse_args()

    times, compile_seconds = {"mpc": [], "PyTorch": [], "JAX": []}, []
    for _ in range(arguments.rounds):
        result = run_mpc(arguments.mpc, MODEL, OPTIONS)
        times["mpc"].append(result["median_ms"])
        compile_seconds.append(result["compile_seconds"])
        for name, code in (("PyTorch", TORCH), ("JAX", JAX)):
            milliseconds = run_python(code, STEPS=STEPS)
            if milliseconds is not None:
                times[name].append(milliseconds)

    medians = {name: statistics.median(values) for name, values in times.items() if values}
    base = medians.get("PyTorch")
    print(f"{'':10} {'step ms':>9} {'/ PyTorch':>10}")
    for name, value in medians.items():
        print(f"{name:10} {value:9.3f} {value / base if base else float('nan'):10.2f}")
    print(f"mpc compile: first {compile_seconds[0]:.3f} s, later {min(compile_seconds[1:] or compile_seconds):.3f} s")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"step_ms": times, "compile_seconds": compile_seconds}, file, indent=1)


if __name__ == "__main__":
    main()
